// @ts-check
/** The view "health". */

import { html } from "../vendor/html.js";
import { Head } from "../parts/head.js";
import { t } from "../texts/index.js";

export default function Health() {
  return html`<${Head} title=${t.shell.health} />`;
}
