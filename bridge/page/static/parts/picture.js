// @ts-check
/** A picture or a video that one drops, pastes or chooses, with a preview. */

import { html, useEffect, useId, useRef, useState } from "../vendor/preact.js";
import { t } from "../texts/index.js";
import { Button } from "./controls.js";
import { Icon } from "./icons.js";

/** @typedef {import("../api/rules.js").Rule} Rule */

/** @type {Record<string, string>} */
const NAMES = { "video/quicktime": "mov" };

/**
 * @param {{rule: Rule, file: File | undefined, label: any, error: string | null,
 *   onFile: (file: File | undefined) => void, takesPaste?: boolean, hint?: string}} props
 */
export function PictureField({ rule, file, label, error, onFile, takesPaste = false, hint = "" }) {
  const id = useId();
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  const [isOver, setOver] = useState(false);
  usePaste(takesPaste ? onFile : null);
  const drop = (/** @type {DragEvent} */ event) => {
    event.preventDefault();
    setOver(false);
    onFile(event.dataTransfer?.files[0] ?? file);
  };
  const over = (/** @type {DragEvent} */ event) => {
    event.preventDefault();
    setOver(true);
  };
  const leave = (/** @type {DragEvent} */ event) => {
    const place = event.currentTarget;
    setOver(place instanceof Node && place.contains(/** @type {Node} */ (event.relatedTarget)));
  };
  const remove = () => {
    onFile(undefined);
    input.current?.focus();
  };
  const words = rule.kind === "video" ? t.submit.video : t.submit.picture;
  const takes = [hint, t.submit.picture.takes(namesOf(rule.types), inBytes(rule.most))].filter(Boolean).join(" · ");
  return html`<div class="field">
    <label for=${id}>${label}</label>
    <div class="drop ${isOver ? "drop-over" : ""} ${error ? "drop-bad" : ""}" onDragOver=${over} onDragLeave=${leave} onDrop=${drop}>
      <input id=${id} ref=${input} class="drop-input" type="file" accept=${rule.types.join(",")} name=${rule.name}
        aria-describedby="${id}-hint ${id}-error" aria-invalid=${error ? "true" : undefined}
        aria-required=${rule.isRequired ? "true" : undefined}
        onChange=${(/** @type {any} */ event) => {
          onFile(event.currentTarget.files?.[0] ?? file);
          event.currentTarget.value = "";
        }} />
      ${file ? html`<${Preview} file=${file} />` : html`<${Invitation} takes=${takes} words=${words} />`}
    </div>
    <p class="only-read" id="${id}-hint" role="status">
      ${file ? t.submit.picture.chosen(file.name, inBytes(file.size)) : takes}
    </p>
    ${file && html`<div class="drop-tools"><${Button} icon="cross" onClick=${remove}>${words.remove}<//></div>`}
    ${error && html`<p class="field-error" id="${id}-error" role="alert">${error}</p>`}
  </div>`;
}

/** @param {{takes: string, words: {drop: string}}} props */
function Invitation({ takes, words }) {
  return html`<div class="drop-words">
    <${Icon} name="picture" size=${28} />
    <p>${words.drop} <span class="drop-choose">${t.submit.picture.choose}</span></p>
    <p class="field-hint">${takes}</p>
  </div>`;
}

/** @param {{file: File}} props */
function Preview({ file }) {
  const [address, setAddress] = useState("");
  const [isBroken, setBroken] = useState(false);
  useEffect(() => {
    const made = URL.createObjectURL(file);
    setBroken(false);
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  const name = t.submit.picture.preview(file.name);
  const isVideo = file.type.startsWith("video/");
  return html`<div class="drop-preview">
    ${isBroken
      ? html`<p>${t.submit.picture.broken}</p>`
      : address && isVideo
        ? html`<video src=${address} aria-label=${name} muted controls onError=${() => setBroken(true)}></video>`
        : address && html`<img src=${address} alt=${name} onError=${() => setBroken(true)} />`}
    <p class="field-hint">${t.submit.picture.chosen(file.name, inBytes(file.size))}</p>
  </div>`;
}

/**
 * Take a picture that is pasted anywhere in the view; text is left to the field that one types in. Null takes none.
 *
 * @param {((file: File | undefined) => void) | null} onFile
 */
function usePaste(onFile) {
  useEffect(() => {
    if (onFile === null) {
      return undefined;
    }
    const paste = (/** @type {ClipboardEvent} */ event) => {
      const file = [...(event.clipboardData?.files ?? [])].find(({ type }) => type.startsWith("image/"));
      if (file) {
        event.preventDefault();
        onFile(file);
      }
    };
    window.addEventListener("paste", paste);
    return () => window.removeEventListener("paste", paste);
  }, [onFile]);
}

/**
 * Return the short names of types: "JPEG or PNG".
 *
 * @param {string[]} types
 */
export function namesOf(types) {
  return types.map((type) => (NAMES[type] ?? type.split("/").at(-1) ?? type).toUpperCase()).join(" / ");
}

/** @param {number} bytes */
export function inBytes(bytes) {
  if (bytes < 1024) {
    return `${bytes} B`;
  }
  const isLarge = bytes >= 1024 * 1024;
  const number = isLarge ? bytes / (1024 * 1024) : bytes / 1024;
  return `${number.toLocaleString(undefined, { maximumFractionDigits: number < 10 ? 1 : 0 })} ${isLarge ? "MiB" : "KiB"}`;
}
