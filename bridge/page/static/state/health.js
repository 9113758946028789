// @ts-check
/** The health of the accounts, and what needs a person: the shell shows it on top of every view. */

import { get, token } from "../api/client.js";
import { computed, effect, signal, untracked } from "../vendor/preact.js";
import { connection, onAccount, onJob, resumed } from "./live.js";
import { isKnown, may } from "./session.js";

/**
 * @typedef {import("../api/types.js").Health} Health
 * @typedef {import("../api/types.js").AccountHealth} AccountHealth
 */

const AGAIN_MS = 60_000;
const UNUSABLE = new Set(["bad_token", "needs_human", "out_of_credits", "stopped"]);

/**
 * Null until it is known.
 *
 * @type {import("../vendor/preact.js").Signal<Health | null>}
 */
export const health = signal(null);

/** The accounts on which a person has to act. */
export const needy = computed(() => (health.value?.accounts ?? []).filter(needsPerson));

/** The deliveries that were given up; null if there are none. */
export const givenUp = computed(() => health.value?.callbacksGivenUp ?? null);

/**
 * Why it could not be read last.
 *
 * @type {import("../vendor/preact.js").Signal<unknown>}
 */
export const failure = signal(null);

/** @param {AccountHealth} account */
export function needsPerson(account) {
  return UNUSABLE.has(account.condition);
}

/** Ask again, after a change for example. */
export async function refreshHealth() {
  const asked = token.value;
  if (asked === null || !may("accounts:read")) {
    return;
  }
  try {
    const found = await get("v1/pixverse/health");
    if (asked === token.value) {
      failure.value = null;
      health.value = found;
    }
  } catch (error) {
    failure.value = error; // the next connection asks again
  }
}

export function begin() {
  effect(() => {
    void resumed.value; // conditions that changed while the stream was cut are not told again
    const isOnline = token.value !== null && isKnown.value && connection.value !== "offline";
    untracked(isOnline ? () => void refreshHealth() : forgetWithoutToken);
  });
  onAccount(() => void refreshHealth());
  onJob((job) => job.status === "created" || job.status === "started" || void refreshSoon());
  setInterval(() => document.visibilityState === "visible" && void refreshHealth(), AGAIN_MS);
}

function forgetWithoutToken() {
  if (token.value === null) {
    health.value = null;
  }
}

let isAsked = false;

/** Ask once for many changes: how many slots are taken is part of the health. */
function refreshSoon() {
  if (!isAsked) {
    isAsked = true;
    setTimeout(() => {
      isAsked = false;
      void refreshHealth();
    }, 5_000);
  }
}
