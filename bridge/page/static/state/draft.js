// @ts-check
/** What one has typed into the form of a new video. It stays while one looks at another verb or view. */

import { token } from "../api/client.js";
import { effect, signal } from "../vendor/preact.js";

/**
 * @typedef {import("../api/types.js").JobRecord} JobRecord
 * @typedef {{values: Record<string, string>, picture: File | undefined, from: string}} Draft
 */

const TAKEN = /** @type {const} */ ([
  "prompt", "negative_prompt", "style", "aspect_ratio", "character", "seed_value", "motion", "hd_quality", "channel",
  "replyUrl", "replyRef",
]);
/** @type {Draft} */
const EMPTY = { values: {}, picture: undefined, from: "" };

/** @type {import("../vendor/preact.js").Signal<Draft>} */
export const draft = signal(EMPTY);

/**
 * @param {string} name
 * @param {string} value
 */
export function type(name, value) {
  draft.value = { ...draft.value, values: { ...draft.value.values, [name]: value } };
}

/** @param {File | undefined} picture */
export function putPicture(picture) {
  draft.value = { ...draft.value, picture };
}

/**
 * Take what a job was made of. Its picture is not in the record.
 *
 * @param {JobRecord} job
 */
export function fill(job) {
  const given = TAKEN.flatMap((name) => (job[name] === undefined ? [] : [[name, String(job[name])]]));
  draft.value = { values: Object.fromEntries(given), picture: undefined, from: job.jobid };
}

export function clearDraft() {
  draft.value = EMPTY;
}

effect(() => {
  if (token.value === null) {
    clearDraft();
  }
});
