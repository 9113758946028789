// @ts-check
/** The view "webhooks". */

import { html } from "../vendor/html.js";
import { Head } from "../parts/head.js";
import { t } from "../texts/index.js";

export default function Webhooks() {
  return html`<${Head} title=${t.shell.webhooks} />`;
}
