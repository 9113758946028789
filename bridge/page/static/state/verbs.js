// @ts-check
/** The verbs of this bridge, with those that only its configuration has. */

import { get, token } from "../api/client.js";
import { effect, signal } from "../vendor/preact.js";

/**
 * @typedef {import("../api/types.js").VerbRow} VerbRow
 */

/**
 * Empty until they are known.
 *
 * @type {import("../vendor/preact.js").Signal<VerbRow[]>}
 */
export const verbs = signal([]);

/** @type {Promise<VerbRow[]> | null} */
let asked = null;

/**
 * Return the verbs; asked for once, and again after a failure.
 *
 * @returns {Promise<VerbRow[]>}
 */
export function knownVerbs() {
  asked ??= get("v1/pixverse/verbs").then(
    (answer) => {
      verbs.value = answer.verbs;
      return verbs.value;
    },
    (error) => {
      asked = null;
      throw error;
    },
  );
  return asked;
}

/**
 * Return a verb by the name that records have.
 *
 * @param {string} name
 */
export function rowOf(name) {
  return verbs.value.find(({ verb }) => verb === name);
}

effect(() => {
  if (token.value === null) {
    asked = null;
    verbs.value = [];
  }
});
