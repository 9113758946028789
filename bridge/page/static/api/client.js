// @ts-check
/**
 * Requests to the API. Every address is relative to the page, so a path prefix of a proxy needs no setting.
 *
 *     const page = await get("v1/pixverse/jobs/history", { limit: 50 });
 *     await post("v1/pixverse/create", { prompt, style });
 *
 * A call ends with the answer's JSON, or throws `ApiError` (the bridge said no) or `Unreachable` (nobody answered).
 */

import { signal } from "../vendor/preact.js";

/**
 * The API token of this tab; null while nobody is signed in. `state/session.js` sets it.
 *
 * @type {import("../vendor/preact.js").Signal<string | null>}
 */
export const token = signal(null);

/** The token that the bridge refused with 401 last. */
export const refusedToken = signal("");

/** The scope that the token lacked last, as a 403 says. */
export const refusedScope = signal("");

/**
 * How far the clock of the bridge is ahead of the browser's, in milliseconds, as its answers tell; 0 where they agree.
 *
 * @type {import("../vendor/preact.js").Signal<number>}
 */
export const ahead_ms = signal(0);

const AGREE_MS = 5_000; // an answer tells the time to the second, and takes a while to come
/**
 * How the stream of events is. `api/stream.js` sets it.
 *
 * @type {import("../vendor/preact.js").Signal<"connecting" | "online" | "reconnecting" | "offline" | "refused">}
 */
export const connection = signal("connecting");

const PATIENCE_MS = 150_000; // a picture has 120 seconds to arrive, an answer its own patience

/** An answer that is not a success. */
export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {any} body
   * @param {number | null} retryAfter
   */
  constructor(status, body, retryAfter) {
    super(typeof body?.error === "string" ? body.error : `HTTP ${status}`);
    this.name = "ApiError";
    this.status = status;
    this.body = body;
    /** @type {string | null} */
    this.details = readable(body?.errorDetails);
    /** Seconds to wait before another try, if the bridge said so. */
    this.retryAfter = retryAfter;
  }
}

/** No answer: the bridge is stopped, or the network is away. */
export class Unreachable extends Error {
  constructor() {
    super("The bridge did not answer");
    this.name = "Unreachable";
  }
}

/**
 * @typedef {Record<string, string | number | boolean | null | undefined>} Query
 * @typedef {{query?: Query, body?: object | FormData, headers?: Record<string, string>, signal?: AbortSignal}} Options
 */

/**
 * @param {string} path
 * @param {Query} [query]
 * @param {AbortSignal} [signal]
 * @param {Record<string, string>} [headers]
 * @returns {Promise<any>}
 */
export const get = (path, query, signal, headers) => request("GET", path, { query, signal, headers });

/**
 * @param {string} path
 * @param {object | FormData} [body] an object is sent as JSON
 * @param {Options} [options]
 * @returns {Promise<any>}
 */
export const post = (path, body = {}, options = {}) => request("POST", path, { ...options, body });

/**
 * @param {string} path
 * @returns {Promise<any>}
 */
export const remove = (path) => request("DELETE", path);

/**
 * @param {string} method
 * @param {string} path
 * @param {Options} [options]
 * @returns {Promise<any>}
 */
export async function request(method, path, options = {}) {
  const limit = AbortSignal.timeout(PATIENCE_MS);
  const answer = await send(method, path, {
    ...options,
    signal: options.signal ? AbortSignal.any([options.signal, limit]) : limit,
  });
  const body = await json(answer);
  if (answer.status === 403 && typeof body?.errorDetails === "string") {
    refusedScope.value = body.errorDetails;
  }
  if (!answer.ok) {
    throw new ApiError(answer.status, body, seconds(answer.headers.get("Retry-After")));
  }
  return body;
}

/**
 * Send a request with the token, and return the answer whatever its status is.
 *
 * @param {string} method
 * @param {string} path
 * @param {Options} [options]
 * @returns {Promise<Response>}
 */
export async function send(method, path, { query, body, headers, signal } = {}) {
  const sent = headers?.Authorization === undefined ? token.value : null;
  try {
    const answer = await fetch(address(path, query), {
      method,
      signal,
      body: body === undefined || body instanceof FormData ? body : JSON.stringify(body),
      headers: {
        ...(sent === null ? {} : { Authorization: `Bearer ${sent}` }),
        ...(body === undefined || body instanceof FormData ? {} : { "Content-Type": "application/json" }),
        ...headers,
      },
      cache: "no-store",
      credentials: "omit",
    });
    compareClocks(answer.headers.get("Date"));
    if (answer.status === 401 && sent !== null && sent === token.value) {
      refusedToken.value = sent;
    }
    return answer;
  } catch (error) {
    if (signal?.aborted && signal.reason?.name !== "TimeoutError") {
      throw error;
    }
    throw new Unreachable();
  }
}

/**
 * Return a path with its query; what is empty or undefined is left out.
 *
 * @param {string} path
 * @param {Query} [query]
 */
export function address(path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text ? `${path}?${text}` : path;
}

/** @param {string | null} sent the time of the bridge */
function compareClocks(sent) {
  const ahead = Date.parse(sent ?? "") - Date.now();
  if (Math.abs(ahead - ahead_ms.peek()) > AGREE_MS) {
    ahead_ms.value = Math.abs(ahead) > AGREE_MS ? ahead : 0;
  }
}

/** @param {Response} answer */
async function json(answer) {
  try {
    return await answer.json();
  } catch {
    return null;
  }
}

/** @param {string | null} text */
function seconds(text) {
  return text !== null && /^\d+$/.test(text) ? Number(text) : null;
}

/**
 * Return details as text; Discord's own are JSON.
 *
 * @param {unknown} details
 */
function readable(details) {
  if (details === undefined || details === null || details === "") {
    return null;
  }
  return typeof details === "string" ? details : JSON.stringify(details);
}
