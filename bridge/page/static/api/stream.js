// @ts-check
/**
 * The stream of events, read by `fetch` because `EventSource` cannot send the token.
 *
 * After a cut it goes on from the last position it saw, so nothing is missed. Where that is not possible the bridge
 * says `reset`, and who listens loads anew.
 */

import { connection, send, token } from "./client.js";
import { createParser } from "../vendor/eventsource-parser.js";
import { batch, signal } from "../vendor/preact.js";

/**
 * @typedef {import("./types.js").JobRecord} JobRecord
 * @typedef {object} Listener
 * @property {(job: JobRecord) => void} onJob
 * @property {(account: import("./types.js").AccountHealth) => void} onAccount
 * @property {() => void} onBegin the stream has begun, or begun anew after events that are no longer kept
 */

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
const SILENCE_MS = 40_000; // the bridge sends something every 15 seconds
const OFFLINE_AFTER = 4; // attempts

/**
 * When the next attempt is made, in milliseconds since 1970; null while connected.
 *
 * @type {import("../vendor/preact.js").Signal<number | null>}
 */
export const nextAttempt = signal(null);

/** How many times the stream was cut and went on without a hole. */
export const resumed = signal(0);

/** @type {() => void} */
let wake = () => undefined;

/** Try again now instead of waiting. */
export function reconnectNow() {
  wake();
}

/**
 * Follow the stream until the returned function is called.
 *
 * @param {Listener} listener
 * @returns {() => void}
 */
export function follow(listener) {
  const stop = new AbortController();
  const hurry = () => document.visibilityState === "visible" && navigator.onLine && wake();
  window.addEventListener("online", hurry, { signal: stop.signal });
  document.addEventListener("visibilitychange", hurry, { signal: stop.signal });
  void keepReading(listener, stop.signal);
  return () => stop.abort();
}

/**
 * @param {Listener} listener
 * @param {AbortSignal} stop
 */
async function keepReading(listener, stop) {
  const reader = new Reader(listener);
  connection.value = "connecting";
  for (let failures = 0; !stop.aborted; failures++) {
    const outcome = await reader.read(stop);
    if (stop.aborted) {
      return;
    }
    if (outcome.isRefused) {
      connection.value = "refused";
      return;
    }
    failures = outcome.wasOnline ? 0 : failures;
    connection.value = !navigator.onLine || failures >= OFFLINE_AFTER ? "offline" : "reconnecting";
    await pause(outcome.wait_ms ?? backoff(failures), stop);
  }
}

/** @param {number} failures */
function backoff(failures) {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** failures) * (0.75 + Math.random() / 2);
}

/**
 * Wait, or until somebody asks to hurry.
 *
 * @param {number} ms
 * @param {AbortSignal} stop
 * @returns {Promise<void>}
 */
function pause(ms, stop) {
  nextAttempt.value = Date.now() + ms;
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      stop.removeEventListener("abort", end);
      wake = () => undefined;
      resolve();
    };
    const timer = setTimeout(end, ms);
    stop.addEventListener("abort", end);
    wake = end;
  });
}

/** Reads the stream, and keeps the position between two connections. */
class Reader {
  /** @param {Listener} listener */
  constructor(listener) {
    this.listener = listener;
    this.position = "";
    this.token = token.value;
  }

  /**
   * Read one connection to its end.
   *
   * @param {AbortSignal} stop
   * @returns {Promise<{wasOnline: boolean, isRefused?: boolean, wait_ms?: number}>}
   */
  async read(stop) {
    const quiet = new AbortController();
    try {
      const answer = await send("GET", "v1/pixverse/events", {
        headers: { Accept: "text/event-stream", ...(this.position ? { "Last-Event-ID": this.position } : {}) },
        signal: AbortSignal.any([stop, quiet.signal]),
      });
      if (!answer.ok || !answer.body) {
        const wait = Number(answer.headers.get("Retry-After")) * 1000;
        const isRefused = answer.status === 401 || answer.status === 403;
        return { wasOnline: false, isRefused, wait_ms: wait > 0 ? Math.min(wait, LONGEST_WAIT_MS) : undefined };
      }
      this.began();
      await this.readBody(answer.body, quiet);
      return { wasOnline: true };
    } catch {
      return { wasOnline: connection.value === "online" };
    }
  }

  began() {
    const isResumed = this.position !== "";
    batch(() => {
      connection.value = "online";
      nextAttempt.value = null;
      resumed.value += isResumed ? 1 : 0;
    });
    if (!isResumed) {
      this.listener.onBegin();
    }
  }

  /**
   * @param {ReadableStream<Uint8Array>} body
   * @param {AbortController} quiet ends the connection when nothing has come for long
   */
  async readBody(body, quiet) {
    const parser = createParser({
      onId: (id) => {
        this.position = id ?? this.position;
      },
      onEvent: (event) => this.take(event),
    });
    const text = body.pipeThrough(/** @type {any} */ (new TextDecoderStream())).getReader();
    for (;;) {
      const timer = setTimeout(() => quiet.abort(), SILENCE_MS);
      try {
        const { done, value } = await text.read();
        if (done) {
          return;
        }
        batch(() => parser.feed(value));
      } finally {
        clearTimeout(timer);
      }
    }
  }

  /** @param {{id?: string, event?: string, data: string}} event */
  take({ id, event, data }) {
    this.position = id || this.position;
    if (event === "reset") {
      this.listener.onBegin();
    } else if (event === "account") {
      this.listener.onAccount(JSON.parse(data));
    } else if (data) {
      this.listener.onJob(JSON.parse(data));
    }
  }
}
