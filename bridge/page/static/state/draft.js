// @ts-check
/** What one has typed into the form of a new video. It stays while one looks at another verb or view. */

import { token } from "../api/client.js";
import { effect, signal } from "../vendor/preact.js";

/**
 * @typedef {import("../api/types.js").JobRecord} JobRecord
 * @typedef {{values: Record<string, string>, files: Record<string, File | undefined>, from: string}} Draft
 */

const TAKEN = /** @type {const} */ ([
  "prompt", "negative_prompt", "style", "aspect_ratio", "character", "seed_value", "motion", "hd_quality", "channel",
  "replyUrl", "replyRef",
]);
/** @type {Draft} */
const EMPTY = { values: {}, files: {}, from: "" };

/** @type {import("../vendor/preact.js").Signal<Draft>} */
export const draft = signal(EMPTY);

/**
 * @param {string} name
 * @param {string} value
 */
export function type(name, value) {
  draft.value = { ...draft.value, values: { ...draft.value.values, [name]: value } };
}

/**
 * @param {string} name
 * @param {File | undefined} file
 */
export function putFile(name, file) {
  draft.value = { ...draft.value, files: { ...draft.value.files, [name]: file } };
}

/**
 * Take what a job was made of, with the fields that only its verb has. Its files are not in the record.
 *
 * @param {JobRecord} job
 * @param {string[]} own
 */
export function fill(job, own) {
  const record = /** @type {Record<string, unknown>} */ (/** @type {unknown} */ (job));
  const given = [...TAKEN, ...own].filter((name) => record[name] !== undefined && typeof record[name] !== "object");
  const values = Object.fromEntries(given.map((name) => [name, String(record[name])]));
  draft.value = { values, files: {}, from: job.jobid };
}

export function clearDraft() {
  draft.value = EMPTY;
}

effect(() => {
  if (token.value === null) {
    clearDraft();
  }
});
