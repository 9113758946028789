// @ts-check
/** Starts the page. */

import { html, render } from "./vendor/html.js";

const place = document.getElementById("app");
if (place) {
  render(html`<h1>PixVerse bridge</h1>`, place);
}
