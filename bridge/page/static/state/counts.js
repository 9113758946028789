// @ts-check
/** How many jobs there are of what one looks at together: open ones, and those that ended within 24 hours. */

import { get, token } from "../api/client.js";
import { effect, signal, untracked } from "../vendor/preact.js";
import { GROUPS } from "./filters.js";
import { connection, onJob } from "./live.js";

/**
 * @typedef {keyof typeof GROUPS} Group
 * @typedef {Record<Group, number>} Counts
 */

const PAUSE_MS = 2_000;
const AGAIN_MS = 60_000;

/**
 * Null until they are known.
 *
 * @type {import("../vendor/preact.js").Signal<Counts | null>}
 */
export const counts = signal(null);

let isAsked = false;

async function refresh() {
  const asked = token.value;
  if (asked === null || connection.value !== "online") {
    return;
  }
  try {
    const { open, lastDay } = await get("v1/pixverse/jobs/counts");
    const found = { ...open, ...lastDay };
    const sums = Object.entries(GROUPS).map(([group, statuses]) => [
      group,
      statuses.reduce((sum, status) => sum + (found[status] ?? 0), 0),
    ]);
    counts.value = asked === token.value ? Object.fromEntries(sums) : counts.value;
  } catch {
    // the numbers stay; the next change asks again
  }
}

/** Ask once for many changes. */
function refreshSoon() {
  if (!isAsked) {
    isAsked = true;
    setTimeout(() => {
      isAsked = false;
      void refresh();
    }, PAUSE_MS);
  }
}

onJob(refreshSoon);
setInterval(() => document.visibilityState === "visible" && void refresh(), AGAIN_MS);
effect(() => {
  if (token.value === null) {
    counts.value = null;
  }
  if (connection.value === "online") {
    untracked(() => void refresh());
  }
});
