// @ts-check
/** What one presses and fills in. */

import { html, useEffect, useId, useRef } from "../vendor/preact.js";
import { t } from "../texts/index.js";
import { Icon } from "./icons.js";

/** @typedef {import("./icons.js").IconName} IconName */

/**
 * A button, or a link that looks like one if `href` is given. `kind`: "primary" once a view, "plain", "quiet",
 * "danger". `label` is for one that shows an icon only. While `busy` it can be focused but does nothing.
 *
 * @param {{kind?: "primary" | "plain" | "quiet" | "danger", icon?: IconName, label?: string, busy?: boolean,
 *   disabled?: boolean, href?: string, type?: "button" | "submit", onClick?: (event: Event) => void, children?: any,
 *   class?: string, [attribute: string]: any}} props
 */
export function Button({ kind = "plain", icon, label, busy, disabled, href, type = "button", children, ...more }) {
  const { onClick, class: extra = "", ...attributes } = more;
  const look = `button button-${kind} ${children === undefined ? "button-icon" : ""} ${extra}`;
  const inside = html`${icon && html`<${Icon} name=${icon} />`}${children}`;
  if (href !== undefined) {
    return html`<a class=${look} href=${href} aria-label=${label} title=${label} onClick=${onClick} ...${attributes}>
      ${inside}
    </a>`;
  }
  return html`<button type=${type} class=${look} aria-label=${label} title=${label} disabled=${disabled}
    aria-disabled=${busy ? "true" : undefined} aria-busy=${busy ? "true" : undefined}
    onClick=${busy ? (/** @type {Event} */ event) => event.preventDefault() : onClick} ...${attributes}>
    ${inside}
  </button>`;
}

/**
 * A labelled control. Without `children` it is an `<input>` (or a `<textarea>` with `rows`); with `options` a
 * `<select>`. `error` is said at once, `hint` is read after the label. `onValue` gets the text at every change.
 *
 * @param {{label: string, value: string, onValue: (value: string) => void, name?: string, hint?: any, error?: any,
 *   options?: {value: string, label: string}[], rows?: number, hideLabel?: boolean, icon?: IconName, type?: string,
 *   class?: string, [attribute: string]: any}} props
 */
export function Field({ label, value, onValue, hint, error, options, rows, hideLabel, icon, type = "text", ...more }) {
  const id = useId();
  const { class: extra = "", ...attributes } = more;
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ") || undefined;
  const common = {
    id,
    value,
    "aria-describedby": described,
    "aria-invalid": error ? "true" : undefined,
    onInput: (/** @type {any} */ event) => onValue(event.currentTarget.value),
    ...attributes,
  };
  return html`<div class="field ${extra}">
    <label class=${hideLabel ? "only-read" : ""} for=${id}>${label}</label>
    <div class="field-box ${icon ? "has-icon" : ""}">
      ${icon && html`<${Icon} name=${icon} />`}${control(common, { options, rows, type })}
    </div>
    ${hint && html`<p class="field-hint" id="${id}-hint">${hint}</p>`}
    ${error && html`<p class="field-error" id="${id}-error" role="alert">${error}</p>`}
  </div>`;
}

/**
 * @param {Record<string, any>} common
 * @param {{options?: {value: string, label: string}[], rows?: number, type: string}} kind
 */
function control(common, { options, rows, type }) {
  if (options) {
    return html`<select ...${common}>
      ${options.map((each) => html`<option key=${each.value} value=${each.value}>${each.label}</option>`)}
    </select>`;
  }
  return rows ? html`<textarea rows=${rows} ...${common}></textarea>` : html`<input type=${type} ...${common} />`;
}

/**
 * A dialog over the page; the browser keeps the focus in it. It is open while it is drawn.
 *
 * @param {{title: string, onClose: () => void, children?: any, actions?: any}} props
 */
export function Dialog({ title, onClose, children, actions }) {
  const id = useId();
  const ref = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => {
    ref.current?.showModal();
    return () => ref.current?.close();
  }, []);
  const closeOutside = (/** @type {Event} */ event) => event.target === ref.current && onClose();
  return html`<dialog class="dialog" ref=${ref} aria-labelledby=${id} onClose=${onClose} onClick=${closeOutside}>
    <div class="dialog-inside">
      <header class="dialog-head">
        <h2 id=${id}>${title}</h2>
        <${Button} kind="quiet" icon="cross" label=${t.common.close} onClick=${onClose} />
      </header>
      <div class="dialog-body">${children}</div>
      ${actions && html`<footer class="dialog-actions">${actions}</footer>`}
    </div>
  </dialog>`;
}
