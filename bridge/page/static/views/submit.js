// @ts-check
/** The view "submit". */

import { html } from "../vendor/html.js";
import { Head } from "../parts/head.js";
import { t } from "../texts/index.js";

export default function Submit() {
  return html`<${Head} title=${t.shell.submit} />`;
}
