// @ts-check
/**
 * The shell: navigation, what needs a person, the view of the address, messages. It starts the page.
 *
 * What this module imports is all that the first paint needs: each module more is a request more on a slow network. The
 * rest comes after it by `import()`, and `index.html` lets the browser load both in this order.
 *
 * How the page is made
 * --------------------
 *
 * A *view* is a module in `views/` whose default export is a Preact component. It gets `params` (the parts of the path)
 * and `query` (what follows `?`), and draws into `<main>`:
 *
 *     export default function Job({ params: [id], query }) {
 *       return html`<${Head} title=${t.job.title} />…`;
 *     }
 *
 * Add a row to `VIEWS` below. A view is loaded when it is first shown, together with `style/<style>.css` if the row
 * names one. Begin with `<${Head} title actions />`: it draws the only `h1`, sets the title of the window, and takes the
 * focus when one comes from another view.
 *
 * - *Words* are in `texts/en.js`, a section for each view, and read as `t.job.title`. No view has a word of its own.
 * - *The API* is called through `api/client.js`: `get`, `post`, `remove`. A failed call throws `ApiError` or
 *   `Unreachable`; show it with `complain(error)` (a message) or `<${Failure} error onRetry />` (in place of content).
 * - *State* that several views share is in `state/`, as signals: reading `.value` while drawing is enough to be drawn
 *   anew. `may("jobs:write")` says whether the token may do something; leave out what it may not. `onJob`, `onAccount`
 *   and `onBegin` of `state/live.js` tell of changes; a view ends them in the cleanup of `useEffect`.
 * - *Parts* are small components used by several views: `controls.js` (Button, Field, Dialog), `states.js` (Empty,
 *   Loading, Failure, Offline, NotAllowed), `facts.js` (StatusBadge, Elapsed, Time, botWords), `video.js` (Video,
 *   VideoGrid), `copy.js` (CopyAs), `virtual.js` (VirtualList), `icons.js` (Icon), `head.js` (Head).
 * - *Addresses* are made by `link("/jobs", id)` and gone to by `navigate(…)`; filters are kept with `changeQuery`.
 * - *Style*: colours, distances and sizes are the custom properties of `style/base.css`; distances are multiples of
 *   4 px, there is one accent colour, and a target is 44 px high on a phone. A `style` attribute in markup would be
 *   blocked by the Content Security Policy; `style=${{…}}` of Preact is not, because it is set by code.
 */

import { html, render, signal, useEffect, useLayoutEffect, useState } from "./vendor/preact.js";
import { connection, Unreachable } from "./api/client.js";
import { Button } from "./parts/controls.js";
import { Bar } from "./parts/shell.js";
import * as router from "./router.js";
import * as session from "./state/session.js";
import { loadOthers, t } from "./texts/index.js";

/**
 * @typedef {import("./api/types.js").Scope} Scope
 * @typedef {{default: (props: {params: string[], query: Record<string, string>}) => any}} ViewModule
 * @typedef {{path: RegExp, load: () => Promise<ViewModule>, style?: string, scope?: Scope}} View
 */

/** @type {View[]} */
const VIEWS = [
  { path: /^\/$/, load: () => import("./views/board.js"), scope: "jobs:read" },
  { path: /^\/jobs\/([^/]+)$/, load: () => import("./views/job.js"), style: "job", scope: "jobs:read" },
  { path: /^\/new(?:\/([^/]+))?$/, load: () => import("./views/submit.js"), style: "submit", scope: "jobs:write" },
  { path: /^\/accounts(?:\/([^/]+))?$/, load: () => import("./views/accounts.js"), style: "accounts", scope: "accounts:read" },
  { path: /^\/deliveries$/, load: () => import("./views/deliveries.js"), style: "deliveries", scope: "jobs:read" },
  { path: /^\/webhooks$/, load: () => import("./views/webhooks.js"), style: "webhooks", scope: "jobs:read" },
  { path: /^\/health$/, load: () => import("./views/health.js"), style: "health", scope: "accounts:read" },
];

/** @type {View} */
const SIGN_IN = { path: /^/, load: () => import("./views/signin.js") };

/** @type {View} */
const NOWHERE = { path: /^/, load: () => import("./views/nowhere.js") };

/** @type {Map<View, ViewModule>} */
const loaded = new Map();

/**
 * What is around the view and in its place, but not needed at once; null until it has come.
 *
 * @type {import("./vendor/preact.js").Signal<Awaited<ReturnType<typeof loadRest>> | null>}
 */
const rest = signal(null);

/** @type {ReturnType<typeof loadRest> | null} */
let coming = null;

export function App() {
  const Messages = rest.value?.Messages;
  const messages = Messages && html`<${Messages} />`;
  if (!session.isSignedIn.value) {
    return html`<main id="main" class="main" tabindex="-1"><${Shown} view=${SIGN_IN} params=${[]} /></main>${messages}`;
  }
  const { view, params } = viewOf(router.route.value.path);
  const Notices = rest.value?.Notices;
  const skip = (/** @type {Event} */ event) => {
    event.preventDefault();
    document.getElementById("main")?.focus();
  };
  return html`<a class="skip" href="#main" onClick=${skip}>${t.common.skip}</a>
    <${Bar} />
    ${Notices && html`<${Notices} />`}
    <main id="main" class="main" tabindex="-1"><${Shown} key=${VIEWS.indexOf(view)} view=${view} params=${params} /></main>
    ${messages}`;
}

/**
 * A view, once its module and its style are there.
 *
 * @param {{view: View, params: string[]}} props
 */
function Shown({ view, params }) {
  const [attempt, setAttempt] = useState(0);
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const [module, setModule] = useState(loaded.get(view));
  const isOnline = connection.value === "online"; // what could not be loaded is tried again when the bridge is back
  useEffect(() => {
    let isWanted = true;
    setError(null);
    fetched(view).then(
      (found) => isWanted && setModule(found),
      (failure) => isWanted && setError(failure),
    );
    return () => {
      isWanted = false;
    };
  }, [view, attempt, isOnline]);
  const { path, query } = router.route.value;
  useLayoutEffect(router.restorePosition, [module, path]);
  const again = () => setAttempt(attempt + 1);
  const states = rest.value;
  if (states === null) {
    return error === null ? html`<${Coming} />` : html`<${DidNotCome} onRetry=${again} />`;
  }
  if (view.scope && session.isKnown.value && !session.may(view.scope)) {
    return html`<${states.NotAllowed} scope=${view.scope} />`;
  }
  if (error !== null) {
    return html`<${states.Failure} error=${isOnline ? error : new Unreachable()} onRetry=${again} />`;
  }
  return module ? html`<${module.default} key=${params.join("/")} params=${params} query=${query} />` : html`<${Coming} />`;
}

function Coming() {
  return html`<div class="state" role="status">
    <span class="spinner" aria-hidden="true"></span><p>${t.common.loading}</p>
  </div>`;
}

/** @param {{onRetry: () => void}} props */
function DidNotCome({ onRetry }) {
  return html`<div class="state state-bad" role="alert">
    <h2>${t.errors.viewFailed}</h2><${Button} onClick=${onRetry}>${t.common.retry}<//>
  </div>`;
}

/** @param {string} path */
function viewOf(path) {
  for (const view of VIEWS) {
    const found = view.path.exec(path);
    if (found) {
      return { view, params: found.slice(1).map((part) => decoded(part ?? "")) };
    }
  }
  return { view: NOWHERE, params: [] };
}

/** @param {string} part */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/**
 * @param {View} view
 * @returns {Promise<ViewModule>}
 */
async function fetched(view) {
  if (rest.peek() === null) {
    coming ??= loadRest().finally(() => {
      coming = null;
    });
    rest.value = await coming;
  }
  const [module] = await Promise.all([view.load(), view.style === undefined ? undefined : styled(view.style)]);
  loaded.set(view, module);
  return module;
}

/**
 * Load a style sheet once.
 *
 * @param {string} name
 * @returns {Promise<void>}
 */
function styled(name) {
  const href = new URL(`./style/${name}.css`, import.meta.url).href;
  if ([...document.styleSheets].some((sheet) => sheet.href === href)) {
    return Promise.resolve();
  }
  const sheet = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
  return new Promise((resolve, reject) => {
    sheet.addEventListener("load", () => resolve());
    sheet.addEventListener("error", () => {
      sheet.remove();
      reject(new Error(t.errors.viewFailed));
    });
    document.head.append(sheet);
  });
}

/** Load what every view has around it, and begin to follow the stream. */
async function loadRest() {
  const [notices, states, live, health] = await Promise.all([
    import("./parts/notices.js"),
    import("./parts/states.js"),
    import("./state/live.js"),
    import("./state/health.js"),
    loadOthers(),
  ]);
  live.begin();
  health.begin();
  return { ...notices, ...states };
}

session.begin();
router.begin();
const place = document.getElementById("app");
if (place) {
  render(html`<${App} />`, place);
}
