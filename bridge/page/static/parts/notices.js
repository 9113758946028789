// @ts-check
/** What is around every view and comes after the bar: what needs a person, and short messages. */

import { html, useEffect, useState } from "../vendor/preact.js";
import { link } from "../router.js";
import { givenUp, needy } from "../state/health.js";
import { connection, nextAttempt, reconnectNow, resumed } from "../state/live.js";
import { may } from "../state/session.js";
import { dismiss, say, toasts } from "../state/toasts.js";
import { t } from "../texts/index.js";
import { Button } from "./controls.js";
import { sentence } from "./facts.js";
import { Icon } from "./icons.js";

/** What needs a person, with the remedy, and a lost connection. */
export function Notices() {
  const [first, ...others] = needy.value;
  const [seen, setSeen] = useState("");
  const lost = givenUp.value;
  const isAway = connection.value === "offline" || connection.value === "reconnecting";
  useEffect(() => {
    if (resumed.value > 0) {
      say(t.shell.resumed);
    }
  }, [resumed.value]);
  return html`<section class="notices" aria-label=${t.shell.notices}>
    ${isAway && html`<${Away} />`}
    ${first &&
    html`<div class="notice notice-bad" role="alert">
      <${Icon} name="alert" />
      <p><strong>${t.shell.needsPerson(first.channel)}.</strong> ${sentence(first.reason ?? "")} ${first.remedy}</p>
      <${Button} href=${link("/accounts", first.channel)}>${t.shell.mend}<//>
      ${others.length > 0 &&
      html`<${Button} kind="quiet" href=${link("/health")}>${t.shell.moreNeedPerson(others.length)}<//>`}
    </div>`}
    ${lost &&
    may("jobs:read") &&
    lost.newest.at !== seen &&
    html`<div class="notice" role="status">
      <${Icon} name="send" />
      <p><strong>${t.shell.givenUp(lost.count)}.</strong> ${t.shell.givenUpLast(lost.newest.receiver)}</p>
      <${Button} href="#/deliveries?state=given_up">${t.shell.look}<//>
      <${Button} kind="quiet" icon="cross" label=${t.common.close} onClick=${() => setSeen(lost.newest.at)} />
    </div>`}
  </section>`;
}

function Away() {
  const isOffline = connection.value === "offline";
  return html`<div class="notice" role="status">
    <${Icon} name="away" />
    <p>${isOffline ? t.shell.offline : t.shell.reconnecting}</p>
    ${nextAttempt.value !== null && html`<${Button} onClick=${reconnectNow}>${t.shell.reconnectNow}<//>`}
  </div>`;
}

/** Short messages; the region is always there, because a screen reader reads what comes into it. */
export function Messages() {
  return html`<div class="toasts" role="status" aria-live="polite" aria-label=${t.shell.messages}>
    ${toasts.value.map(
      ({ id, text, details, isError }) =>
        html`<div class="toast ${isError ? "toast-bad" : ""}" key=${id}>
          <div><p>${text}</p>${details && html`<p class="toast-details">${details}</p>`}</div>
          <${Button} kind="quiet" icon="cross" label=${t.common.close} onClick=${() => dismiss(id)} />
        </div>`,
    )}
  </div>`;
}
