// @ts-check
/** The view "accounts". */

import { html } from "../vendor/html.js";
import { Head } from "../parts/head.js";
import { t } from "../texts/index.js";

export default function Accounts() {
  return html`<${Head} title=${t.shell.accounts} />`;
}
