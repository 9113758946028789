// @ts-check
/** The bar around every view: all that one sees first. */

import { html, useState } from "../vendor/preact.js";
import { link, route } from "../router.js";
import { connection } from "../api/client.js";
import { may, signOut } from "../state/session.js";
import { choose, theme } from "../state/theme.js";
import { t } from "../texts/index.js";
import { Button } from "./controls.js";
import { Icon } from "./icons.js";

/**
 * @typedef {import("../state/theme.js").Theme} Theme
 * @typedef {{path: string, icon: import("./icons.js").IconName, name: string, short?: string,
 *   scope: import("../api/types.js").Scope}} ViewEntry
 */

/** @type {ViewEntry[]} */
const ENTRIES = [
  { path: "/", icon: "board", name: t.shell.board, scope: "jobs:read" },
  { path: "/new", icon: "plus", name: t.shell.submit, short: t.shell.submitShort, scope: "jobs:write" },
  { path: "/accounts", icon: "person", name: t.shell.accounts, scope: "accounts:read" },
  { path: "/deliveries", icon: "send", name: t.shell.deliveries, scope: "jobs:read" },
  { path: "/webhooks", icon: "hook", name: t.shell.webhooks, scope: "jobs:read" },
  { path: "/health", icon: "pulse", name: t.shell.health, scope: "accounts:read" },
];
/** @type {Record<Theme, {next: Theme, icon: import("./icons.js").IconName}>} */
const THEMES = {
  system: { next: "light", icon: "system" },
  light: { next: "dark", icon: "sun" },
  dark: { next: "system", icon: "moon" },
};

/** The brand, the views, and what concerns the page itself. On a phone the views are at the bottom, under the thumb. */
export function Bar() {
  return html`<header class="bar">
    <div class="bar-inside">
      <a class="brand" href="#/"><span class="brand-mark"><${Icon} name="play" size=${14} /></span>${t.common.product}</a>
      <nav class="views" aria-label=${t.shell.navigation}>
        ${ENTRIES.filter((entry) => may(entry.scope)).map((entry) => html`<${Entry} key=${entry.path} entry=${entry} />`)}
      </nav>
      <div class="bar-tools">
        <${Connection} />
        <${ThemeSwitch} />
        <${Button} kind="quiet" icon="out" label=${t.shell.signOut} onClick=${signOut} />
      </div>
    </div>
  </header>`;
}

/** @param {{entry: ViewEntry}} props */
function Entry({ entry: { path, icon, name, short } }) {
  const here = route.value.path;
  const isHere = path === "/" ? here === "/" || here.startsWith("/jobs/") : here === path || here.startsWith(`${path}/`);
  return html`<a class="views-entry" href=${link(path)} aria-current=${isHere ? "page" : undefined}
    aria-label=${short && name}>
    <${Icon} name=${icon} /><span class=${short ? "is-long" : ""}>${name}</span>
    ${short && html`<span class="is-short" aria-hidden="true">${short}</span>`}
  </a>`;
}

function Connection() {
  const state = connection.value;
  return html`<span class="connection connection-${state}" role="status">
    <span class="connection-dot" aria-hidden="true"></span><span class="connection-name">${t.shell.connection[state]}</span>
  </span>`;
}

function ThemeSwitch() {
  const [chosen, setChosen] = useState(theme());
  const { next, icon } = THEMES[chosen];
  const change = () => {
    choose(next);
    setChosen(next);
  };
  return html`<${Button} kind="quiet" icon=${icon} label=${t.shell.theme[chosen]} onClick=${change} />`;
}
