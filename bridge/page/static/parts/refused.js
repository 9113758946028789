// @ts-check
/** Why a submit was not taken, in words, with what to do and the seconds until another try makes sense. */

import { html } from "../vendor/preact.js";
import { ApiError } from "../api/client.js";
import { link } from "../router.js";
import { isUndecided, secondsLeft } from "../state/submission.js";
import { inWords } from "../state/toasts.js";
import { t } from "../texts/index.js";
import { Button } from "./controls.js";
import { Icon } from "./icons.js";

/** @typedef {{title: string, details: string | null, jobs?: string[], account?: boolean, job?: string}} Words */

/**
 * The button that tries again is that of the form, or one of its own inside the form that sends it.
 *
 * @param {{error: unknown, retryAt: number | null}} props
 */
export function Refused({ error, retryAt }) {
  const { title, details, jobs = [], account, job } = wordsOf(error);
  const left = secondsLeft(retryAt);
  const canRetry = isUndecided(error) || (error instanceof ApiError && (error.status === 429 || error.status === 503));
  return html`<div class="refused">
    <${Icon} name="alert" />
    <div class="refused-words">
      <p class="refused-title">${title}</p>
      ${details && html`<p>${details}</p>`}
      ${jobs.length > 0 &&
      html`<p>${t.refused.running} ${jobs.map((id, index) => html`${index > 0 && ", "}<a key=${id} href=${link("/jobs", id)}>${index + 1}</a>`)}</p>`}
      ${retryAt !== null && html`<p class="refused-wait">${left > 0 ? t.refused.wait(left) : t.refused.now}</p>`}
      <div class="refused-actions">
        ${canRetry && html`<${Button} type="submit">${t.refused.again}<//>`}
        ${account && html`<${Button} href=${link("/accounts")}>${t.refused.toAccount}<//>`}
        ${job && html`<${Button} href=${link("/jobs", job)}>${t.refused.toJob}<//>`}
      </div>
    </div>
  </div>`;
}

/**
 * @param {unknown} error
 * @returns {Words}
 */
function wordsOf(error) {
  if (error instanceof ApiError && error.status === 409 && isUndecided(error)) {
    return { title: t.refused.sameKey, details: t.refused.undecidedDetails };
  }
  if (isUndecided(error)) {
    const { title } = inWords(error);
    return { title: t.refused.undecided, details: `${title}. ${t.refused.undecidedDetails}` };
  }
  if (!(error instanceof ApiError)) {
    return inWords(error);
  }
  return { ...wordsOfStatus(error), job: typeof error.body?.jobid === "string" ? error.body.jobid : undefined };
}

/**
 * @param {ApiError} error
 * @returns {Words}
 */
function wordsOfStatus(error) {
  const said = [error.message, error.details].filter(Boolean).join(". ");
  switch (error.status) {
    case 400:
    case 413:
    case 415:
      return { title: t.refused.invalid, details: said };
    case 409:
      return { title: t.refused.account, details: said, account: true };
    case 422:
      return { title: t.refused.bot, details: said };
    case 429:
      return wordsOfLimit(error);
    case 502:
      return { title: error.message.startsWith("Discord") ? t.refused.discord : t.refused.unsent, details: said };
    case 503:
      return { title: t.refused.away, details: said };
    default:
      return inWords(error);
  }
}

/**
 * @param {ApiError} error
 * @returns {Words}
 */
function wordsOfLimit(error) {
  if (Array.isArray(error.body?.executingJobs)) {
    return { title: t.refused.slots, details: `${error.message}. ${t.refused.slotsDetails}`, jobs: error.body.executingJobs };
  }
  if (error.message.startsWith("Quota")) {
    return { title: t.refused.quota, details: error.details };
  }
  return { title: t.refused.rate, details: t.refused.rateDetails };
}
