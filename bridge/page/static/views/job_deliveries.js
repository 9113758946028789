// @ts-check
/** What was sent to a job's webhook, with every attempt, and the button that sends it again. */

import { html, useState } from "../vendor/preact.js";
import { post } from "../api/client.js";
import { Button } from "../parts/controls.js";
import { CopyAs } from "../parts/copy.js";
import { isOpen, Time } from "../parts/facts.js";
import { may } from "../state/session.js";
import { complain, say } from "../state/toasts.js";
import { t } from "../texts/index.js";
import { NextTry } from "./receivers.js";

/**
 * @typedef {import("../api/types.js").JobRecord} JobRecord
 * @typedef {import("../api/types.js").Delivery} DeliveryRecord
 */

const PATH = "v1/pixverse/callbacks/redeliver";

/** @param {{job: JobRecord, callbacks: DeliveryRecord[], onSent: () => void}} props */
export function JobDeliveries({ job, callbacks, onSent }) {
  const [isBusy, setBusy] = useState(false);
  const body = { jobid: job.jobid };
  const send = async () => {
    setBusy(true);
    try {
      const { redelivered } = await post(PATH, body);
      say(t.job.resent(redelivered));
      onSent();
    } catch (error) {
      complain(error);
    } finally {
      setBusy(false);
    }
  };
  return html`<section class="panel" aria-labelledby="job-deliveries">
    <h2 id="job-deliveries">${t.job.deliveries}</h2>
    ${callbacks.length === 0
      ? html`<p class="job-none">${job.replyUrl && isOpen(job.status) ? t.job.noDelivery : t.job.noWebhook}</p>`
      : html`<ul class="job-callbacks">${[...callbacks].reverse().map((each) => html`<${Callback} key=${each.id} callback=${each} />`)}</ul>
          ${may("jobs:write") &&
          html`<div class="job-tools">
            <${Button} icon="send" busy=${isBusy} onClick=${send}>${t.job.resend}<//>
            <${CopyAs} request=${{ method: "POST", path: PATH, body }} />
          </div>`}`}
  </section>`;
}

/** @param {{callback: DeliveryRecord}} props */
function Callback({ callback: { url, state, status, attempts, next_at } }) {
  return html`<li class="job-callback job-callback-${state}">
    <p class="job-callback-head"><strong>${t.job.states[state] ?? state}</strong> <span>${t.job.told} “${t.status[status]}”</span></p>
    <p class="job-callback-url">${url}</p>
    ${attempts.length > 0 &&
    html`<ol class="job-attempts" aria-label=${t.job.attempts(attempts.length)}>
      ${attempts.map(
        (attempt, index) =>
          html`<li key=${index}>
            <${Time} at=${attempt.at} />
            <span>${attempt.status === null ? t.job.noAnswer : t.job.answered(attempt.status)}</span>
            <span>${attempt.duration_ms.toLocaleString()} ms</span>
            ${attempt.error && attempt.status === null && html`<span class="job-attempt-error">${attempt.error}</span>`}
          </li>`,
      )}
    </ol>`}
    ${next_at && html`<p class="field-hint"><${NextTry} at=${next_at} /></p>`}
  </li>`;
}
