// @ts-check
/** The form of an account, in a dialog: a new one, or one that is changed. The bridge checks what one enters. */

import { html, useEffect, useId, useRef, useState } from "../vendor/preact.js";
import { ApiError } from "../api/client.js";
import { save } from "../state/accounts.js";
import { may } from "../state/session.js";
import { inWords, say } from "../state/toasts.js";
import { t } from "../texts/index.js";
import { Button, Dialog, Field } from "./controls.js";

/**
 * @typedef {import("../state/accounts.js").Account} Account
 * @typedef {"discord" | "server" | "channel" | "maxJobs"} FieldName
 * @typedef {Record<FieldName, string>} Values
 * @typedef {Partial<Record<FieldName | "form", string>>} Errors
 */

const MOST_SLOTS = 10;
/** @type {FieldName[]} */
const NAMES = ["channel", "server", "discord", "maxJobs"];

/**
 * `begin` names the field that has the focus first: the one that has to be changed.
 *
 * @param {{account: Account | null, begin?: FieldName, onClose: () => void}} props
 */
export function AccountDialog({ account, begin, onClose }) {
  const id = useId();
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  const [values, setValues] = useState(valuesOf(account));
  const [errors, setErrors] = useState(/** @type {Errors} */ ({}));
  const [isBusy, setBusy] = useState(false);
  const focus = (/** @type {string} */ name) =>
    /** @type {HTMLElement | null | undefined} */ (form.current?.querySelector(`[name=${name}]`))?.focus();
  useEffect(() => focus(begin ?? (account ? "discord" : "channel")), []);
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const wanted = accountOf(values, account);
    const missing = missingIn(wanted);
    setErrors(missing);
    if (Object.keys(missing).length > 0) {
      focus(Object.keys(missing)[0] ?? "");
      return;
    }
    setBusy(true);
    try {
      await save(wanted);
      say(account ? t.accounts.changed : t.accounts.added);
      onClose();
    } catch (error) {
      setErrors(errorsOf(error));
      setBusy(false);
    }
  };
  const field = (/** @type {FieldName} */ name) => ({
    name,
    label: t.accounts.fields[name],
    value: values[name],
    error: errors[name],
    onValue: (/** @type {string} */ value) => setValues({ ...values, [name]: value }),
    autocomplete: "off",
    spellcheck: false,
  });
  const actions = html`<${Button} onClick=${onClose}>${t.common.cancel}<//>
    <${Button} kind="primary" type="submit" form=${id} busy=${isBusy}>${account ? t.accounts.save : t.accounts.add}<//>`;
  return html`<${Dialog} title=${account ? t.accounts.changeTitle : t.accounts.add} onClose=${onClose} actions=${actions}>
    <form id=${id} class="form" ref=${form} onSubmit=${submit} novalidate>
      ${errors.form && html`<p class="field-error" role="alert">${errors.form}</p>`}
      <${Field} ...${field("channel")} inputmode="numeric" readonly=${account !== null}
        hint=${account ? t.accounts.hints.channelFixed : t.accounts.hints.channel} />
      <${Field} ...${field("server")} inputmode="numeric" hint=${t.accounts.hints.server} />
      <${Field} ...${field("discord")} type="password" hint=${hintOf(account)} />
      <${Field} ...${field("maxJobs")} options=${SLOTS} hint=${t.accounts.hints.maxJobs} />
    </form>
  <//>`;
}

const SLOTS = Array.from({ length: MOST_SLOTS }, (_, index) => ({ value: `${index + 1}`, label: `${index + 1}` }));

/** @param {Account | null} account */
function hintOf(account) {
  if (!account) {
    return t.accounts.hints.discord;
  }
  return may("secrets:read") ? t.accounts.hints.discordKept : t.accounts.hints.discordNeeded;
}

/**
 * The token is never put into the field: an empty one keeps it.
 *
 * @param {Account | null} account
 * @returns {Values}
 */
function valuesOf(account) {
  return {
    channel: account?.channel ?? "",
    server: account?.server ?? "",
    discord: "",
    maxJobs: String(account?.maxJobs ?? MOST_SLOTS),
  };
}

/**
 * @param {Values} values
 * @param {Account | null} account
 * @returns {Account}
 */
function accountOf(values, account) {
  const kept = account && may("secrets:read") ? account.discord : "";
  return {
    channel: values.channel.trim(),
    server: values.server.trim(),
    discord: values.discord.trim() || kept,
    maxJobs: Number(values.maxJobs),
  };
}

/**
 * @param {Account} wanted
 * @returns {Errors}
 */
function missingIn(wanted) {
  return Object.fromEntries(NAMES.filter((name) => !wanted[name]).map((name) => [name, t.accounts.missing]));
}

/**
 * Put what the bridge says beside the field that it names.
 *
 * @param {unknown} error
 * @returns {Errors}
 */
function errorsOf(error) {
  const { title, details } = inWords(error);
  const words = details ? `${title}: ${details}` : title;
  const isRefused = error instanceof ApiError && error.status === 400;
  const named = isRefused && /param (\w+)|\b(discord)\b/.exec(title);
  const name = /** @type {FieldName | undefined} */ (named ? (named[1] ?? named[2]) : undefined);
  return { [name && NAMES.includes(name) ? name : "form"]: words };
}
