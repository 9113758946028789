// @ts-check
/** A callback: to whom, how it stands, its attempts, and "send again". */

import { html, useState } from "../vendor/preact.js";
import { Button } from "../parts/controls.js";
import { CopyAs } from "../parts/copy.js";
import { Time } from "../parts/facts.js";
import { Icon } from "../parts/icons.js";
import { link } from "../router.js";
import { hostOf, sendAgain } from "../state/deliveries.js";
import { may } from "../state/session.js";
import { complain, say } from "../state/toasts.js";
import { t } from "../texts/index.js";
import { attemptInWords, NextTry } from "./receivers.js";

/** @typedef {import("../api/types.js").Delivery} Delivery */

/** @type {Record<Delivery["state"], {icon: import("../parts/icons.js").IconName, look: string}>} */
const LOOKS = {
  delivered: { icon: "check", look: "good" },
  pending: { icon: "clock", look: "started" },
  given_up: { icon: "alert", look: "failed" },
};

/** @param {{delivery: Delivery}} props */
export function DeliveryRow({ delivery }) {
  const { jobid, url, state, status, attempts, next_at: nextAt } = delivery;
  const { icon, look } = LOOKS[state];
  const last = attempts.at(-1);
  return html`<li class="panel delivery">
    <p class="delivery-head">
      <span class="badge badge-${look}"><${Icon} name=${icon} size=${14} />${t.deliveries.badges[state]}</span>
      <strong class="delivery-host">${hostOf(url)}</strong>
      ${last && html`<span class="muted delivery-time"><${Time} at=${last.at} /></span>`}
    </p>
    <p class="delivery-words">
      ${last ? attemptInWords(last) : t.deliveries.notTried}${" "}
      ${nextAt && last && html`<${NextTry} at=${nextAt} />`}
    </p>
    <p class="delivery-job"><a href=${link("/jobs", jobid)}>${t.deliveries.jobEnded(t.status[status] ?? status)}</a></p>
    <div class="delivery-actions">
      <${Again} jobid=${jobid} state=${state} />
    </div>
    <${Attempts} delivery=${delivery} />
  </li>`;
}

/** @param {{jobid: string, state: Delivery["state"]}} props */
function Again({ jobid, state }) {
  const [isBusy, setBusy] = useState(false);
  if (!may("jobs:write")) {
    return null;
  }
  const send = async () => {
    setBusy(true);
    await sendAgain(jobid).then(() => say(t.deliveries.sent), complain);
    setBusy(false);
  };
  return html`<${Button} kind=${state === "delivered" ? "quiet" : "plain"} icon="send" busy=${isBusy} onClick=${send}>
    ${state === "pending" ? t.deliveries.sendNow : t.deliveries.sendAgain}
  <//>`;
}

/** @param {{delivery: Delivery}} props */
function Attempts({ delivery: { id, jobid, url, attempts } }) {
  return html`<details class="delivery-attempts">
    <summary>${t.deliveries.attempts(attempts.length)}</summary>
    <div class="delivery-details">
      <dl class="facts">
        <div><dt>${t.deliveries.url}</dt><dd>${url}</dd></div>
        <div><dt>webhook-id</dt><dd><code>${id}</code></dd></div>
      </dl>
      ${attempts.length > 0 &&
      html`<div class="table-box" tabindex="0" role="group" aria-label=${t.deliveries.attempts(attempts.length)}><table>
        <thead><tr><th scope="col">${t.deliveries.when}</th><th scope="col">${t.deliveries.answer}</th>
          <th scope="col">${t.deliveries.took}</th><th scope="col">${t.deliveries.error}</th></tr></thead>
        <tbody>${attempts.map(
          (attempt) => html`<tr key=${attempt.at}>
            <td><${Time} at=${attempt.at} /></td><td>${attempt.status ?? "–"}</td>
            <td>${t.deliveries.milliseconds(attempt.duration_ms)}</td>
            <td class="delivery-error">${attempt.error ?? "–"}</td>
          </tr>`,
        )}</tbody>
      </table></div>`}
      ${may("jobs:write") &&
      html`<p><${CopyAs} request=${{ method: "POST", path: "v1/pixverse/callbacks/redeliver", body: { jobid } }} /></p>`}
    </div>
  </details>`;
}
