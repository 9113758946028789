// @ts-check
/** The words of the page, in the language of the reader: `t.board.title`. A language is a file here and a line below. */

import { en } from "./en.js";

/** @type {Record<string, typeof en>} */
const LANGUAGES = { en };

const wanted = navigator.languages.map((name) => name.split("-")[0] ?? "").find((name) => name in LANGUAGES);

export const language = wanted ?? "en";
export const t = LANGUAGES[language] ?? en;
