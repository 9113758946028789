// @ts-check
/** The receivers that fail: how much waits for each, why, when it is tried next, and "send all again". */

import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { Button } from "../parts/controls.js";
import { duration, Time } from "../parts/facts.js";
import { second } from "../state/clock.js";
import { isPartial, receivers, sendAllAgain } from "../state/deliveries.js";
import { may } from "../state/session.js";
import { complain, say } from "../state/toasts.js";
import { t } from "../texts/index.js";

/**
 * @typedef {import("../api/types.js").Attempt} Attempt
 * @typedef {import("../state/deliveries.js").Receiver} Receiver
 * @typedef {import("../state/deliveries.js").Progress} Progress
 */

export function Receivers() {
  if (receivers.value.length === 0) {
    return null;
  }
  return html`<section class="receivers" aria-label=${t.deliveries.failing}>
    <h2>${t.deliveries.failing}</h2>
    <ul class="panel receivers-list">
      ${receivers.value.map((receiver) => html`<${Row} key=${receiver.host} receiver=${receiver} />`)}
    </ul>
    ${isPartial.value && html`<p class="head-note">${t.deliveries.partial}</p>`}
  </section>`;
}

/** @param {{receiver: Receiver}} props */
function Row({ receiver: { host, owed, givenUp, last, nextAt } }) {
  return html`<li class="receiver">
    <div class="receiver-facts">
      <p><strong class="delivery-host">${host}</strong> <span class="muted">${t.deliveries.waiting(owed, givenUp)}
        ${last && html` · <${Time} at=${last.at} />`}</span></p>
      ${last &&
      html`<p class="delivery-words">${attemptInWords(last)}${" "}
        ${nextAt && html`<${NextTry} at=${nextAt} />`}</p>`}
    </div>
    ${givenUp > 0 && may("jobs:write") && html`<${SendAll} host=${host} />`}
  </li>`;
}

/** Sends everything of a receiver again; says how far it is, and can be stopped. @param {{host: string}} props */
function SendAll({ host }) {
  const [progress, setProgress] = useState(/** @type {Progress | null} */ (null));
  const stop = useRef(/** @type {AbortController | null} */ (null));
  useEffect(() => () => stop.current?.abort(), []);
  const begin = async () => {
    stop.current = new AbortController();
    setProgress({ done: 0, failed: 0 });
    try {
      const { done, failed } = await sendAllAgain(host, setProgress, stop.current.signal);
      say(t.deliveries.sentAll(done), failed ? { details: t.deliveries.notSent(failed), isError: true } : {});
    } catch (error) {
      complain(error);
    }
    setProgress(null);
  };
  return progress === null
    ? html`<${Button} icon="send" onClick=${begin}>${t.deliveries.sendAll}<//>`
    : html`<${Button} icon="stop" onClick=${() => stop.current?.abort()}>${t.deliveries.stop(progress.done)}<//>`;
}

/** When the next attempt is. @param {{at: string}} props */
export function NextTry({ at }) {
  const left = Date.parse(at) - second.value;
  return html`<span class="muted">${left > 0 ? t.deliveries.nextIn(duration(left)) : t.deliveries.nextNow}</span>`;
}

/**
 * Return what an attempt came to, in words; the table of the attempts has the error as it was.
 *
 * @param {Attempt} attempt
 */
export function attemptInWords({ status, error, duration_ms: took }) {
  if (status !== null) {
    return error === null ? t.deliveries.took200(status, took) : t.deliveries.answered(status);
  }
  const found = Object.entries(t.deliveries.errors).find(([name]) => error?.includes(name));
  return found ? found[1] : (error ?? t.deliveries.unknown);
}
