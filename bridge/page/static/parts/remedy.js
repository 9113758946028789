// @ts-check
/** Why an account does not work, what to do about it, and a button that does it where the page can. */

import { html, useState } from "../vendor/preact.js";
import { accounts, pause, save } from "../state/accounts.js";
import { needsPerson } from "../state/health.js";
import { may } from "../state/session.js";
import { complain, say } from "../state/toasts.js";
import { t } from "../texts/index.js";
import { AccountDialog } from "./account_form.js";
import { Button } from "./controls.js";
import { sentence } from "./facts.js";

/** @typedef {import("../api/types.js").AccountHealth} AccountHealth */

/** @param {{state: AccountHealth}} props */
export function Remedy({ state }) {
  if (!needsPerson(state)) {
    return state.reason ? html`<p class="reason">${sentence(state.reason)}</p>` : null;
  }
  return html`<div class="remedy">
    <p class="remedy-reason">${sentence(state.reason ?? t.accounts.noReason)}</p>
    ${state.remedy && html`<p>${state.remedy}</p>`}
    <${MendButton} state=${state} />
  </div>`;
}

/** What the remedy asks for: another token, or the same account once more. @param {{state: AccountHealth}} props */
function MendButton({ state: { channel, condition } }) {
  const [isOpen, setOpen] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const account = accounts.value?.[channel];
  if (!account || !may("accounts:write")) {
    return null;
  }
  const again = async () => {
    setBusy(true);
    await save(account).then(() => say(t.accounts.posted), complain);
    setBusy(false);
  };
  if (condition === "out_of_credits") {
    const resume = () => pause(channel, false).then(() => say(t.accounts.resumed), complain);
    return html`<${Button} kind="primary" onClick=${resume}>${t.accounts.resume}<//>`;
  }
  const needsToken = condition === "bad_token" || !may("secrets:read");
  const words = condition === "bad_token" ? t.accounts.newToken : t.accounts.postAgain;
  return html`<${Button} kind="primary" busy=${isBusy} onClick=${needsToken ? () => setOpen(true) : again}>${words}<//>
    ${isOpen && html`<${AccountDialog} account=${account} begin="discord" onClose=${() => setOpen(false)} />`}`;
}
