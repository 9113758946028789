// @ts-check
/**
 * The words of the page, in the language of the reader: `t.board.title`. A language is two files here and a line below:
 * the words that are needed at once, and those about jobs, which come with the first view.
 */

import { en } from "./en.js";

/** @typedef {typeof en & typeof import("./en_jobs.js")} Words */

const LANGUAGES = { en: { first: en, others: () => import("./en_jobs.js") } };

/** @type {keyof typeof LANGUAGES} */
export const language = navigator.languages.map((name) => name.split("-")[0] ?? "").find(isKnown) ?? "en";
export const t = /** @type {Words} */ ({ ...LANGUAGES[language].first });

/** Load the words about jobs. */
export async function loadOthers() {
  Object.assign(t, await LANGUAGES[language].others());
}

/**
 * @param {string} name
 * @returns {name is keyof typeof LANGUAGES}
 */
function isKnown(name) {
  return name in LANGUAGES;
}
