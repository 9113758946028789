// @ts-check
/** An account: its condition in words, what to do about it, its slots, its last day, and what one can do to it. */

import { html, useState } from "../vendor/preact.js";
import { AccountDialog } from "../parts/account_form.js";
import { Button, Dialog } from "../parts/controls.js";
import { Condition } from "../parts/condition.js";
import { Time } from "../parts/facts.js";
import { Remedy } from "../parts/remedy.js";
import { Secret } from "../parts/secret.js";
import { link, navigate } from "../router.js";
import { pause, removeAccount } from "../state/accounts.js";
import { may } from "../state/session.js";
import { complain, say } from "../state/toasts.js";
import { t } from "../texts/index.js";
import { LastDay } from "./account_chart.js";
import { DoctorDialog } from "./account_doctor.js";

/**
 * @typedef {import("../state/accounts.js").Row} Row
 * @typedef {import("../api/types.js").AccountHealth} AccountHealth
 */

/** @param {{row: Row, isAlone?: boolean}} props */
export function AccountPanel({ row, isAlone = false }) {
  const { channel, configured, state } = row;
  const name = t.accounts.one(channel);
  return html`<article class="panel account" aria-label=${name}>
    <header class="account-head">
      <p class="account-condition">
        <${Condition} state=${state} />
        ${state && html`<span class="account-since"><${Time} at=${state.since} /></span>`}
      </p>
      ${!isAlone && html`<h2><a href=${link("/accounts", channel)}>${name}</a></h2>`}
    </header>
    ${state && html`<${Remedy} state=${state} />`}
    <dl class="facts">
      ${state && html`<${Slots} state=${state} />`}
      ${configured && html`<div><dt>${t.accounts.server}</dt><dd>${configured.server}</dd></div>`}
      ${configured && isAlone &&
      html`<div><dt>${t.accounts.token}</dt><dd><${Secret} text=${configured.discord} name=${t.accounts.token} /></dd></div>`}
      ${state?.machine &&
      html`<div><dt>${t.accounts.machine}</dt><dd>${state.machine.name} <span class="muted"><${Time} at=${state.machine.since} /></span></dd></div>`}
      ${Object.entries(state?.notices ?? {}).map(
        ([about, { value, at }]) =>
          html`<div key=${about}><dt>${t.accounts.notices[about] ?? about}</dt>
            <dd>${value} <span class="muted"><${Time} at=${at} /></span></dd></div>`,
      )}
      ${state?.unmatched && html`<${Unmatched} unmatched=${state.unmatched} />`}
    </dl>
    <${LastDay} channel=${channel} level=${isAlone ? "h2" : "h3"} />
    <${Actions} row=${row} />
  </article>`;
}

/** @param {{state: AccountHealth}} props */
function Slots({ state: { running, maxJobs, channel } }) {
  const share = Math.min(100, (100 * running) / Math.max(1, maxJobs));
  return html`<div>
    <dt>${t.accounts.slots}</dt>
    <dd class="slots">
      ${may("jobs:read")
        ? html`<a href=${`#/?channel=${encodeURIComponent(channel)}`}>${t.accounts.running(running, maxJobs)}</a>`
        : t.accounts.running(running, maxJobs)}
      <span class="meter" role="meter" aria-label=${t.accounts.slots} aria-valuemin="0" aria-valuemax=${maxJobs}
        aria-valuenow=${running}><span style=${{ width: `${share}%` }}></span></span>
    </dd>
  </div>`;
}

/** @param {{unmatched: NonNullable<AccountHealth["unmatched"]>}} props */
function Unmatched({ unmatched: { count, newest } }) {
  return html`<div>
    <dt>${t.accounts.unmatched}</dt>
    <dd>${t.accounts.unmatchedCount(count)} <span class="muted"><${Time} at=${newest.at} />: ${newest.why}</span></dd>
  </div>`;
}

/** What one can do; which dialog is open is its only state. @param {{row: Row}} props */
function Actions({ row: { channel, configured, state } }) {
  const [open, setOpen] = useState(/** @type {"" | "change" | "remove" | "doctor"} */ (""));
  const [isBusy, setBusy] = useState(false);
  if (!may("accounts:write") || !configured) {
    return null;
  }
  const isPaused = state?.paused ?? configured.paused ?? false;
  const close = () => setOpen("");
  const toggle = async () => {
    setBusy(true);
    await pause(channel, !isPaused).then(() => say(isPaused ? t.accounts.resumed : t.accounts.paused), complain);
    setBusy(false);
  };
  return html`<footer class="account-actions">
    <${Button} onClick=${() => setOpen("change")} aria-haspopup="dialog">${t.accounts.change}<//>
    <${Button} icon=${isPaused ? "play" : "pause"} busy=${isBusy} onClick=${toggle}>
      ${isPaused ? t.accounts.resume : t.accounts.pause}
    <//>
    <${Button} onClick=${() => setOpen("doctor")} aria-haspopup="dialog">${t.doctor.open}<//>
    <${Button} kind="danger" onClick=${() => setOpen("remove")} aria-haspopup="dialog">${t.accounts.remove}<//>
    ${open === "change" && html`<${AccountDialog} account=${configured} onClose=${close} />`}
    ${open === "doctor" && html`<${DoctorDialog} channel=${channel} onClose=${close} />`}
    ${open === "remove" && html`<${RemoveDialog} channel=${channel} running=${state?.running ?? 0} onClose=${close} />`}
  </footer>`;
}

/** @param {{channel: string, running: number, onClose: () => void}} props */
function RemoveDialog({ channel, running, onClose }) {
  const [isBusy, setBusy] = useState(false);
  const go = async () => {
    setBusy(true);
    try {
      await removeAccount(channel);
      say(t.accounts.removed(channel));
      onClose();
      navigate(link("/accounts"));
    } catch (error) {
      complain(error);
      setBusy(false);
    }
  };
  const actions = html`<${Button} onClick=${onClose}>${t.common.cancel}<//>
    <${Button} kind="danger" busy=${isBusy} onClick=${go}>${t.accounts.remove}<//>`;
  return html`<${Dialog} title=${t.accounts.removeTitle} onClose=${onClose} actions=${actions}>
    <p>${t.accounts.one(channel)}</p>
    <ul class="bullets">
      ${running > 0 && html`<li>${t.accounts.removeRunning(running)}</li>`}
      ${t.accounts.removeWhat.map((words) => html`<li key=${words}>${words}</li>`)}
    </ul>
  <//>`;
}
