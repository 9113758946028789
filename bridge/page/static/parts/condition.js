// @ts-check
/** The condition of an account as an icon and a word. */

import { html } from "../vendor/preact.js";
import { t } from "../texts/index.js";
import { Icon } from "./icons.js";

/** @typedef {import("../api/types.js").AccountHealth} AccountHealth */

/** @type {Record<string, {icon: import("./icons.js").IconName | null, look: string}>} */
const LOOKS = {
  connected: { icon: "check", look: "good" },
  connecting: { icon: null, look: "moving" },
  reconnecting: { icon: null, look: "moving" },
  bad_token: { icon: "alert", look: "failed" },
  needs_human: { icon: "alert", look: "failed" },
  out_of_credits: { icon: "alert", look: "failed" },
  stopped: { icon: "stop", look: "failed" },
};
const UNKNOWN = { icon: null, look: "moving" };

/** @param {{state: AccountHealth | null}} props */
export function Condition({ state }) {
  const condition = state?.condition ?? "connecting";
  const { icon, look } = LOOKS[condition] ?? UNKNOWN;
  const words = /** @type {Record<string, string>} */ (t.accounts.conditions)[condition] ?? condition;
  return html`<span class="badge badge-${look}">
      ${icon ? html`<${Icon} name=${icon} size=${14} />` : html`<span class="badge-dot" aria-hidden="true"></span>`}${words}
    </span>
    ${state?.paused &&
    html`<span class="badge badge-moderated"><${Icon} name="pause" size=${14} />${t.accounts.isPaused}</span>`}`;
}
