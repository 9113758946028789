// @ts-check
/**
 * The stream of events while somebody is signed in, for every part of the page that wants to know.
 *
 *     onJob((job) => …);        // each change of a job
 *     onAccount((account) => …);
 *     onBegin(() => …);         // load anew: what happened before is not told
 */

import { token } from "../api/client.js";
import { follow } from "../api/stream.js";
import { computed, effect, untracked } from "../vendor/preact.js";
import { isKnown, may } from "./session.js";

export { connection } from "../api/client.js";
export { nextAttempt, reconnectNow, resumed } from "../api/stream.js";

/**
 * @typedef {import("../api/types.js").JobRecord} JobRecord
 * @typedef {import("../api/types.js").AccountHealth} AccountHealth
 */

/** @type {Set<(job: JobRecord) => void>} */
const ofJobs = new Set();
/** @type {Set<(account: AccountHealth) => void>} */
const ofAccounts = new Set();
/** @type {Set<(nothing: undefined) => void>} */
const ofBegins = new Set();

/**
 * Each of these returns what ends it.
 *
 * @param {(job: JobRecord) => void} told
 */
export const onJob = (told) => listen(ofJobs, told);

/** @param {(account: AccountHealth) => void} told */
export const onAccount = (told) => listen(ofAccounts, told);

/** @param {() => void} told */
export const onBegin = (told) => listen(ofBegins, told);

export function begin() {
  const isAllowed = computed(() => isKnown.value && may("jobs:read"));
  effect(() => (token.value !== null && isAllowed.value ? untracked(() => follow(LISTENER)) : undefined));
}

const LISTENER = {
  onJob: (/** @type {JobRecord} */ job) => tell(ofJobs, job),
  onAccount: (/** @type {AccountHealth} */ account) => tell(ofAccounts, account),
  onBegin: () => tell(ofBegins, undefined),
};

/**
 * @template What
 * @param {Set<(what: What) => void>} all
 * @param {What} what
 */
function tell(all, what) {
  for (const told of all) {
    told(what);
  }
}

/**
 * @template {Function} Told
 * @param {Set<Told>} all
 * @param {Told} told
 */
function listen(all, told) {
  all.add(told);
  return () => {
    all.delete(told);
  };
}
