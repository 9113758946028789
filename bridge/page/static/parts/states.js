// @ts-check
/** What is shown instead of content: nothing there, still coming, went wrong, no connection. */

import { html } from "../vendor/preact.js";
import { Unreachable } from "../api/client.js";
import { inWords } from "../state/toasts.js";
import { t } from "../texts/index.js";
import { Button } from "./controls.js";
import { Icon } from "./icons.js";

/**
 * @param {{title: string, icon?: import("./icons.js").IconName, children?: any, action?: any}} props
 */
export function Empty({ title, icon = "film", children, action }) {
  return html`<div class="state">
    <span class="state-icon"><${Icon} name=${icon} size=${28} /></span>
    <h2>${title}</h2>
    ${children && html`<p>${children}</p>`}${action}
  </div>`;
}

/** @param {{label?: string}} props */
export function Loading({ label = t.common.loading }) {
  return html`<div class="state" role="status"><span class="spinner" aria-hidden="true"></span><p>${label}</p></div>`;
}

/**
 * @param {{error: unknown, onRetry?: () => void}} props
 */
export function Failure({ error, onRetry }) {
  if (error instanceof Unreachable) {
    return html`<${Offline} onRetry=${onRetry} />`;
  }
  const { title, details } = inWords(error);
  return html`<div class="state state-bad" role="alert">
    <span class="state-icon"><${Icon} name="alert" size=${28} /></span>
    <h2>${title}</h2>
    ${details && html`<p>${details}</p>`}
    ${onRetry && html`<${Button} onClick=${onRetry}>${t.common.retry}<//>`}
  </div>`;
}

/** @param {{onRetry?: () => void}} props */
export function Offline({ onRetry }) {
  return html`<div class="state" role="status">
    <span class="state-icon"><${Icon} name="away" size=${28} /></span>
    <h2>${t.errors.unreachable}</h2>
    <p>${t.errors.unreachableDetails}</p>
    ${onRetry && html`<${Button} onClick=${onRetry}>${t.common.retry}<//>`}
  </div>`;
}

/** What a token without a scope sees instead of a view. @param {{scope: string}} props */
export function NotAllowed({ scope }) {
  return html`<${Empty} icon="shield" title=${t.errors.forbidden}>${t.errors.forbiddenDetails(scope)}<//>`;
}
