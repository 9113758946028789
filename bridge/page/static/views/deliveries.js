// @ts-check
/** The view "deliveries". */

import { html } from "../vendor/html.js";
import { Head } from "../parts/head.js";
import { t } from "../texts/index.js";

export default function Deliveries() {
  return html`<${Head} title=${t.shell.deliveries} />`;
}
