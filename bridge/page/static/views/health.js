// @ts-check
/** The health: everything that needs somebody, with what to do about it; what may be worth knowing; and every account. */

import { html, useEffect, useState } from "../vendor/preact.js";
import { Button } from "../parts/controls.js";
import { Condition } from "../parts/condition.js";
import { sentence, Time } from "../parts/facts.js";
import { Head } from "../parts/head.js";
import { Icon } from "../parts/icons.js";
import { Remedy } from "../parts/remedy.js";
import { Empty, Failure, Loading } from "../parts/states.js";
import { link } from "../router.js";
import { loadAccounts, pause } from "../state/accounts.js";
import { failure, givenUp, health, needy, refreshHealth } from "../state/health.js";
import { may } from "../state/session.js";
import { complain, say } from "../state/toasts.js";
import { t } from "../texts/index.js";

/** @typedef {import("../api/types.js").AccountHealth} AccountHealth */

export default function Health() {
  useEffect(() => {
    void loadAccounts();
  }, []);
  const refresh = html`<${Button} onClick=${() => void refreshHealth()}>${t.health.refresh}<//>`;
  return html`<${Head} title=${t.shell.health} actions=${refresh} /><${Content} />`;
}

function Content() {
  const found = health.value;
  if (found === null) {
    return failure.value === null
      ? html`<${Loading} />`
      : html`<${Failure} error=${failure.value} onRetry=${() => void refreshHealth()} />`;
  }
  if (found.accounts.length === 0) {
    const action = html`<${Button} href=${link("/accounts")}>${t.health.toAccounts}<//>`;
    return html`<${Empty} icon="person" title=${t.accounts.empty} action=${action}>${t.accounts.emptyDetails}<//>`;
  }
  return html`<div class="health">
    <${Needs} />
    <${Worth} accounts=${found.accounts} />
    <${Table} accounts=${found.accounts} />
  </div>`;
}

/** What somebody has to do; or that there is nothing to do. */
function Needs() {
  const lost = givenUp.value;
  const count = needy.value.length + (lost ? 1 : 0);
  if (count === 0) {
    return html`<p class="panel all-well"><${Icon} name="check" /><span>${t.health.allWell}</span></p>`;
  }
  return html`<section aria-label=${t.health.needs}>
    <h2>${t.health.needs}</h2>
    <ul class="needs">
      ${needy.value.map(
        (state) => html`<li class="panel need" key=${state.channel}>
          <p class="need-head"><${Condition} state=${state} /><a href=${link("/accounts", state.channel)}>
            ${t.accounts.one(state.channel)}</a> <span class="muted"><${Time} at=${state.since} /></span></p>
          <${Remedy} state=${state} />
        </li>`,
      )}
      ${lost &&
      html`<li class="panel need">
        <p class="need-head"><span class="badge badge-moderated"><${Icon} name="send" size=${14} />
          ${t.shell.givenUp(lost.count)}</span> <span class="muted"><${Time} at=${lost.newest.at} /></span></p>
        <p>${t.shell.givenUpLast(lost.newest.receiver)} ${t.health.givenUpRemedy}</p>
        ${may("jobs:read") && html`<p><${Button} href="#/deliveries?state=given_up">${t.shell.look}<//></p>`}
      </li>`}
    </ul>
  </section>`;
}

/** What mends itself or was wanted. @param {{accounts: AccountHealth[]}} props */
function Worth({ accounts }) {
  const moving = accounts.filter(({ condition }) => condition === "reconnecting" || condition === "connecting");
  const paused = accounts.filter((account) => account.paused);
  const unmatched = accounts.filter((account) => account.unmatched);
  if (moving.length + paused.length + unmatched.length === 0) {
    return null;
  }
  return html`<section aria-label=${t.health.worth}>
    <h2>${t.health.worth}</h2>
    <ul class="panel worth">
      ${moving.map(
        (state) => html`<li key=${`moving ${state.channel}`}>
          <${Condition} state=${state} /><${Name} state=${state} />
          <span class="worth-words">${sentence(state.reason ?? t.health.connects)} ${t.health.byItself}</span>
        </li>`,
      )}
      ${paused.map((state) => html`<${Paused} key=${`paused ${state.channel}`} state=${state} />`)}
      ${unmatched.map(
        (state) => html`<li key=${`unmatched ${state.channel}`}>
          <span class="badge"><${Icon} name="film" size=${14} />${t.accounts.unmatched}: ${state.unmatched?.count}</span>
          <${Name} state=${state} />
          <span class="worth-words">${sentence(state.unmatched?.newest.why ?? "")}</span>
        </li>`,
      )}
    </ul>
  </section>`;
}

/** @param {{state: AccountHealth}} props */
function Paused({ state }) {
  const [isBusy, setBusy] = useState(false);
  const resume = async () => {
    setBusy(true);
    await pause(state.channel, false).then(() => say(t.accounts.resumed), complain);
    setBusy(false);
  };
  return html`<li>
    <span class="badge badge-moderated"><${Icon} name="pause" size=${14} />${t.accounts.isPaused}</span>
    <${Name} state=${state} />
    <span class="worth-words">${t.health.paused}</span>
    ${may("accounts:write") && html`<${Button} icon="play" busy=${isBusy} onClick=${resume}>${t.accounts.resume}<//>`}
  </li>`;
}

/** @param {{state: AccountHealth}} props */
function Name({ state: { channel } }) {
  return html`<a href=${link("/accounts", channel)}>${t.accounts.one(channel)}</a>`;
}

/** @param {{accounts: AccountHealth[]}} props */
function Table({ accounts }) {
  const hasMachines = accounts.some((account) => account.machine);
  return html`<section aria-label=${t.shell.accounts}>
    <h2>${t.shell.accounts}</h2>
    <div class="panel table-box" tabindex="0" role="group" aria-label=${t.shell.accounts}><table>
      <thead><tr>
        <th scope="col">${t.health.channel}</th><th scope="col">${t.health.condition}</th>
        <th scope="col">${t.health.since}</th><th scope="col">${t.accounts.slots}</th>
        ${hasMachines && html`<th scope="col">${t.accounts.machine}</th>`}
      </tr></thead>
      <tbody>${accounts.map(
        (state) => html`<tr key=${state.channel}>
          <th scope="row"><a href=${link("/accounts", state.channel)}>${state.channel}</a></th>
          <td><${Condition} state=${state} /></td>
          <td><${Time} at=${state.since} /></td>
          <td>${t.accounts.running(state.running, state.maxJobs)}</td>
          ${hasMachines && html`<td>${state.machine?.name ?? "–"}</td>`}
        </tr>`,
      )}</tbody>
    </table></div>
  </section>`;
}
