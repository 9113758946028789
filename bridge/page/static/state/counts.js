// @ts-check
/** How many jobs there are by what one looks at: open ones, and those that ended within a day. */

import { computed } from "../vendor/signals.js";
import { GROUPS } from "./filters.js";
import { arranged, jobOf } from "./jobs.js";

/** @typedef {Record<keyof typeof GROUPS, number>} Counts */

/** @type {import("../vendor/signals.js").ReadonlySignal<Counts>} */
export const counts = computed(() => {
  const statuses = [...arranged.value.open, ...arranged.value.ended].map((id) => jobOf(id)?.value.status);
  const found = Object.entries(GROUPS).map(([name, group]) => [
    name,
    statuses.filter((status) => status !== undefined && group.includes(status)).length,
  ]);
  return Object.fromEntries(found);
});
