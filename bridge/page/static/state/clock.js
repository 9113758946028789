// @ts-check
/** The time, as signals: what shows an age or an elapsed time is drawn anew when it changes. */

import { signal } from "../vendor/signals.js";

/** Now, to the second; stands still while nobody looks at the page. */
export const second = signal(Date.now());

/** Now, to the minute. */
export const minute = signal(Date.now());

function tick() {
  if (document.visibilityState === "visible") {
    second.value = Date.now();
    minute.value = Math.floor(second.value / 60_000) * 60_000;
  }
}

setInterval(tick, 1000);
document.addEventListener("visibilitychange", tick);
