// @ts-check
/** Small pictures of one stroke, in the colour of the text around them. They are hidden from screen readers. */

import { html } from "../vendor/preact.js";

const PATHS = {
  board: "M3 4h6v5H3zM11 4h6v5h-6zM3 11h6v5H3zM11 11h6v5h-6z",
  plus: "M10 4v12M4 10h12",
  person: "M10 10a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM4 17c.6-3.2 2.9-5 6-5s5.4 1.8 6 5",
  send: "M3 10l14-6-5 13-3-5.5zM9 11.5L17 4",
  hook: "M7 13a3.5 3.5 0 1 0 3 1.8h4M8.5 8.5A3.5 3.5 0 1 1 13 6.2M11.5 6.5l2.8 5a3.3 3.3 0 1 1-1.3 5.5",
  pulse: "M2 10h4l2.5-6 4 12 2-6H18",
  clock: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM10 6v4l2.5 2",
  check: "M4 10.5l4 4 8-9",
  cross: "M5 5l10 10M15 5L5 15",
  shield: "M10 3l6 2v4.5c0 3.7-2.4 6.3-6 7.5-3.6-1.2-6-3.8-6-7.5V5zM10 7v3.5M10 13v.01",
  alert: "M10 3.5l7.5 13h-15zM10 8v4M10 14.2v.01",
  stop: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM5.5 5.5l9 9",
  play: "M7 4.5l8 5.5-8 5.5z",
  pause: "M7 4.5v11M13 4.5v11",
  search: "M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11zM13 13l4 4",
  filter: "M3 5h14M6 10h8M8.5 15h3",
  copy: "M7 7h9v9H7zM4 13V4h9",
  sun: "M10 13.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM10 2v1.5M10 16.5V18M2 10h1.5M16.5 10H18M4.3 4.3l1.1 1.1M14.6 14.6l1.1 1.1M4.3 15.7l1.1-1.1M14.6 5.4l1.1-1.1",
  moon: "M16 12a6.5 6.5 0 0 1-8-8 6.5 6.5 0 1 0 8 8z",
  system: "M3 4h14v9H3zM7 16.5h6M10 13v3.5",
  out: "M8 4H4v12h4M12 6.5l3.5 3.5-3.5 3.5M15 10H8",
  up: "M10 16V4M5 9l5-5 5 5",
  away: "M3 7.5a10 10 0 0 1 14 0M5.5 10.5a6.5 6.5 0 0 1 9 0M8 13.3a3 3 0 0 1 4 0M10 16v.01M3 3l14 14",
  film: "M3 4h14v12H3zM6.5 4v12M13.5 4v12M3 8h3.5M3 12h3.5M13.5 8H17M13.5 12H17",
  picture: "M3 4h14v12H3zM3 14l4-4 3 3 3-3 4 4M12.5 7.5v.01",
  again: "M16 10a6 6 0 1 1-2-4.5M16 3v3.5h-3.5",
  back: "M12 4l-6 6 6 6",
};

/** @typedef {keyof typeof PATHS} IconName */

/** @param {{name: IconName, size?: number}} props */
export function Icon({ name, size = 20 }) {
  return html`<svg class="icon" width=${size} height=${size} viewBox="0 0 20 20" aria-hidden="true" focusable="false">
    <path d=${PATHS[name]} />
  </svg>`;
}
