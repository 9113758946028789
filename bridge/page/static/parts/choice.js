// @ts-check
/** One of a few choices, side by side; the arrows move between them as in any group of radio buttons. */

import { html, useId } from "../vendor/preact.js";
import { t } from "../texts/index.js";

/**
 * @param {{label: any, name: string, choices: string[], value: string, isRequired: boolean,
 *   onValue: (value: string) => void, hint?: any, error?: any, onFocusOut?: () => void, names?: Record<string, string>}} props
 */
export function Choice({ label, name, choices, value, isRequired, onValue, hint, error, onFocusOut, names = {} }) {
  const id = useId();
  const offered = isRequired ? choices : ["", ...choices];
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ") || undefined;
  const leave = (/** @type {FocusEvent} */ event) => {
    const isInside = event.currentTarget instanceof Node && event.currentTarget.contains(/** @type {Node} */ (event.relatedTarget));
    if (!isInside) {
      onFocusOut?.();
    }
  };
  return html`<fieldset class="field choice" aria-describedby=${described} aria-invalid=${error ? "true" : undefined} onFocusOut=${leave}>
    <legend>${label}</legend>
    <div class="choices">
      ${offered.map(
        (each) =>
          html`<label key=${each} class="choice-label">
            <input type="radio" name="${id}-${name}" value=${each} checked=${each === value} onChange=${() => onValue(each)} />
            <${Shape} ratio=${each} /><span>${names[each] ?? (each || t.submit.unset)}</span>
          </label>`,
      )}
    </div>
    ${hint && html`<p class="field-hint" id="${id}-hint">${hint}</p>`}
    ${error && html`<p class="field-error" id="${id}-error" role="alert">${error}</p>`}
  </fieldset>`;
}

/** A frame of an aspect ratio; nothing for other choices. @param {{ratio: string}} props */
function Shape({ ratio }) {
  const [width = 0, height = 0] = /^\d+:\d+$/.test(ratio) ? ratio.split(":").map(Number) : [];
  if (!width || !height) {
    return null;
  }
  const unit = 14 / Math.max(width, height);
  return html`<span class="choice-shape" aria-hidden="true"
    style=${{ width: `${Math.round(width * unit)}px`, height: `${Math.round(height * unit)}px` }}></span>`;
}
