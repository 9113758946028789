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
 * Return what a verb is called: one of a configuration has no words but its name.
 *
 * @param {string} verb as records have it
 */
export function verbInWords(verb) {
  return /** @type {Record<string, string>} */ (t.verbs)[verb] ?? inWords(verb.replace("pixverse-", ""));
}

/**
 * Return a name as words: "first_frame" is "First frame".
 *
 * @param {string} name
 */
export function inWords(name) {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/**
 * @param {string} name
 * @returns {name is keyof typeof LANGUAGES}
 */
function isKnown(name) {
  return name in LANGUAGES;
}
