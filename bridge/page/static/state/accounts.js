// @ts-check
/**
 * The accounts as they are configured, and what one does to them. Their conditions are in `state/health.js`.
 *
 *     await save({ channel, server, discord, maxJobs });
 *     await pause(channel, true);
 */

import { ApiError, get, post, remove, token } from "../api/client.js";
import { computed, effect, signal } from "../vendor/preact.js";
import { health, refreshHealth } from "./health.js";

/**
 * @typedef {import("../api/types.js").AccountHealth} AccountHealth
 * @typedef {import("../api/types.js").Hour} Hour
 * @typedef {{channel: string, server: string, discord: string, maxJobs: number, paused?: boolean}} Account
 * @typedef {{channel: string, configured: Account | null, state: AccountHealth | null}} Row
 */

const LOOK_AGAIN_MS = [1_000, 4_000, 12_000];
const WORST_FIRST = [
  "bad_token", "needs_human", "out_of_credits", "stopped", "reconnecting", "connecting", "connected",
];

/**
 * By channel; null until they are known.
 *
 * @type {import("../vendor/preact.js").Signal<Record<string, Account> | null>}
 */
export const accounts = signal(null);

/**
 * Why they could not be read.
 *
 * @type {import("../vendor/preact.js").Signal<unknown>}
 */
export const failure = signal(null);

effect(() => {
  void token.value; // who signs in next may see other accounts
  accounts.value = null;
});

/** Every account, those that need somebody first; null until they are known. */
export const rows = computed(() => {
  const configured = accounts.value;
  return configured === null ? null : merged(configured, health.value?.accounts ?? []);
});

export async function loadAccounts() {
  const asked = token.value;
  failure.value = null;
  const [found] = await Promise.all([configurations(), refreshHealth()]);
  if (asked === token.value) {
    accounts.value = found;
  }
}

/**
 * Add or change an account, or have it connect again.
 *
 * @param {Account} account
 */
export async function save(account) {
  await post(pathOf(account.channel), account);
  await lookAgain();
}

/**
 * @param {string} channel
 * @param {boolean} paused
 */
export async function pause(channel, paused) {
  await post(pathOf(channel), { paused });
  await lookAgain();
}

/** @param {string} channel */
export async function removeAccount(channel) {
  await remove(pathOf(channel));
  await lookAgain();
}

/**
 * Return the last 24 hours of an account, the oldest first.
 *
 * @param {string} channel
 * @param {AbortSignal} signal
 * @returns {Promise<Hour[]>}
 */
export async function lastDay(channel, signal) {
  const { hours } = await get(`${pathOf(channel)}/statistics`, {}, signal);
  return hours;
}

/**
 * Return what Discord and the bot offer to an account, compared with what the bridge needs.
 *
 * @param {string} channel
 * @param {AbortSignal} signal
 * @returns {Promise<import("../api/types.js").DoctorReport>}
 */
export const examine = (channel, signal) => post(`${pathOf(channel)}/doctor`, {}, { signal });

/** @param {string} channel */
function pathOf(channel) {
  return `v1/pixverse/account/${encodeURIComponent(channel)}`;
}

/** Read everything again, and the conditions a few times more: an account connects in a moment. */
async function lookAgain() {
  await loadAccounts();
  for (const wait of LOOK_AGAIN_MS) {
    setTimeout(() => void refreshHealth(), wait);
  }
}

/** @returns {Promise<Record<string, Account> | null>} */
async function configurations() {
  try {
    return await get("v1/pixverse/account");
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) {
      return {}; // the contract's answer if there are none
    }
    failure.value = error;
    return accounts.value;
  }
}

/**
 * @param {Record<string, Account>} configured
 * @param {AccountHealth[]} states
 * @returns {Row[]}
 */
function merged(configured, states) {
  const stateOf = new Map(states.map((state) => [state.channel, state]));
  const found = Object.values(configured).map((account) => ({
    channel: account.channel,
    configured: account,
    state: stateOf.get(account.channel) ?? null,
  }));
  const rank = (/** @type {Row} */ row) => WORST_FIRST.indexOf(row.state?.condition ?? "connecting");
  return found.sort((one, other) => rank(one) - rank(other) || one.channel.localeCompare(other.channel));
}
