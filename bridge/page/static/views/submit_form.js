// @ts-check
/** The form of one verb: its fields as the description says, checked while one types and once more when it is sent. */

import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { applies, faultOf } from "../api/rules.js";
import { Button } from "../parts/controls.js";
import { CopyAs } from "../parts/copy.js";
import { Refused } from "../parts/refused.js";
import { RuleField } from "../parts/rule_field.js";
import { link, navigate } from "../router.js";
import { clearDraft, draft, putPicture, type } from "../state/draft.js";
import { useSubmission } from "../state/submission.js";
import { t } from "../texts/index.js";

/**
 * @typedef {import("../api/rules.js").Form} Form
 * @typedef {import("../api/rules.js").Rule} Rule
 */

const ORDER = ["image", "face", "prompt", "style", "aspect_ratio", "character", "motion", "hd_quality", "negative_prompt", "seed_value", "channel"];
const FOLDED = ["replyUrl", "replyRef", "maxJobs"];
const NOT_OFFERED = ["discord", "server"]; // an account that is not listed is for programs

/** @param {{form: Form, isAgain: boolean}} props */
export function SubmitForm({ form, isAgain }) {
  const element = useRef(/** @type {HTMLFormElement | null} */ (null));
  const [touched, setTouched] = useState(/** @type {Set<string>} */ (new Set()));
  const submission = useSubmission((job) => {
    clearDraft();
    navigate(link("/jobs", job.jobid));
  });
  const offered = sorted(form.fields.filter((rule) => !NOT_OFFERED.includes(rule.name)));
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
  const field = (/** @type {Rule} */ rule) =>
    html`<${RuleField} key=${rule.name} rule=${rule} value=${values[rule.name]} isTouched=${touched.has(rule.name)}
      onTouch=${() => touch(rule.name)}
      onValue=${(/** @type {any} */ given) => (rule.kind === "picture" ? putPicture(given) : type(rule.name, given))} />`;
  const folded = shown.filter(({ name }) => FOLDED.includes(name));
  const isFoldedOpen = folded.some((rule) => values[rule.name] !== undefined);
  const picture = shown.find(({ kind }) => kind === "picture");
  return html`<form class="panel submit-form" ref=${element} onSubmit=${send} novalidate aria-busy=${submission.isBusy}>
    ${isAgain && html`<p class="notice notice-inline">${picture ? t.submit.againPicture : t.submit.againHint}</p>`}
    ${shown.filter(({ name }) => !FOLDED.includes(name)).map(field)}
    <details class="submit-more" open=${isFoldedOpen}>
      <summary>${t.submit.more}</summary>
      <div class="submit-folded">${folded.map(field)}</div>
    </details>
    <${Outcome} submission=${submission} />
    <div class="submit-actions">
      <${Button} kind="primary" type="submit" icon="play" busy=${submission.isBusy}>
        ${submission.isBusy ? t.submit.sending : form.verb === "create" ? t.submit.sendMany : t.submit.send}
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

/** @param {Rule[]} rules */
function sorted(rules) {
  const place = ({ name = "" }) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  return [...rules].sort((one, other) => place(one) - place(other));
}

/**
 * Return the values of a form's fields; the picture has one place, whatever its field is called.
 *
 * @param {Form} form
 * @returns {Record<string, string | File | undefined>}
 */
function valuesOf(form) {
  const { values, picture } = draft.value;
  return Object.fromEntries(form.fields.map(({ name, kind }) => [name, kind === "picture" ? picture : values[name] || undefined]));
}

/**
 * Return what is sent: fields that are filled in, numbers as numbers.
 *
 * @param {Rule[]} shown
 * @param {Record<string, string | File | undefined>} values
 * @returns {import("../state/submission.js").Values}
 */
function sentOf(shown, values) {
  return Object.fromEntries(
    shown.flatMap(({ name, kind }) => {
      const value = values[name];
      return value === undefined ? [] : [[name, kind === "number" ? Number(value) : value]];
    }),
  );
}

/**
 * @param {Form} form
 * @param {Rule[]} shown
 * @param {Record<string, string | File | undefined>} values
 * @returns {import("../parts/copy.js").Request}
 */
function requestOf(form, shown, values) {
  const sent = Object.entries(sentOf(shown, values));
  /** @type {[string, string | number][]} */
  const fields = sent.flatMap(([name, value]) => (value instanceof File ? [] : [[name, value]]));
  const body = Object.fromEntries(fields);
  const pictures = shown.filter(({ kind }) => kind === "picture").map(({ name }) => name);
  if (!form.isMultipart) {
    return { method: "POST", path: form.path, body };
  }
  const named = pictures.map((name) => [name, values[name] instanceof File ? values[name].name : "picture.png"]);
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

