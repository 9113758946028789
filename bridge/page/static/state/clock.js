// @ts-check
/**
 * The time of the bridge, as signals: what shows an age or an elapsed time is drawn anew when it changes. A browser whose
 * clock is wrong shows ages that are right.
 */

import { ahead_ms } from "../api/client.js";
import { effect, signal, untracked } from "../vendor/preact.js";

/** Now, to the second; stands still while nobody looks at the page. */
export const second = signal(now());

/** Now, to the minute. */
export const minute = signal(now());

function now() {
  return Date.now() + ahead_ms.peek();
}

function tick() {
  if (document.visibilityState === "visible") {
    second.value = now();
    minute.value = Math.floor(second.value / 60_000) * 60_000;
  }
}

setInterval(tick, 1000);
document.addEventListener("visibilitychange", tick);
effect(() => {
  void ahead_ms.value;
  untracked(tick);
});
