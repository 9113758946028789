// @ts-check
/**
 * Who is signed in: the API token, where it is kept, and what it may do.
 *
 *     if (may("jobs:write")) …
 *
 * The token is kept for this tab, or for this browser if one asks for it, and nowhere else: never in an address.
 */

import { ApiError, get, refusedScope, refusedToken, token } from "../api/client.js";
import { batch, computed, effect, signal } from "../vendor/preact.js";

/**
 * @typedef {import("../api/types.js").Scope} Scope
 * @typedef {{tenant?: string, scopes?: Scope[], expires?: string | null}} AboutToken
 */

const KEY = `pixverse-bridge.token ${location.pathname}`;

/**
 * What the bridge says about the token; null until it has answered, and from a bridge that does not tell.
 *
 * @type {import("../vendor/preact.js").Signal<AboutToken | null>}
 */
export const about = signal(null);

/**
 * Why one has to sign in: the token was refused, or the link that signs in did not work.
 *
 * @type {import("../vendor/preact.js").Signal<"" | "refused" | "signed out">}
 */
export const reason = signal("");

/** Whether the bridge was asked what the token may do, so that nothing is requested that it may not. */
export const isKnown = signal(false);

/** @type {import("../vendor/preact.js").Signal<Set<string>>} */
const lacking = signal(new Set());

export const isSignedIn = computed(() => token.value !== null);

/**
 * Return whether the token has a scope; reads signals, so what depends on it is drawn anew.
 *
 * @param {Scope} scope
 */
export function may(scope) {
  const scopes = about.value?.scopes;
  return scopes ? scopes.includes(scope) : !lacking.value.has(scope);
}

/** Take the token of the link or of the storage, and watch for its refusal. Called once, before anything is drawn. */
export function begin() {
  const given = tokenOfLink();
  if (given) {
    keep(given, false);
  }
  token.value = given || kept();
  effect(() => {
    if (refusedToken.value && refusedToken.value === token.peek()) {
      forget("refused");
    }
  });
  effect(() => {
    if (refusedScope.value) {
      lacking.value = new Set([...lacking.peek(), refusedScope.value]);
    }
  });
  if (token.value) {
    void ask();
  }
  window.addEventListener("storage", ({ key, oldValue, newValue }) => {
    if (key === KEY && newValue === null && oldValue === token.peek() && !storages()[0]?.getItem(KEY)) {
      forget("signed out"); // in another tab
    }
  });
  window.addEventListener("popstate", () => {
    const other = tokenOfLink();
    if (other) {
      void signIn(other, false).catch(() => undefined);
    }
  });
}

/**
 * Sign in; throws `ApiError` with status 401 for a token that the bridge does not know.
 *
 * @param {string} given
 * @param {boolean} isForBrowser keep it for this browser, not only for this tab
 */
export async function signIn(given, isForBrowser) {
  const found = await tell(given);
  batch(() => {
    about.value = found;
    isKnown.value = true;
    lacking.value = new Set();
    refusedToken.value = "";
    reason.value = "";
    token.value = given;
  });
  keep(given, isForBrowser);
}

export function signOut() {
  forget("signed out");
}

/** Ask what the token may do; what cannot be asked now is learnt from answers. */
async function ask() {
  const asked = token.value ?? "";
  const found = await tell(asked).catch((error) => {
    if (error instanceof ApiError && error.status === 401 && asked === token.value) {
      forget("refused");
    }
    return null;
  });
  if (asked === token.value) {
    batch(() => {
      about.value = found;
      isKnown.value = true;
    });
  }
}

/**
 * @param {string} given
 * @returns {Promise<AboutToken | null>}
 */
async function tell(given) {
  try {
    return await get("v1/pixverse/token", {}, undefined, { Authorization: `Bearer ${given}` });
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) {
      return null;
    }
    throw error;
  }
}

/** @param {"refused" | "signed out"} why */
function forget(why) {
  for (const storage of storages()) {
    if (storage.getItem(KEY) === token.peek()) {
      storage.removeItem(KEY); // a token of another tab stays
    }
  }
  batch(() => {
    about.value = null;
    isKnown.value = false;
    lacking.value = new Set();
    reason.value = why;
    token.value = null;
  });
}

/** Return the token in the address, and take it out of there at once. */
function tokenOfLink() {
  const found = /^#token=([^&]+)/.exec(location.hash);
  if (!found) {
    return "";
  }
  history.replaceState(null, "", `${location.pathname}${location.search}#/`);
  try {
    return decodeURIComponent(found[1] ?? "");
  } catch {
    return "";
  }
}

function kept() {
  return storages().reduce((found, storage) => found ?? storage.getItem(KEY), /** @type {string | null} */ (null));
}

/**
 * @param {string} given
 * @param {boolean} isForBrowser
 */
function keep(given, isForBrowser) {
  const [ofTab, ofBrowser] = storages();
  ofTab?.removeItem(KEY);
  try {
    (isForBrowser ? ofBrowser : ofTab)?.setItem(KEY, given);
  } catch {
    // a full storage: signed in until the page is left
  }
}

/** Return the storages of the tab and of the browser; none where the browser forbids them. */
function storages() {
  try {
    return [sessionStorage, localStorage];
  } catch {
    return [];
  }
}
