// @ts-check
/** Sign in with an API token. */

import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { ApiError } from "../api/client.js";
import { Button, Field } from "../parts/controls.js";
import { Icon } from "../parts/icons.js";
import { reason, signIn } from "../state/session.js";
import { inWords } from "../state/toasts.js";
import { t } from "../texts/index.js";

export default function SignIn() {
  const [text, setText] = useState("");
  const [isKept, setKept] = useState(false);
  const [isShown, setShown] = useState(false);
  const [error, setError] = useState("");
  const [isBusy, setBusy] = useState(false);
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  useEffect(() => {
    document.title = `${t.signin.title} · ${t.common.product}`;
    form.current?.querySelector("input")?.focus();
  }, []);
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const given = text.trim();
    if (!/^[!-~]+$/.test(given)) {
      setError(given ? t.signin.wrong : t.signin.missing);
      return;
    }
    setBusy(true);
    setError("");
    try {
      await signIn(given, isKept);
    } catch (failure) {
      setError(whatWentWrong(failure));
      setBusy(false);
    }
  };
  return html`<div class="signin">
    <div class="signin-head">
      <span class="brand-mark brand-mark-large"><${Icon} name="play" size=${24} /></span>
      <h1>${t.common.product}</h1>
      <p>${t.signin.lead}</p>
    </div>
    <form class="panel signin-form" onSubmit=${submit} ref=${form} novalidate>
      <${Because} />
      <${Field} label=${t.signin.token} value=${text} onValue=${setText} hint=${t.signin.hint} error=${error}
        type=${isShown ? "text" : "password"} name="token" autocomplete="off" autocapitalize="none" spellcheck=${false} />
      <label class="check">
        <input type="checkbox" checked=${isShown} onChange=${() => setShown(!isShown)} /> ${t.signin.show}
      </label>
      <label class="check">
        <input type="checkbox" checked=${isKept} onChange=${() => setKept(!isKept)} /> ${t.signin.keep}
      </label>
      <${Button} kind="primary" type="submit" busy=${isBusy}>${t.signin.submit}<//>
    </form>
  </div>`;
}

/** Why one has to sign in again. */
function Because() {
  const words = { "": "", refused: t.signin.refused, "signed out": t.signin.signedOut }[reason.value];
  return words ? html`<p class="notice notice-inline" role="status">${words}</p>` : null;
}

/** @param {unknown} failure */
function whatWentWrong(failure) {
  if (failure instanceof ApiError && failure.status === 401) {
    return t.signin.wrong;
  }
  const { title, details } = inWords(failure);
  return details ? `${title}. ${details}` : title;
}
