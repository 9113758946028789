// @ts-check
/**
 * A request as code to copy. The token is never in it: the code reads it from the variable `BRIDGE_TOKEN`.
 *
 *     html`<${CopyAs} request=${{ method: "POST", path: "v1/pixverse/create", body: { prompt, style } }} />`
 */

import { html, useState } from "../vendor/preact.js";
import { address } from "../api/client.js";
import { complain, say } from "../state/toasts.js";
import { t } from "../texts/index.js";
import { Button, Dialog } from "./controls.js";

/**
 * `files` names the files of a form by their fields; then `body` are its other fields.
 *
 * @typedef {{method: string, path: string, query?: import("../api/client.js").Query,
 *   body?: Record<string, string | number | boolean>, files?: Record<string, string>}} Request
 */

const LANGUAGES = { curl, Python: python, JavaScript: javascript };

/** @param {{request: Request}} props */
export function CopyAs({ request }) {
  const [isOpen, setOpen] = useState(false);
  return html`<${Button} icon="copy" onClick=${() => setOpen(true)} aria-haspopup="dialog">${t.common.copyAs}…<//>
    ${isOpen && html`<${Code} request=${request} onClose=${() => setOpen(false)} />`}`;
}

/** @param {{request: Request, onClose: () => void}} props */
function Code({ request, onClose }) {
  const [language, setLanguage] = useState(/** @type {keyof typeof LANGUAGES} */ ("curl"));
  const names = /** @type {(keyof typeof LANGUAGES)[]} */ (Object.keys(LANGUAGES));
  const code = LANGUAGES[language](request);
  const actions = html`<${Button} kind="primary" icon="copy" onClick=${() => copy(code)}>${t.common.copy}<//>`;
  return html`<${Dialog} title=${`${t.common.copyAs} ${language}`} onClose=${onClose} actions=${actions}>
    <div class="segments" role="group" aria-label=${t.common.copyAs}>
      ${names.map(
        (name) =>
          html`<button type="button" key=${name} aria-pressed=${name === language} onClick=${() => setLanguage(name)}>
            ${name}
          </button>`,
      )}
    </div>
    <pre class="code" tabindex="0"><code>${code}</code></pre>
    <p class="field-hint">${t.common.copyHint}</p>
  <//>`;
}

/** @param {string} text */
export async function copy(text) {
  try {
    await (navigator.clipboard ? navigator.clipboard.writeText(text) : copySelected(text));
    say(t.common.copied);
  } catch (error) {
    complain(error);
  }
}

/**
 * Copy without TLS, where a browser has no clipboard for pages: what is selected in a field, as Ctrl+C does.
 *
 * @param {string} text
 */
function copySelected(text) {
  const focused = document.activeElement;
  const field = Object.assign(document.createElement("textarea"), { value: text, readOnly: true, className: "only-read" });
  (focused?.closest("dialog") ?? document.body).append(field);
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  if (focused instanceof HTMLElement) {
    focused.focus();
  }
  if (!isCopied) {
    throw new Error(t.errors.notCopied);
  }
}

/** @param {Request} request */
function urlOf({ path, query }) {
  return new URL(address(path, query), document.baseURI).href;
}

/** @param {Request} request */
export function curl(request) {
  const { method, body, files } = request;
  const lines = [`curl -sS ${method === "GET" ? "" : `-X ${method} `}${inShell(urlOf(request))}`];
  lines.push(`-H "Authorization: Bearer $BRIDGE_TOKEN"`);
  if (files) {
    lines.push(...Object.entries(body ?? {}).map(([name, value]) => `--form-string ${inShell(`${name}=${value}`)}`));
    lines.push(...Object.entries(files).map(([name, file]) => `-F ${inShell(`${name}=@"${file}"`)}`));
  } else if (body) {
    lines.push("-H 'Content-Type: application/json'", `--data-raw ${inShell(JSON.stringify(body))}`);
  }
  return lines.join(" \\\n  ");
}

/** @param {Request} request */
export function python(request) {
  const { method, body, files } = request;
  const parts = [`    ${inPython(method)},`, `    ${inPython(urlOf(request))},`];
  parts.push(`    headers={"Authorization": "Bearer " + os.environ["BRIDGE_TOKEN"]},`);
  if (body) {
    const inForm = (/** @type {string | number | boolean} */ value) => (typeof value === "boolean" ? String(value) : value);
    const fields = Object.entries(body).map(([name, value]) => `${inPython(name)}: ${inPython(files ? inForm(value) : value)}`);
    parts.push(`    ${files ? "data" : "json"}={${fields.join(", ")}},`);
  }
  if (files) {
    const opened = Object.entries(files).map(([name, file]) => `${inPython(name)}: open(${inPython(file)}, "rb")`);
    parts.push(`    files={${opened.join(", ")}},`);
  }
  return ["import os", "", "import requests", "", "answer = requests.request(", ...parts, ")", "print(answer.json())"].join("\n");
}

/** @param {Request} request */
export function javascript(request) {
  const { method, body, files } = request;
  const lines = [];
  if (files) {
    const fields = Object.entries(body ?? {}).map(([name, value]) => `form.set(${inScript(name)}, ${inScript(String(value))});`);
    const opened = Object.entries(files).map(
      ([name, file]) => `form.set(${inScript(name)}, await openAsBlob(${inScript(file)}), ${inScript(file)});`,
    );
    lines.push('import { openAsBlob } from "node:fs";', "", "const form = new FormData();", ...fields, ...opened, "");
  }
  const headers = ['Authorization: "Bearer " + process.env.BRIDGE_TOKEN'];
  if (body && !files) {
    headers.push('"Content-Type": "application/json"');
  }
  lines.push(`const answer = await fetch(${inScript(urlOf(request))}, {`, `  method: ${inScript(method)},`);
  lines.push(`  headers: { ${headers.join(", ")} },`);
  if (files) {
    lines.push("  body: form,");
  } else if (body) {
    lines.push(`  body: JSON.stringify(${inScript(body)}),`);
  }
  return [...lines, "});", "console.log(await answer.json());"].join("\n");
}

/** @param {string} text */
function inShell(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * JSON's text is Python's too, if what is not ASCII stays as it is.
 *
 * @param {string | number | boolean} value
 */
function inPython(value) {
  if (typeof value === "boolean") {
    return value ? "True" : "False";
  }
  return JSON.stringify(value);
}

/** @param {unknown} value */
function inScript(value) {
  return JSON.stringify(value);
}
