// @ts-check
/** The form of one verb: its fields as the description says, checked while one types and once more when it is sent. */

import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { applies, faultOf, isFile, VERBS } from "../api/rules.js";
import { Button } from "../parts/controls.js";
import { CopyAs } from "../parts/copy.js";
import { Refused } from "../parts/refused.js";
import { RuleField } from "../parts/rule_field.js";
import { link, navigate } from "../router.js";
import { clearDraft, draft, putFile, type } from "../state/draft.js";
import { useSubmission } from "../state/submission.js";
import { rowOf } from "../state/verbs.js";
import { t } from "../texts/index.js";

/**
 * @typedef {import("../api/rules.js").Form} Form
 * @typedef {import("../api/rules.js").Rule} Rule
 */

const ORDER = ["image", "face", "prompt", "style", "aspect_ratio", "character", "motion", "hd_quality", "negative_prompt", "seed_value", "channel"];
/** @type {Record<string, string>} */
const SAMPLES = { picture: "picture.png", video: "video.mp4" };
const FOLDED = ["replyUrl", "replyRef", "maxJobs", "priority", "labels"];
const NOT_OFFERED = ["discord", "server"]; // an account that is not listed is for programs

/** @param {{form: Form, isAgain: boolean}} props */
export function SubmitForm({ form, isAgain }) {
  const element = useRef(/** @type {HTMLFormElement | null} */ (null));
  const [touched, setTouched] = useState(/** @type {Set<string>} */ (new Set()));
  const submission = useSubmission((job) => {
    clearDraft();
    navigate(link("/jobs", job.jobid));
  });
  const isMany = (rowOf(`pixverse-${form.verb}`)?.files ?? 1) > 1;
  const offered = sorted(form.fields.filter((rule) => !NOT_OFFERED.includes(rule.name)), form.verb);
  const values = valuesOf(form);
  const shown = offered.filter((rule) => applies(rule, values));
  const faulty = shown.filter((rule) => faultOf(rule, values[rule.name]) !== null);
  const touch = (/** @type {string} */ name) => setTouched((before) => (before.has(name) ? before : new Set([...before, name])));
  const send = (/** @type {Event} */ event) => {
    event.preventDefault();
    setTouched(new Set(shown.map(({ name }) => name)));
    if (faulty.length > 0) {
      requestAnimationFrame(() => focusFirstFault(element.current));
    } else {
      submission.send(form.path, sentOf(shown, values));
    }
  };
  const pictures = shown.filter(({ kind }) => kind === "picture");
  const pasted = pictures.find(({ name }) => values[name] === undefined) ?? pictures[0];
  const field = (/** @type {Rule} */ rule) =>
    html`<${RuleField} key=${rule.name} rule=${rule} value=${values[rule.name]} isTouched=${touched.has(rule.name)}
      onTouch=${() => touch(rule.name)}
      takesPaste=${rule === pasted}
      onValue=${(/** @type {any} */ given) => (isFile(rule) ? putFile(placeOf(form, rule), given) : type(rule.name, given))} />`;
  const folded = shown.filter(({ name }) => FOLDED.includes(name));
  const isFoldedOpen = folded.some((rule) => values[rule.name] !== undefined);
  const file = shown.find(isFile);
  return html`<form class="panel submit-form" ref=${element} onSubmit=${send} novalidate aria-busy=${submission.isBusy}>
    ${isAgain && html`<p class="notice notice-inline">${file ? t.submit.againPicture : t.submit.againHint}</p>`}
    ${shown.filter(({ name }) => !FOLDED.includes(name)).map(field)}
    <details class="submit-more" open=${isFoldedOpen}>
      <summary>${t.submit.more}</summary>
      <div class="submit-folded">${folded.map(field)}</div>
    </details>
    <${Outcome} submission=${submission} />
    <div class="submit-actions">
      <${Button} kind="primary" type="submit" icon="play" busy=${submission.isBusy}>
        ${submission.isBusy ? t.submit.sending : isMany ? t.submit.sendMany : t.submit.send}
      <//>
      <${CopyAs} request=${requestOf(form, shown, values)} />
    </div>
  </form>`;
}

/**
 * Why the bridge did not take it; it comes into sight when it comes.
 *
 * @param {{submission: import("../state/submission.js").Submission}} props
 */
function Outcome({ submission }) {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    if (submission.error !== null) {
      place.current?.scrollIntoView({ block: "nearest" });
    }
  }, [submission.error]);
  return html`<div class="submit-outcome" ref=${place} role="status">
    ${submission.error !== null && html`<${Refused} error=${submission.error} retryAt=${submission.retryAt} />`}
  </div>`;
}

/**
 * Sort the fields of a built-in verb, and others before the account; another verb has the order of its row.
 *
 * @param {Rule[]} rules
 * @param {string} verb
 */
function sorted(rules, verb) {
  const row = rowOf(`pixverse-${verb}`)?.fields.map(({ name }) => name) ?? [];
  const isBuiltIn = VERBS.some((name) => name === verb);
  const order = isBuiltIn ? [...ORDER, ...row.filter((name) => !ORDER.includes(name))] : row;
  const last = ["channel", ...FOLDED];
  const place = ({ name = "" }) => (last.includes(name) ? order.length + last.indexOf(name) : order.indexOf(name));
  return [...rules].sort((one, other) => place(one) - place(other));
}

/**
 * Return where the draft keeps a file: the only picture of a form has one place, whatever its field is called.
 *
 * @param {Form} form
 * @param {Rule} rule
 */
function placeOf(form, rule) {
  const isOnly = form.fields.filter(({ kind }) => kind === "picture").length === 1;
  return rule.kind === "picture" && isOnly ? "picture" : rule.name;
}

/**
 * Return the values of a form's fields.
 *
 * @param {Form} form
 * @returns {Record<string, string | File | undefined>}
 */
function valuesOf(form) {
  const { values, files } = draft.value;
  return Object.fromEntries(
    form.fields.map((rule) => [rule.name, isFile(rule) ? files[placeOf(form, rule)] : values[rule.name] || undefined]),
  );
}

/**
 * Return what is sent: fields that are filled in, numbers as numbers, switches as such.
 *
 * @param {Rule[]} shown
 * @param {Record<string, string | File | undefined>} values
 * @returns {import("../state/submission.js").Values}
 */
function sentOf(shown, values) {
  return Object.fromEntries(
    shown.flatMap(({ name, kind }) => {
      const value = values[name];
      return value === undefined ? [] : [[name, typeof value === "string" ? typed(kind, value) : value]];
    }),
  );
}

/**
 * @param {Rule["kind"]} kind
 * @param {string} value
 */
function typed(kind, value) {
  if (kind === "switch") {
    return value === "true";
  }
  return kind === "number" || kind === "decimal" ? Number(value) : value;
}

/**
 * @param {Form} form
 * @param {Rule[]} shown
 * @param {Record<string, string | File | undefined>} values
 * @returns {import("../parts/copy.js").Request}
 */
function requestOf(form, shown, values) {
  const sent = Object.entries(sentOf(shown, values));
  /** @type {[string, string | number | boolean][]} */
  const fields = sent.flatMap(([name, value]) => (value instanceof File ? [] : [[name, value]]));
  const body = Object.fromEntries(fields);
  const files = shown.filter((rule) => isFile(rule) && (rule.isRequired || values[rule.name] !== undefined));
  if (!form.isMultipart) {
    return { method: "POST", path: form.path, body };
  }
  const named = files.map(({ name, kind }) => [name, values[name] instanceof File ? values[name].name : SAMPLES[kind]]);
  return { method: "POST", path: form.path, body, files: Object.fromEntries(named) };
}

/** @param {HTMLFormElement | null} form */
function focusFirstFault(form) {
  const first = form?.querySelector("[aria-invalid='true']");
  const target = first?.matches("fieldset") ? first.querySelector("input") : first;
  first?.closest("details")?.setAttribute("open", "");
  if (target instanceof HTMLElement) {
    target.focus();
  }
}

