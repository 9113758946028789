// @ts-check
/** Small facts about a job: its status, its age, how long it runs, and the bot's words. */

import { html } from "../vendor/preact.js";
import { minute, second } from "../state/clock.js";
import { language, t } from "../texts/index.js";
import { Icon } from "./icons.js";

/**
 * @typedef {import("../api/types.js").JobRecord} JobRecord
 * @typedef {import("../api/types.js").Status} Status
 * @typedef {import("./icons.js").IconName} IconName
 */

/** @type {Record<Status, IconName | null>} */
const ICONS = {
  created: "clock",
  started: null,
  progress: null,
  completed: "check",
  failed: "alert",
  moderated: "shield",
  cancelled: "stop",
};
const FULL = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium" });
const SHORT = new Intl.DateTimeFormat(language, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });
const CLOCK = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 1, hourCycle: "h23" });
const AGO = new Intl.RelativeTimeFormat(language, { numeric: "always", style: "narrow" });

/** @param {Status} status */
export const isOpen = (status) => status === "created" || status === "started" || status === "progress";

/** @param {{status: Status, late?: boolean}} props */
export function StatusBadge({ status, late }) {
  const icon = ICONS[status];
  return html`<span class="badge badge-${status}">
    ${icon ? html`<${Icon} name=${icon} size=${14} />` : html`<span class="badge-dot" aria-hidden="true"></span>`}
    ${t.status[status] ?? status}${late ? ` · ${t.common.late}` : ""}
  </span>`;
}

/**
 * How long something has been running, counted while one looks: `0:42`, `1:03:20`.
 *
 * @param {{since: string, until?: string}} props
 */
export function Elapsed({ since, until }) {
  const end = until === undefined ? second.value : Date.parse(until);
  return html`<span class="elapsed">${duration(end - Date.parse(since))}</span>`;
}

/**
 * A moment as an age ("3 min. ago") that becomes a date after a day; the exact time is in its title.
 *
 * @param {{at: string}} props
 */
export function Time({ at }) {
  const ms = Date.parse(at);
  return html`<time datetime=${at} title=${FULL.format(ms)}>${age(ms, Math.max(minute.value, ms))}</time>`;
}

/**
 * A moment to the second, where the order of things matters; the date is in its title.
 *
 * @param {{at: string}} props
 */
export function Moment({ at }) {
  const ms = Date.parse(at);
  return html`<time class="moment" datetime=${at} title=${FULL.format(ms)}>${CLOCK.format(ms)}</time>`;
}

/**
 * @param {number} ms
 * @param {number} now
 */
function age(ms, now) {
  const minutes = Math.floor((now - ms) / 60_000);
  if (minutes < 1) {
    return t.common.justNow;
  }
  if (minutes < 60) {
    return AGO.format(-minutes, "minute");
  }
  return minutes < 24 * 60 ? AGO.format(-Math.floor(minutes / 60), "hour") : SHORT.format(ms);
}

/** @param {number} ms */
export function duration(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (/** @type {number} */ number) => String(number).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes}:${two(seconds % 60)}`
    : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
}

/**
 * Return a reason, which begins small in the API, as a sentence of its own.
 *
 * @param {string} text
 */
export function sentence(text) {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");
}

/**
 * Return the percentage that the bot gave last, or null.
 *
 * @param {{content?: string}} job
 */
export function percentage(job) {
  const found = job.content?.match(/\((\d{1,3})%\)\s*$/);
  return found ? Math.min(100, Number(found[1])) : null;
}

/**
 * Return what the bot said, for a person: without mentions, its echo of the command, and Markdown.
 *
 * @param {{error?: string, content?: string}} job
 */
export function botWords(job) {
  const said = job.error ?? job.content ?? "";
  return said
    .replace(/\((?:prompt|style|character): .*?\)?\s*Author:\s*<@!?\d+>\)?/su, "")
    .replace(/<@!?\d+>/gu, "")
    .replace(/\[([^\]]*)\]\(<?[^)>]*>?\)/gu, "$1")
    .replace(/\(\d{1,3}%\)\s*$/u, "")
    .replace(/\*\*|__|`/gu, "")
    .trim();
}
