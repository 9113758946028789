// @ts-check
/** What the board shows of all jobs: the filters, as the address keeps them, the API takes them and a record meets them. */

import { get } from "../api/client.js";

/**
 * @typedef {import("../api/types.js").JobRecord} JobRecord
 * @typedef {import("../api/types.js").HistoryPage} HistoryPage
 * @typedef {import("../api/types.js").Status} Status
 * @typedef {keyof typeof GROUPS} Group
 * @typedef {{status?: Group, verb?: string, channel?: string, replyRef?: string, prompt?: string}} Filters
 */

const PAGE = 60;
const OPEN_PAGE = 100;
const MOST_OPEN_PAGES = 10;
const ENOUGH = 12;
const MOST_REQUESTS = 5;

/** The statuses that one looks at together. */
export const GROUPS = {
  waiting: /** @type {Status[]} */ (["created"]),
  running: /** @type {Status[]} */ (["started", "progress"]),
  completed: /** @type {Status[]} */ (["completed"]),
  failed: /** @type {Status[]} */ (["failed"]),
  moderated: /** @type {Status[]} */ (["moderated"]),
  cancelled: /** @type {Status[]} */ (["cancelled"]),
};
const OPEN = new Set([...GROUPS.waiting, ...GROUPS.running]);
const NAMES = /** @type {const} */ (["status", "verb", "channel", "replyRef", "prompt"]);

/** @param {JobRecord} job */
export const isEnded = (job) => !OPEN.has(job.status);

/**
 * Return the filters of an address.
 *
 * @param {Record<string, string>} query
 * @returns {Filters}
 */
export function filtersOf(query) {
  const given = NAMES.filter((name) => query[name] && (name !== "status" || (query[name] ?? "") in GROUPS));
  return Object.fromEntries(given.map((name) => [name, query[name]]));
}

/**
 * @param {JobRecord} job
 * @param {Filters} filters
 */
export function matches(job, { status, verb, channel, replyRef, prompt }) {
  return (
    (!status || GROUPS[status].includes(job.status)) &&
    (!verb || job.verb === verb) &&
    (!channel || job.channel === channel) &&
    (!replyRef || job.replyRef === replyRef) &&
    (!prompt || (job.prompt ?? "").toLowerCase().includes(prompt.toLowerCase()))
  );
}

/**
 * Return the next jobs that have ended, and perhaps running ones among them. An answer may hold few jobs although more
 * follow, so this asks until there are enough to fill a window.
 *
 * @param {Filters} filters
 * @param {string | null} cursor
 * @returns {Promise<HistoryPage>}
 */
export async function ask(filters, cursor) {
  const { status, ...others } = filters;
  if (status === "waiting" || status === "running") {
    return { jobs: [], next: null };
  }
  /** @type {HistoryPage} */
  let page = { jobs: [], next: cursor };
  for (let requests = 0; requests < MOST_REQUESTS; requests++) {
    const more = await get("v1/pixverse/jobs/history", { ...others, status, limit: PAGE, cursor: page.next });
    page = { jobs: [...page.jobs, ...more.jobs], next: more.next };
    if (page.next === null || page.jobs.length >= ENOUGH) {
      break;
    }
  }
  return page;
}

/**
 * Return the jobs that have not ended.
 *
 * @param {Filters} filters
 * @returns {Promise<JobRecord[]>}
 */
export async function pagesOfOpen({ status, ...others }) {
  const wanted = status ? GROUPS[status].filter((each) => OPEN.has(each)) : [...OPEN];
  return (await Promise.all(wanted.map((each) => allOf({ ...others, status: each })))).flat();
}

/**
 * @param {Record<string, string | undefined>} query
 * @returns {Promise<JobRecord[]>}
 */
async function allOf(query) {
  const jobs = [];
  let cursor = null;
  for (let pages = 0; pages < MOST_OPEN_PAGES; pages++) {
    const page = await get("v1/pixverse/jobs/history", { ...query, limit: OPEN_PAGE, cursor });
    jobs.push(...page.jobs);
    cursor = page.next;
    if (cursor === null) {
      break;
    }
  }
  return jobs;
}
