// @ts-check
/**
 * The jobs that the board shows: loaded by pages, kept up to date by the stream.
 *
 * What is known and what is arranged are apart. A change of a job shows at once where the job is; where it belongs, and
 * jobs that are new, wait in `waiting` until `settle()` while `isReading` is true, so that nothing moves under the eyes.
 */

import { token } from "../api/client.js";
import { batch, computed, effect, signal, untracked } from "../vendor/preact.js";
import { ask, isEnded, matches, pagesOfOpen } from "./filters.js";
import { connection, onBegin, onJob } from "./live.js";

/**
 * @typedef {import("../api/types.js").JobRecord} JobRecord
 * @typedef {import("../vendor/preact.js").Signal<JobRecord>} JobSignal
 * @typedef {import("./filters.js").Filters} Filters
 */

const MOST = 10_000;
const FRAME_MS = 50;

/** @type {Map<string, JobSignal>} */
const known = new Map();

/**
 * Those of them that the pages or the stream have brought; the others were learnt elsewhere.
 *
 * @type {Set<string>}
 */
let members = new Set();

/**
 * Those that the stream told of since the last load began.
 *
 * @type {Set<string>}
 */
let told = new Set();

/** The jobs in the order in which they are shown: running ones and those that have ended, newest first. */
export const arranged = signal({ open: /** @type {string[]} */ ([]), ended: /** @type {string[]} */ ([]) });

/** Jobs that match and are not arranged yet. */
export const waiting = signal(/** @type {Set<string>} */ (new Set()));

/** Whether somebody reads, so that nothing may move; the board says so. */
export const isReading = signal(false);

/** @type {import("../vendor/preact.js").Signal<"first" | "more" | "idle">} */
export const loading = signal("first");

/** Why nothing could be loaded, or null. */
export const failure = signal(/** @type {unknown} */ (null));

/** The cursor of the next page; null behind the last one. */
const cursor = signal(/** @type {string | null} */ (null));

export const isComplete = computed(() => cursor.value === null);

/** Whether there are older jobs that are not loaded because there would be too many in the page. */
export const isFull = computed(() => arranged.value.ended.length >= MOST);

/** @type {import("../vendor/preact.js").Signal<Filters>} */
const filters = signal({});

/**
 * Those that are arranged.
 *
 * @type {Set<string>}
 */
let placed = new Set();
let generation = 0;
let isAsked = false;
let isLoaded = false;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let settling;

/**
 * Return a job that is known; undefined for others.
 *
 * @param {string} id
 */
export const jobOf = (id) => known.get(id);

/**
 * Return the prompt of a job; that of a button without one is the prompt of the job it was pressed on, if that is known.
 *
 * @param {JobRecord} job
 * @returns {string}
 */
export function promptOf(job) {
  const parent = job.prompt || !job.parentJobId ? undefined : known.get(job.parentJobId);
  return parent ? promptOf(parent.value) : (job.prompt ?? "");
}

/**
 * Take a record that was read elsewhere, for example by the page of a job.
 *
 * @param {JobRecord} record
 */
export function learn(record) {
  const job = known.get(record.jobid);
  if (job && record.updated < job.peek().updated) {
    return;
  }
  if (job) {
    job.value = record;
  } else {
    known.set(record.jobid, signal(record));
  }
}

/**
 * Show the jobs that match; loads them unless they are shown already.
 *
 * @param {Filters} wanted
 */
export function show(wanted) {
  if (JSON.stringify(wanted) !== JSON.stringify(filters.peek()) || failure.peek() !== null) {
    filters.value = wanted;
    void load();
  }
}

/** Load the first page anew. */
export async function load() {
  const mine = ++generation;
  isAsked = true;
  isLoaded = false;
  told = new Set();
  batch(() => {
    loading.value = "first";
    failure.value = null;
  });
  try {
    const wanted = filters.peek();
    const [page, open] = await Promise.all([ask(wanted, null), pagesOfOpen(wanted)]);
    if (mine === generation) {
      batch(() => begin(page, open));
    }
  } catch (error) {
    if (mine === generation) {
      batch(() => {
        failure.value = error;
        loading.value = "idle";
      });
    }
  }
}

/** Load the next page, unless one is coming. */
export async function loadMore() {
  if (loading.peek() !== "idle" || isComplete.peek() || isFull.peek() || failure.peek() !== null) {
    return;
  }
  const mine = generation;
  loading.value = "more";
  try {
    const page = await ask(filters.peek(), cursor.peek());
    if (mine === generation) {
      batch(() => append(page));
    }
  } catch (error) {
    if (mine === generation) {
      failure.value = error;
    }
  } finally {
    if (mine === generation) {
      loading.value = "idle";
    }
  }
}

/** Try again what failed. */
export function retry() {
  failure.value = null;
  void (isLoaded ? loadMore() : load());
}

/** Put every job where it belongs now. */
export function settle() {
  clearTimeout(settling);
  settling = undefined;
  const found = [...members].flatMap((id) => known.get(id)?.peek() ?? []).filter(belongs);
  found.sort(newestFirst);
  batch(() => {
    arranged.value = {
      open: found.filter((job) => !isEnded(job)).map((job) => job.jobid),
      ended: found.filter(isEnded).map((job) => job.jobid),
    };
    waiting.value = new Set();
  });
}

onJob((record) => {
  const isNew = !placed.has(record.jobid);
  learn(record);
  members.add(record.jobid);
  told.add(record.jobid);
  if (isNew && belongs(record) && !waiting.peek().has(record.jobid)) {
    waiting.value = new Set([...waiting.peek(), record.jobid]);
  }
  settleSoon();
});
onBegin(() => void load());
effect(() => {
  if (!isReading.value) {
    settleSoon();
  }
});
effect(() => {
  const isAway = connection.value === "reconnecting" || connection.value === "offline";
  if (isAway) {
    untracked(loadOnce); // without the stream if need be
  } else if (connection.value === "online") {
    untracked(retryIfFailed);
  }
});
effect(() => {
  if (token.value === null) {
    forget();
  }
});
effect(() => {
  placed = new Set([...arranged.value.open, ...arranged.value.ended]);
});
if (connection.peek() === "online") {
  loadOnce();
}

function retryIfFailed() {
  if (failure.peek() !== null) {
    retry();
  }
}

function loadOnce() {
  if (!isAsked) {
    void load();
  }
}

function settleSoon() {
  if (settling === undefined && !isReading.peek()) {
    settling = setTimeout(() => {
      settling = undefined;
      if (!isReading.peek() && loading.peek() !== "first") {
        settle();
      }
    }, FRAME_MS);
  }
}

/**
 * @param {import("../api/types.js").HistoryPage} page
 * @param {JobRecord[]} open
 */
function begin(page, open) {
  members = new Set(told);
  if (known.size > 2 * MOST) {
    known.clear();
  }
  for (const job of [...page.jobs, ...open]) {
    learn(job);
    members.add(job.jobid);
  }
  isLoaded = true;
  cursor.value = page.next;
  loading.value = "idle";
  settle();
}

/** @param {import("../api/types.js").HistoryPage} page */
function append(page) {
  for (const job of page.jobs) {
    learn(job);
    members.add(job.jobid);
  }
  cursor.value = page.next;
  const { open, ended } = arranged.peek();
  const added = page.jobs.filter((job) => !placed.has(job.jobid) && isEnded(job) && belongs(job));
  const all = [...ended, ...added.map((job) => job.jobid)].flatMap((id) => known.get(id)?.peek() ?? []);
  arranged.value = { open, ended: all.sort(newestFirst).map((job) => job.jobid) };
}

/** @param {JobRecord} job */
function belongs(job) {
  return matches(job, filters.peek());
}

/**
 * @param {JobRecord} one
 * @param {JobRecord} other
 */
function newestFirst(one, other) {
  if (one.created !== other.created) {
    return one.created < other.created ? 1 : -1;
  }
  return one.jobid < other.jobid ? 1 : -1;
}

function forget() {
  generation++;
  isAsked = false;
  isLoaded = false;
  known.clear();
  members = new Set();
  batch(() => {
    arranged.value = { open: [], ended: [] };
    waiting.value = new Set();
    cursor.value = null;
    failure.value = null;
    loading.value = "first";
  });
}
