// @ts-check
/** Webhooks: the URL that jobs report to, a test of it, the secret, and how a receiver verifies what comes. */

import { html, useEffect, useState } from "../vendor/preact.js";
import { get, post } from "../api/client.js";
import { Button, Field } from "../parts/controls.js";
import { copy, CopyAs } from "../parts/copy.js";
import { Head } from "../parts/head.js";
import { Icon } from "../parts/icons.js";
import { Secret } from "../parts/secret.js";
import { link } from "../router.js";
import { may } from "../state/session.js";
import { complain, inWords, say } from "../state/toasts.js";
import { t } from "../texts/index.js";
import { SNIPPETS } from "./verifying.js";

/**
 * @typedef {{id: string, delivered: boolean, status: number | null, duration_ms: number, explanation: string}} Tested
 * @typedef {import("./verifying.js").Language} Language
 */

const TEST = "v1/pixverse/callbacks/test";

export default function Webhooks() {
  const [standing, setStanding] = useState("");
  return html`<${Head} title=${t.shell.webhooks}
      actions=${html`<${Button} icon="send" href=${link("/deliveries")}>${t.shell.deliveries}<//>`} />
    <div class="webhooks">
      <p class="webhooks-lead">${t.webhooks.lead}</p>
      ${may("accounts:read") && html`<${DefaultUrl} onKnown=${setStanding} />`}
      ${may("jobs:write") && html`<${Test} key=${standing} standing=${standing} />`}
      <${TheSecret} />
      <${Verify} />
    </div>`;
}

/** The `replyUrl` of jobs that are submitted without one. @param {{onKnown: (url: string) => void}} props */
function DefaultUrl({ onKnown }) {
  const [url, setUrl] = useState("");
  const [error, setError] = useState("");
  const [isBusy, setBusy] = useState(true);
  const learn = (/** @type {{replyUrl?: string}} */ settings) => {
    setUrl(settings.replyUrl ?? "");
    onKnown(settings.replyUrl ?? "");
  };
  useEffect(() => {
    get("v2/account").then(learn, fail).finally(() => setBusy(false));
  }, []);
  const fail = (/** @type {unknown} */ failure) => setError(allWords(failure));
  const save = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setBusy(true);
    setError("");
    await post("v2/account", { replyUrl: url.trim() }).then((settings) => {
      learn(settings);
      say(url.trim() ? t.webhooks.saved : t.webhooks.cleared);
    }, fail);
    setBusy(false);
  };
  const mayChange = may("accounts:write");
  return html`<section class="panel webhook" aria-label=${t.webhooks.standing}>
    <h2>${t.webhooks.standing}</h2>
    <form class="one-line" onSubmit=${save} novalidate>
      <${Field} label=${t.webhooks.url} hint=${t.webhooks.standingHint} type="url" value=${url} onValue=${setUrl}
        error=${error} readonly=${!mayChange || isBusy} placeholder=${t.webhooks.example} autocomplete="off" />
      ${mayChange && html`<${Button} type="submit" busy=${isBusy}>${t.webhooks.save}<//>`}
    </form>
  </section>`;
}

/** @param {{standing: string}} props */
function Test({ standing }) {
  const [url, setUrl] = useState(standing);
  const [found, setFound] = useState(/** @type {Tested | null} */ (null));
  const [error, setError] = useState("");
  const [isBusy, setBusy] = useState(false);
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setBusy(true);
    setError("");
    setFound(null);
    await post(TEST, { replyUrl: url.trim() }).then(setFound, (failure) => setError(allWords(failure)));
    setBusy(false);
  };
  return html`<section class="panel webhook" aria-label=${t.webhooks.test}>
    <h2>${t.webhooks.test}</h2>
    <form class="one-line" onSubmit=${send} novalidate>
      <${Field} label=${t.webhooks.url} hint=${t.webhooks.testHint} type="url" value=${url} onValue=${setUrl}
        error=${error} placeholder=${t.webhooks.example} autocomplete="off" />
      <${Button} kind="primary" icon="send" type="submit" busy=${isBusy}>${t.webhooks.send}<//>
    </form>
    <div role="status">${isBusy && html`<p class="muted">${t.webhooks.sending}</p>`}${found && html`<${Outcome} found=${found} />`}</div>
    <p><${CopyAs} request=${{ method: "POST", path: TEST, body: { replyUrl: url.trim() || t.webhooks.example } }} /></p>
  </section>`;
}

/** What became of the test, in words. @param {{found: Tested}} props */
function Outcome({ found: { id, delivered, duration_ms: took, explanation } }) {
  return html`<div class="outcome ${delivered ? "" : "outcome-bad"}">
    <${Icon} name=${delivered ? "check" : "alert"} />
    <div>
      <p><strong>${delivered ? t.webhooks.arrived(took) : t.webhooks.failed}</strong></p>
      <p>${explanation}</p>
      <p class="muted">webhook-id: <code>${id}</code></p>
    </div>
  </div>`;
}

/** The secret is asked for only when one wants to see it. */
function TheSecret() {
  const [secret, setSecret] = useState("");
  const [isBusy, setBusy] = useState(false);
  const ask = async () => {
    setBusy(true);
    await get("v1/pixverse/callbacks/secret").then((found) => setSecret(found.secret), complain);
    setBusy(false);
  };
  return html`<section class="panel webhook" aria-label=${t.webhooks.secret}>
    <h2>${t.webhooks.secret}</h2>
    <p class="muted">${t.webhooks.secretHint}</p>
    ${!may("secrets:read")
      ? html`<p>${t.errors.forbiddenDetails("secrets:read")}</p>`
      : secret
        ? html`<${Secret} text=${secret} name=${t.webhooks.secret} />`
        : html`<p><${Button} busy=${isBusy} onClick=${ask}>${t.webhooks.showSecret}<//></p>`}
  </section>`;
}

function Verify() {
  const [language, setLanguage] = useState(/** @type {Language} */ ("Python"));
  const names = /** @type {Language[]} */ (Object.keys(SNIPPETS));
  const code = SNIPPETS[language];
  return html`<section class="panel webhook" aria-label=${t.webhooks.verify}>
    <h2>${t.webhooks.verify}</h2>
    <p class="muted">${t.webhooks.verifyHint}</p>
    <ul class="bullets">${t.webhooks.rules.map((rule) => html`<li key=${rule}>${rule}</li>`)}</ul>
    <div class="verify-head">
      <div class="segments" role="group" aria-label=${t.webhooks.language}>
        ${names.map(
          (name) => html`<button type="button" key=${name} aria-pressed=${name === language}
            onClick=${() => setLanguage(name)}>${name}</button>`,
        )}
      </div>
      <${Button} icon="copy" onClick=${() => copy(code)}>${t.common.copy}<//>
    </div>
    <p>${t.webhooks.about[language]}</p>
    <pre class="code" tabindex="0"><code>${code}</code></pre>
  </section>`;
}

/** @param {unknown} failure */
function allWords(failure) {
  const { title, details } = inWords(failure);
  return details ? `${title}: ${details}` : title;
}
