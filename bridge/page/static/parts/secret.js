// @ts-check
/** A secret that is covered until one asks for it. To a token that may not see it, the bridge itself gives it covered. */

import { html, useState } from "../vendor/preact.js";
import { may } from "../state/session.js";
import { t } from "../texts/index.js";
import { Button } from "./controls.js";
import { copy } from "./copy.js";

const ENDS = 3;

/** @param {{text: string, name: string}} props */
export function Secret({ text, name }) {
  const [isShown, setShown] = useState(false);
  const isAllowed = may("secrets:read");
  return html`<span class="secret">
    <code>${isAllowed && !isShown ? masked(text) : text}</code>
    ${isAllowed &&
    html`<${Button} kind="quiet" aria-label=${isShown ? t.common.hideSecret(name) : t.common.showSecret(name)}
        onClick=${() => setShown(!isShown)}>${isShown ? t.common.hide : t.common.show}<//>
      <${Button} kind="quiet" icon="copy" label=${t.common.copySecret(name)} onClick=${() => copy(text)} />`}
  </span>`;
}

/**
 * Return the first and last characters, as the bridge's own records show them.
 *
 * @param {string} text
 */
function masked(text) {
  return text.length <= 4 * ENDS ? text.replace(/./gu, "•") : `${text.slice(0, ENDS)}…${text.slice(-ENDS)}`;
}
