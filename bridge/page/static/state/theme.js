// @ts-check
/** Dark or light: as the system is set, or as one chose here. A module of its own so that it runs before all others. */

const KEY = "pixverse-bridge.theme";

/** @typedef {"system" | "light" | "dark"} Theme */

/** @returns {Theme} */
export function theme() {
  const chosen = document.documentElement.dataset.theme;
  return chosen === "light" || chosen === "dark" ? chosen : "system";
}

/** @param {Theme} chosen */
export function choose(chosen) {
  apply(chosen);
  try {
    localStorage.setItem(KEY, chosen);
  } catch {
    // chosen for this visit only
  }
}

/** @param {string | null} chosen */
function apply(chosen) {
  if (chosen === "light" || chosen === "dark") {
    document.documentElement.dataset.theme = chosen;
  } else {
    delete document.documentElement.dataset.theme;
  }
}

try {
  apply(localStorage.getItem(KEY));
} catch {
  apply(null);
}
