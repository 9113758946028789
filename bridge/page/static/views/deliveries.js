// @ts-check
/** The deliveries: which receivers fail, and every callback with its attempts, newest first. */

import { html, useEffect, useRef } from "../vendor/preact.js";
import { Button } from "../parts/controls.js";
import { isOpen } from "../parts/facts.js";
import { Head } from "../parts/head.js";
import { Empty, Failure, Loading } from "../parts/states.js";
import { changeQuery, link } from "../router.js";
import { deliveries, failure, loadMore, next, refresh, show } from "../state/deliveries.js";
import { onJob, resumed } from "../state/live.js";
import { t } from "../texts/index.js";
import { DeliveryRow } from "./delivery.js";
import { Receivers } from "./receivers.js";

/** @typedef {import("../state/deliveries.js").Which} Which */

/** @type {Which[]} */
const WHICH = ["", "pending", "given_up", "delivered"];
const AGAIN_MS = 15_000;
const SOON_MS = 2_000;
const TOP = 400;

/** @param {{query: Record<string, string>}} props */
export default function Deliveries({ query }) {
  const which = WHICH.find((each) => each === query.state) ?? "";
  useEffect(() => void show(which), [which]);
  useNewOnes();
  return html`<${Head} title=${t.shell.deliveries}
      actions=${html`<${Button} icon="hook" href=${link("/webhooks")}>${t.deliveries.toWebhooks}<//>`} />
    <${Receivers} />
    <div class="groups" role="group" aria-label=${t.deliveries.which}>
      ${WHICH.map(
        (each) => html`<button type="button" class="group" key=${each} aria-pressed=${each === which}
          onClick=${() => changeQuery({ state: each })}>${t.deliveries.states[each]}</button>`,
      )}
    </div>
    <${List} which=${which} />`;
}

/** @param {{which: Which}} props */
function List({ which }) {
  const all = deliveries.value;
  if (all === null) {
    return failure.value === null
      ? html`<${Loading} />`
      : html`<${Failure} error=${failure.value} onRetry=${() => void show(which)} />`;
  }
  if (all.length === 0) {
    const [title, words] = t.deliveries.empty[which];
    return html`<${Empty} icon="send" title=${title}>${words}<//>`;
  }
  return html`<ul class="deliveries" aria-label=${t.shell.deliveries}>
      ${all.map((delivery) => html`<${DeliveryRow} key=${delivery.id} delivery=${delivery} />`)}
    </ul>
    <${Foot} />`;
}

/** Loads more when it comes near the window. */
function Foot() {
  const ref = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    const watch = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && void loadMore(),
      { rootMargin: "600px" },
    );
    if (ref.current) {
      watch.observe(ref.current);
    }
    return () => watch.disconnect();
  }, [next.value]);
  if (failure.value !== null) {
    return html`<p class="more"><${Button} onClick=${() => void Promise.all([refresh(), loadMore()])}>${t.common.retry}<//></p>`;
  }
  return html`<p class="more muted" ref=${ref} role="status">
    ${next.value === null ? t.deliveries.end : html`<${Button} onClick=${() => void loadMore()}>${t.deliveries.more}<//>`}
  </p>`;
}

/** Read the newest again after a job has ended, and now and then; not while one has scrolled down to read. */
function useNewOnes() {
  useEffect(() => {
    const look = () => document.visibilityState === "visible" && window.scrollY < TOP && void refresh();
    /** @type {number | undefined} */
    let soon;
    const again = setInterval(look, AGAIN_MS);
    const stop = onJob((job) => {
      if (!isOpen(job.status)) {
        clearTimeout(soon);
        soon = setTimeout(look, SOON_MS);
      }
    });
    return () => {
      clearInterval(again);
      clearTimeout(soon);
      stop();
    };
  }, []);
  useEffect(() => {
    if (resumed.value > 0) {
      void refresh();
    }
  }, [resumed.value]);
}
