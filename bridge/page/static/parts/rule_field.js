// @ts-check
/** One field of a submit, as its rule says: text with a counter, a choice, a number, a file, or an account. */

import { html } from "../vendor/preact.js";
import { faultOf, isFile } from "../api/rules.js";
import { health } from "../state/health.js";
import { may } from "../state/session.js";
import { inWords, t } from "../texts/index.js";
import { Choice } from "./choice.js";
import { Field } from "./controls.js";
import { inBytes, namesOf, PictureField } from "./picture.js";

/** @typedef {import("../api/rules.js").Rule} Rule */

const LONG = ["prompt", "negative_prompt"]; // texts of several lines, with a counter
const MOST_IN_A_LINE = 100; // characters of a text that only a configuration has
const FEW = 5; // choices that are shown side by side

/**
 * `isTouched` says that one has been in the field, so that it may complain about nothing being there. `note` is a hint
 * besides that of the field. `takesPaste` is for the picture that takes what is pasted.
 *
 * @param {{rule: Rule, value: string | File | undefined, isTouched: boolean, onTouch: () => void,
 *   onValue: (value: any) => void, note?: string, takesPaste?: boolean}} props
 */
export function RuleField({ rule, value, isTouched, onTouch, onValue, note, takesPaste }) {
  const fault = faultOf(rule, value);
  const error = fault !== null && (isTouched || fault !== "missing") ? wordsOfFault(rule, fault, value) : null;
  const common = { label: labelOf(rule), error, hint: hintOf(rule, value, note), name: rule.name, onFocusOut: onTouch };
  const text = typeof value === "string" ? value : "";
  if (isFile(rule)) {
    return html`<${PictureField} takesPaste=${takesPaste} hint=${rule.about} rule=${rule} file=${value instanceof File ? value : undefined} label=${labelOf(rule)} error=${error}
      onFile=${(/** @type {File | undefined} */ file) => {
        onValue(file);
        onTouch();
      }} />`;
  }
  if (rule.name === "channel" && may("accounts:read")) {
    return html`<${Accounts} ...${common} value=${text} onValue=${onValue} />`;
  }
  if (rule.kind === "switch") {
    return html`<${Choice} ...${common} choices=${["true", "false"]} names=${t.submit.switch} value=${text} isRequired=${rule.isRequired}
      onValue=${onValue} />`;
  }
  if (rule.kind === "choice" && rule.choices.length <= FEW) {
    return html`<${Choice} ...${common} choices=${rule.choices} value=${text} isRequired=${rule.isRequired} onValue=${onValue} />`;
  }
  if (rule.kind === "choice") {
    const options = [{ value: "", label: t.submit.unset }, ...rule.choices.map((choice) => ({ value: choice, label: choice }))];
    return html`<${Field} ...${common} value=${text} onValue=${onValue} options=${options} />`;
  }
  const rows = isLong(rule) ? (rule.isRequired || rule.name === "prompt" ? 4 : 2) : undefined;
  return html`<${Field} ...${common} value=${text} onValue=${onValue} rows=${rows} autocomplete="off"
    inputmode=${rule.kind === "number" ? "numeric" : rule.kind === "decimal" ? "decimal" : rule.name === "replyUrl" ? "url" : undefined}
    aria-required=${rule.isRequired ? "true" : undefined} />`;
}

/**
 * Say what is wrong with a value.
 *
 * @param {Rule} rule
 * @param {import("../api/rules.js").Fault} fault
 * @param {string | File | undefined} value
 */
export function wordsOfFault(rule, fault, value) {
  const words = t.submit.faults;
  switch (fault) {
    case "short":
      return words.short(rule.least);
    case "long":
      return words.long(rule.most);
    case "low":
      return words.low(rule.least);
    case "high":
      return words.high(rule.most);
    case "type":
      return words.type(namesOf(rule.types));
    case "size":
      return words.size(inBytes(value instanceof File ? value.size : 0), inBytes(rule.most));
    default:
      return words[fault];
  }
}

/** @param {Rule} rule */
function labelOf(rule) {
  const label = isOwn(rule) ? inWords(rule.name) : /** @type {Record<string, string>} */ (t.submit.fields)[rule.name];
  return rule.isRequired ? label : html`${label} <span class="label-more">${t.submit.optional}</span>`;
}

/** Return whether only a configuration has the field. @param {Rule} rule */
function isOwn(rule) {
  return !(rule.name in t.submit.fields);
}

/** @param {Rule} rule */
function isLong(rule) {
  return LONG.includes(rule.name) || (rule.kind === "text" && isOwn(rule) && rule.most > MOST_IN_A_LINE);
}

/**
 * @param {Rule} rule
 * @param {string | File | undefined} value
 * @param {string | undefined} note
 */
function hintOf(rule, value, note) {
  const hint = note ?? /** @type {Record<string, string>} */ (t.submit.hints)[rule.name] ?? rule.about;
  if (rule.kind === "number" || rule.kind === "decimal") {
    return `${rangeOf(rule)} ${hint}`.trim();
  }
  if (!isLong(rule)) {
    return hint;
  }
  const left = rule.most - (typeof value === "string" ? value.length : 0);
  const counter = html`<span class="counter ${left < 0 ? "counter-over" : ""}">
    ${left < 0 ? t.submit.over(-left) : t.submit.left(left, rule.most)}
  </span>`;
  return hint ? html`<span>${hint}</span> ${counter}` : counter;
}

/** @param {Rule} rule */
function rangeOf({ least, most }) {
  if (Number.isFinite(least) && Number.isFinite(most)) {
    return t.submit.range(least.toLocaleString(), most.toLocaleString());
  }
  return Number.isFinite(most) ? t.submit.faults.high(most) : Number.isFinite(least) ? t.submit.faults.low(least) : "";
}

/**
 * The accounts with their slots; any of them is the first choice. Who may not see them types a channel.
 *
 * @param {{value: string, onValue: (value: string) => void, label: any, [attribute: string]: any}} props
 */
function Accounts({ value, onValue, label, ...more }) {
  const accounts = health.value?.accounts ?? [];
  const listed = accounts.map((account) => ({ value: account.channel, label: accountInWords(account) }));
  const other = value && !accounts.some(({ channel }) => channel === value) ? [{ value, label: value }] : [];
  const options = [{ value: "", label: t.submit.anyAccount }, ...listed, ...other];
  return html`<${Field} ...${more} label=${label} value=${value} onValue=${onValue} options=${options} />`;
}

/** @param {import("../api/types.js").AccountHealth} account */
function accountInWords({ channel, condition, running, maxJobs, paused }) {
  if (paused) {
    return t.submit.accountPaused(channel);
  }
  return condition === "connected" ? t.submit.account(channel, running, maxJobs) : t.submit.accountAway(channel);
}
