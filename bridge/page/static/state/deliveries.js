// @ts-check
/**
 * The deliveries of callbacks: one list, newest first, read by the page; and the receivers that fail.
 *
 *     show("given_up");
 *     await sendAgain(jobid);
 */

import { ApiError, get, post, token } from "../api/client.js";
import { batch, effect, signal } from "../vendor/preact.js";
import { refreshHealth } from "./health.js";

/**
 * @typedef {import("../api/types.js").Delivery} Delivery
 * @typedef {import("../api/types.js").Attempt} Attempt
 * @typedef {"" | Delivery["state"]} Which
 * @typedef {{host: string, owed: number, givenUp: number, last: Attempt | null, nextAt: string | null}} Receiver
 * @typedef {{done: number, failed: number}} Progress
 */

const PATH = "v1/pixverse/callbacks";
const PAGE = 50;
const LOOKED_AT = 100;
const MOST = 1_000;

/** @type {import("../vendor/preact.js").Signal<Delivery[] | null>} */
export const deliveries = signal(null);

/** @type {import("../vendor/preact.js").Signal<Receiver[]>} */
export const receivers = signal([]);

/** Whether more deliveries are owed or given up than were looked at for `receivers`. */
export const isPartial = signal(false);

/** @type {import("../vendor/preact.js").Signal<unknown>} */
export const failure = signal(null);

/** Where the list goes on; null at its end. @type {import("../vendor/preact.js").Signal<string | null>} */
export const next = signal(null);

effect(() => {
  void token.value; // who signs in next may see other deliveries
  deliveries.value = null;
  receivers.value = [];
});

/** @type {Which} */
let which = "";
let isLoading = false;

/**
 * Show the deliveries in a state, from the newest on.
 *
 * @param {Which} wanted
 */
export function show(wanted) {
  which = wanted;
  batch(() => {
    deliveries.value = null;
    failure.value = null;
    next.value = null;
  });
  return refresh();
}

/** Read the newest ones again; older ones that are already there stay. */
export async function refresh() {
  const [asked, wanted] = [token.value, which];
  try {
    const [page, failing] = await Promise.all([get(PATH, { state: wanted, limit: PAGE }), readReceivers()]);
    if (asked === token.value && wanted === which) {
      batch(() => {
        join(page);
        receivers.value = failing;
        failure.value = null;
      });
    }
  } catch (error) {
    if (wanted === which) {
      failure.value = error;
    }
  }
}

export async function loadMore() {
  const [cursor, wanted] = [next.value, which];
  if (cursor === null || isLoading || (deliveries.value?.length ?? 0) >= MOST) {
    return;
  }
  isLoading = true;
  try {
    const page = await get(PATH, { state: wanted, limit: PAGE, cursor });
    if (wanted === which && cursor === next.value) {
      batch(() => {
        deliveries.value = [...(deliveries.value ?? []), ...page.callbacks];
        next.value = page.next;
      });
    }
  } catch (error) {
    failure.value = error;
  } finally {
    isLoading = false;
  }
}

/**
 * Send the deliveries of a job again.
 *
 * @param {string} jobid
 */
export async function sendAgain(jobid) {
  await post(`${PATH}/redeliver`, { jobid });
  await Promise.all([refresh(), refreshHealth()]);
}

/**
 * Send everything again that was given up for a receiver, one job after the other; stops when `signal` is aborted.
 *
 * @param {string} host
 * @param {(progress: Progress) => void} tell
 * @param {AbortSignal} signal
 * @returns {Promise<Progress>}
 */
export async function sendAllAgain(host, tell, signal) {
  const progress = { done: 0, failed: 0 };
  const jobs = await givenUpJobs(host, signal);
  for (const jobid of jobs) {
    if (signal.aborted) {
      break;
    }
    await post(`${PATH}/redeliver`, { jobid }).then(
      () => progress.done++,
      (error) => {
        progress.failed++;
        if (!isGone(error)) {
          throw error; // the next one would fare no better
        }
      },
    );
    tell({ ...progress });
  }
  await Promise.all([refresh(), refreshHealth()]);
  return progress;
}

/** Return whether a job is no longer kept. @param {unknown} error */
function isGone(error) {
  return error instanceof ApiError && (error.status === 404 || error.status === 410);
}

/** @param {string} url */
export function hostOf(url) {
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
}

/**
 * @param {string} host
 * @param {AbortSignal} signal
 */
async function givenUpJobs(host, signal) {
  const found = new Set();
  let cursor = "";
  do {
    const page = await get(PATH, { state: "given_up", limit: LOOKED_AT, cursor }, signal);
    for (const { jobid, url } of page.callbacks) {
      if (hostOf(url) === host) {
        found.add(jobid);
      }
    }
    cursor = page.next ?? "";
  } while (cursor && !signal.aborted);
  return found;
}

/** @param {{callbacks: Delivery[], next: string | null}} page */
function join(page) {
  const before = deliveries.value ?? [];
  const last = page.callbacks.at(-1);
  const at = last ? before.findIndex(({ id }) => id === last.id) : -1;
  if (at < 0) {
    next.value = page.next;
    deliveries.value = page.callbacks;
  } else {
    deliveries.value = [...page.callbacks, ...before.slice(at + 1)];
  }
}

/** Return the receivers that failed last, those with the most to send first. */
async function readReceivers() {
  const [owed, lost] = await Promise.all(
    ["pending", "given_up"].map((state) => get(PATH, { state, limit: LOOKED_AT })),
  );
  isPartial.value = owed.next !== null || lost.next !== null;
  /** @type {Map<string, Receiver>} */
  const found = new Map();
  for (const delivery of [...owed.callbacks, ...lost.callbacks]) {
    count(found, delivery);
  }
  const isFailing = (/** @type {Receiver} */ { last, givenUp }) => givenUp > 0 || (last !== null && last.error !== null);
  return [...found.values()].filter(isFailing).sort((one, other) => weight(other) - weight(one));
}

/**
 * @param {Map<string, Receiver>} found
 * @param {Delivery} delivery
 */
function count(found, { url, state, attempts, next_at: nextAt }) {
  const host = hostOf(url);
  const before = found.get(host) ?? { host, owed: 0, givenUp: 0, last: null, nextAt: null };
  const last = attempts.at(-1) ?? null;
  found.set(host, {
    host,
    owed: before.owed + (state === "pending" ? 1 : 0),
    givenUp: before.givenUp + (state === "given_up" ? 1 : 0),
    last: before.last === null || (last !== null && last.at > before.last.at) ? last : before.last,
    nextAt: before.nextAt === null || (nextAt !== null && nextAt < before.nextAt) ? nextAt : before.nextAt,
  });
}

/** @param {Receiver} receiver */
function weight({ owed, givenUp }) {
  return owed + givenUp;
}
