// @ts-check
/**
 * A submit from the press of a button to its outcome, at most once.
 *
 *     const submission = useSubmission((job) => navigate(link("/jobs", job.jobid)));
 *     submission.send("v1/pixverse/create", { prompt, style });
 *
 * Every submit has an `Idempotency-Key`. The same request gets the same key again as long as the bridge has not decided
 * it: nobody answered, or it is still being answered. Then no second job can come of it. After a decision, and for
 * another request, the key is a new one.
 */

import { ApiError, post, Unreachable } from "../api/client.js";
import { useRef, useState } from "../vendor/preact.js";
import { second } from "./clock.js";
import { learn } from "./jobs.js";

/**
 * @typedef {import("../api/types.js").JobRecord} JobRecord
 * @typedef {Record<string, string | number | boolean | File>} Values
 * @typedef {object} Submission
 * @property {boolean} isBusy
 * @property {unknown} error why the last one was refused, or null
 * @property {number | null} retryAt when another try makes sense, in milliseconds since 1970
 * @property {(path: string, values: Values) => void} send
 * @property {() => void} clear
 */

const UNDECIDED = new Set([408, 500, 504]); // a proxy's answers among them

/**
 * @param {(job: JobRecord) => void} onDone
 * @returns {Submission}
 */
export function useSubmission(onDone) {
  const [state, setState] = useState({ isBusy: false, error: /** @type {unknown} */ (null), retryAt: /** @type {number | null} */ (null) });
  const isSending = useRef(false);
  const undecided = useRef({ request: "", key: "" });
  const send = async (/** @type {string} */ path, /** @type {Values} */ values) => {
    if (isSending.current) {
      return;
    }
    isSending.current = true;
    const request = fingerprint(path, values);
    const key = undecided.current.request === request ? undecided.current.key : newKey();
    undecided.current = { request, key };
    setState({ isBusy: true, error: null, retryAt: null });
    try {
      const job = await post(path, bodyOf(values), { headers: { "Idempotency-Key": key } });
      undecided.current = { request: "", key: "" };
      setState({ isBusy: false, error: null, retryAt: null });
      learn(job);
      onDone(job);
    } catch (error) {
      if (!isUndecided(error)) {
        undecided.current = { request: "", key: "" };
      }
      const wait = error instanceof ApiError ? error.retryAfter : null;
      setState({ isBusy: false, error, retryAt: wait === null ? null : Date.now() + wait * 1000 });
    } finally {
      isSending.current = false;
    }
  };
  const clear = () => setState({ isBusy: false, error: null, retryAt: null });
  return { ...state, send: (path, values) => void send(path, values), clear };
}

/**
 * Return how many seconds are left, counted while one looks.
 *
 * @param {number | null} until
 */
export function secondsLeft(until) {
  return until === null ? 0 : Math.max(0, Math.ceil((until - Math.max(second.value, Date.now())) / 1000));
}

/** Return a key that nobody else has; `randomUUID` is there with TLS only. */
function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {unknown} error */
export function isUndecided(error) {
  return error instanceof Unreachable || (error instanceof ApiError && (UNDECIDED.has(error.status) || isBeingAnswered(error)));
}

/**
 * Return whether the first request with the key is still being answered.
 *
 * @param {ApiError} error
 */
function isBeingAnswered(error) {
  return error.status === 409 && error.message.includes("Idempotency-Key");
}

/**
 * Return what tells two requests apart; files by what the browser knows of them.
 *
 * @param {string} path
 * @param {Values} values
 */
function fingerprint(path, values) {
  const told = Object.entries(values).map(([name, value]) =>
    value instanceof File ? [name, value.name, value.size, value.lastModified] : [name, value],
  );
  return JSON.stringify([path, told]);
}

/**
 * Return JSON's object, or a form if there are files.
 *
 * @param {Values} values
 */
function bodyOf(values) {
  if (!Object.values(values).some((value) => value instanceof File)) {
    return values;
  }
  const form = new FormData();
  for (const [name, value] of Object.entries(values)) {
    form.set(name, value instanceof File ? value : String(value));
  }
  return form;
}
