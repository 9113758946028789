// @ts-check
/** Starts the page: who is signed in, where one is, the stream, and then what one sees. */

import { App } from "./app.js";
import * as router from "./router.js";
import * as health from "./state/health.js";
import * as live from "./state/live.js";
import * as session from "./state/session.js";
import { html, render } from "./vendor/preact.js";

session.begin();
router.begin();
live.begin();
health.begin();

const place = document.getElementById("app");
if (place) {
  render(html`<${App} />`, place);
}
