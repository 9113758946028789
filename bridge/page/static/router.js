// @ts-check
/**
 * Where one is: the address behind `#`, as a path and a query.
 *
 *     html`<a href=${link("/jobs", id)}>…</a>`
 *     navigate("/");
 *     changeQuery({ status: "failed" });   // the same view, no entry in the browser's history
 */

import { signal } from "./vendor/preact.js";

/** @typedef {{path: string, query: Record<string, string>}} Route */

/** @type {Map<number, number>} */
const positions = new Map();
let entry = entryOfHistory();

/** @type {import("./vendor/preact.js").Signal<Route>} */
export const route = signal(read());

/**
 * Return the address of a view. Parts after the first are encoded.
 *
 * @param {string} path
 * @param {...string} parts
 */
export function link(path, ...parts) {
  return `#${[path, ...parts.map(encodeURIComponent)].join("/").replace(/^\/\//, "/")}`;
}

/**
 * Go to a view: `navigate(link("/jobs", id))`.
 *
 * @param {string} address
 */
export function navigate(address) {
  location.hash = address.replace(/^#/, "");
}

/**
 * Change parts of the query in place; an empty value removes one.
 *
 * @param {Record<string, string>} changed
 */
export function changeQuery(changed) {
  const query = Object.fromEntries(Object.entries({ ...route.value.query, ...changed }).filter(([, value]) => value));
  const text = new URLSearchParams(query).toString();
  history.replaceState(history.state, "", `#${route.value.path}${text ? `?${text}` : ""}`);
  route.value = { ...route.value, query };
}

/** Scroll to where one was when one left this entry of the history, or to the top. Views are short before they load. */
export function restorePosition() {
  window.scrollTo(0, positions.get(entry) ?? 0);
}

export function begin() {
  history.scrollRestoration = "manual";
  entry = entryOfHistory(); // a link that signs in has changed it
  route.value = read();
  window.addEventListener("scroll", () => positions.set(entry, window.scrollY), { passive: true });
  window.addEventListener("popstate", () => {
    entry = entryOfHistory();
    route.value = read();
  });
}

/** Return the number of the entry; a new one gets a number. */
function entryOfHistory() {
  const known = history.state?.entry;
  if (typeof known === "number") {
    return known;
  }
  const entry = Date.now() + Math.random();
  history.replaceState({ entry }, "");
  return entry;
}

/** @returns {Route} */
function read() {
  const [path, query] = location.hash.replace(/^#/, "").split("?", 2);
  return { path: path || "/", query: Object.fromEntries(new URLSearchParams(query ?? "")) };
}
