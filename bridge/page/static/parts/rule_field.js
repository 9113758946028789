// @ts-check
/** One field of a submit, as its rule says: text with a counter, a choice, a number, a picture, or an account. */

import { html } from "../vendor/preact.js";
import { faultOf } from "../api/rules.js";
import { health } from "../state/health.js";
import { may } from "../state/session.js";
import { t } from "../texts/index.js";
import { Choice } from "./choice.js";
import { Field } from "./controls.js";
import { inBytes, namesOf, PictureField } from "./picture.js";

/** @typedef {import("../api/rules.js").Rule} Rule */

const LONG = ["prompt", "negative_prompt"]; // texts of several lines, with a counter
const FEW = 5; // choices that are shown side by side

/**
 * `isTouched` says that one has been in the field, so that it may complain about nothing being there. `note` is a hint
 * besides that of the field.
 *
 * @param {{rule: Rule, value: string | File | undefined, isTouched: boolean, onTouch: () => void,
 *   onValue: (value: any) => void, note?: string}} props
 */
export function RuleField({ rule, value, isTouched, onTouch, onValue, note }) {
  const fault = faultOf(rule, value);
  const error = fault !== null && (isTouched || fault !== "missing") ? wordsOfFault(rule, fault, value) : null;
  const common = { label: labelOf(rule), error, hint: hintOf(rule, value, note), name: rule.name, onFocusOut: onTouch };
  const text = typeof value === "string" ? value : "";
  if (rule.kind === "picture") {
    return html`<${PictureField} rule=${rule} file=${value instanceof File ? value : undefined} label=${labelOf(rule)} error=${error}
      onFile=${(/** @type {File | undefined} */ file) => {
        onValue(file);
        onTouch();
      }} />`;
  }
  if (rule.name === "channel" && may("accounts:read")) {
    return html`<${Accounts} ...${common} value=${text} onValue=${onValue} />`;
  }
  if (rule.kind === "choice" && rule.choices.length <= FEW) {
    return html`<${Choice} ...${common} choices=${rule.choices} value=${text} isRequired=${rule.isRequired} onValue=${onValue} />`;
  }
  if (rule.kind === "choice") {
    const options = [{ value: "", label: t.submit.unset }, ...rule.choices.map((choice) => ({ value: choice, label: choice }))];
    return html`<${Field} ...${common} value=${text} onValue=${onValue} options=${options} />`;
  }
  const rows = LONG.includes(rule.name) ? (rule.isRequired || rule.name === "prompt" ? 4 : 2) : undefined;
  return html`<${Field} ...${common} value=${text} onValue=${onValue} rows=${rows} autocomplete="off"
    inputmode=${rule.kind === "number" ? "numeric" : rule.name === "replyUrl" ? "url" : undefined}
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
  const label = /** @type {Record<string, string>} */ (t.submit.fields)[rule.name] ?? rule.name;
  return rule.isRequired ? label : html`${label} <span class="label-more">${t.submit.optional}</span>`;
}

/**
 * @param {Rule} rule
 * @param {string | File | undefined} value
 * @param {string | undefined} note
 */
function hintOf(rule, value, note) {
  const hint = note ?? /** @type {Record<string, string>} */ (t.submit.hints)[rule.name] ?? "";
  if (rule.kind === "number") {
    return `${t.submit.range(rule.least.toLocaleString(), rule.most.toLocaleString())} ${hint}`.trim();
  }
  if (!LONG.includes(rule.name)) {
    return hint;
  }
  const left = rule.most - (typeof value === "string" ? value.length : 0);
  const counter = html`<span class="counter ${left < 0 ? "counter-over" : ""}">
    ${left < 0 ? t.submit.over(-left) : t.submit.left(left, rule.most)}
  </span>`;
  return hint ? html`<span>${hint}</span> ${counter}` : counter;
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
