// @ts-check
/** The head of a view. */

import { html, useEffect, useRef } from "../vendor/preact.js";
import { t } from "../texts/index.js";

let isFirst = true;

/**
 * The title and what one can do. The title of the window follows it, and it has the focus when one comes from another
 * view, so that a screen reader says where one is.
 *
 * @param {{title: string, children?: any, actions?: any, keepFocus?: boolean}} props
 */
export function Head({ title, children, actions, keepFocus = false }) {
  const ref = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    if (!isFirst && !keepFocus) {
      ref.current?.focus({ preventScroll: true });
    }
    isFirst = false;
  }, []);
  useEffect(() => {
    document.title = `${title} · ${t.common.product}`;
  }, [title]);
  return html`<header class="head">
    <div class="head-title"><h1 ref=${ref} tabindex="-1">${title}</h1>${children}</div>
    ${actions && html`<div class="head-actions">${actions}</div>`}
  </header>`;
}
