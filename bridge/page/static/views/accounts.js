// @ts-check
/** The accounts: how each one is, what to do about it, and its last day; or one of them alone. */

import { html, useEffect, useState } from "../vendor/preact.js";
import { AccountDialog } from "../parts/account_form.js";
import { Button, Field } from "../parts/controls.js";
import { Head } from "../parts/head.js";
import { Empty, Failure, Loading } from "../parts/states.js";
import { link } from "../router.js";
import { failure, loadAccounts, rows } from "../state/accounts.js";
import { needsPerson } from "../state/health.js";
import { may } from "../state/session.js";
import { t } from "../texts/index.js";
import { AccountPanel } from "./account_panel.js";

/** @typedef {import("../state/accounts.js").Row} Row */

const MANY = 12;
const STEP = 24;

/** @param {{params: string[]}} props */
export default function Accounts({ params: [channel = ""] }) {
  useEffect(() => {
    void loadAccounts();
  }, []);
  return channel ? html`<${One} channel=${channel} />` : html`<${All} />`;
}

function All() {
  const [isAdding, setAdding] = useState(false);
  const add =
    may("accounts:write") &&
    html`<${Button} kind="primary" icon="plus" onClick=${() => setAdding(true)} aria-haspopup="dialog">${t.accounts.add}<//>`;
  return html`<${Head} title=${t.shell.accounts} actions=${rows.value?.length ? add : null}>
      ${rows.value?.length ? html`<p class="head-note">${summary(rows.value)}</p>` : null}
    <//>
    <${List} add=${add} />
    ${isAdding && html`<${AccountDialog} account=${null} onClose=${() => setAdding(false)} />`}`;
}

/** @param {{add: any}} props */
function List({ add }) {
  const [search, setSearch] = useState("");
  const [shown, setShown] = useState(STEP);
  const all = rows.value;
  if (all === null) {
    return failure.value === null
      ? html`<${Loading} />`
      : html`<${Failure} error=${failure.value} onRetry=${() => void loadAccounts()} />`;
  }
  if (all.length === 0) {
    return html`<${Empty} icon="person" title=${t.accounts.empty} action=${add}>${t.accounts.emptyDetails}<//>`;
  }
  const found = all.filter((row) => `${row.channel} ${row.configured?.server}`.includes(search.trim()));
  return html`${all.length > MANY &&
    html`<${Field} label=${t.accounts.search} hideLabel placeholder=${t.accounts.search} type="search" icon="search"
      class="accounts-search" value=${search} onValue=${setSearch} />`}
    <div class="accounts">
      ${found.slice(0, shown).map((row) => html`<${AccountPanel} key=${row.channel} row=${row} />`)}
    </div>
    ${found.length === 0 && html`<${Empty} icon="search" title=${t.accounts.noMatch} />`}
    ${found.length > shown &&
    html`<p class="more"><${Button} onClick=${() => setShown(shown + STEP)}>${t.accounts.more(found.length - shown)}<//></p>`}`;
}

/** @param {{channel: string}} props */
function One({ channel }) {
  const back = html`<${Button} icon="back" href=${link("/accounts")}>${t.accounts.all}<//>`;
  const row = rows.value?.find((each) => each.channel === channel);
  return html`<${Head} title=${t.accounts.one(channel)} actions=${back} />
    <${OneContent} row=${row} />`;
}

/** @param {{row: Row | undefined}} props */
function OneContent({ row }) {
  if (row) {
    return html`<div class="accounts accounts-one"><${AccountPanel} row=${row} isAlone /></div>`;
  }
  if (failure.value !== null) {
    return html`<${Failure} error=${failure.value} onRetry=${() => void loadAccounts()} />`;
  }
  return rows.value === null
    ? html`<${Loading} />`
    : html`<${Empty} icon="person" title=${t.accounts.none}>${t.accounts.noneDetails}<//>`;
}

/** @param {Row[]} all */
function summary(all) {
  const states = all.map((row) => row.state);
  const connected = states.filter((state) => state?.condition === "connected").length;
  const needy = states.filter((state) => state && needsPerson(state)).length;
  const paused = states.filter((state) => state?.paused).length;
  return t.accounts.summary(all.length, connected, needy, paused);
}
