// @ts-check
/**
 * Short messages that come and go; the shell shows them and a screen reader says them.
 *
 *     say(t.job.cancelled);
 *     complain(error);
 */

import { ApiError, Unreachable } from "../api/client.js";
import { t } from "../texts/index.js";
import { signal } from "../vendor/preact.js";

/** @typedef {{id: number, text: string, details: string | null, isError: boolean}} Toast */

const SHOWN_MS = 6_000;
const SHOWN_ERROR_MS = 12_000;
const MOST = 4;

/** @type {import("../vendor/preact.js").Signal<Toast[]>} */
export const toasts = signal([]);

let count = 0;

/**
 * @param {string} text
 * @param {{details?: string | null, isError?: boolean}} [more]
 */
export function say(text, { details = null, isError = false } = {}) {
  const toast = { id: ++count, text, details, isError };
  toasts.value = [...toasts.value, toast].slice(-MOST);
  setTimeout(() => dismiss(toast.id), isError ? SHOWN_ERROR_MS : SHOWN_MS);
}

/**
 * Say what went wrong, in words.
 *
 * @param {unknown} error
 */
export function complain(error) {
  const { title, details } = inWords(error);
  say(title, { details, isError: true });
}

/** @param {number} id */
export function dismiss(id) {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

/**
 * Return an error as a title and what to do or know about it.
 *
 * @param {unknown} error
 * @returns {{title: string, details: string | null}}
 */
export function inWords(error) {
  if (error instanceof Unreachable) {
    return { title: t.errors.unreachable, details: t.errors.unreachableDetails };
  }
  if (!(error instanceof ApiError)) {
    return { title: t.errors.unexpected, details: error instanceof Error ? error.message : String(error) };
  }
  if (error.status === 403) {
    return { title: t.errors.forbidden, details: t.errors.forbiddenDetails(error.details ?? "") };
  }
  const wait = error.retryAfter === null ? null : t.errors.retryAfter(error.retryAfter);
  return { title: error.message, details: [error.details, wait].filter(Boolean).join(" ") || null };
}
