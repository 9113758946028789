// @ts-check
/** The last day of an account: its jobs by outcome, and how long they waited. The same is there as a table. */

import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { duration, isOpen } from "../parts/facts.js";
import { lastDay } from "../state/accounts.js";
import { minute } from "../state/clock.js";
import { onJob, resumed } from "../state/live.js";
import { inWords } from "../state/toasts.js";
import { language, t } from "../texts/index.js";

/**
 * @typedef {import("../api/types.js").Hour} Hour
 * @typedef {"completed" | "moderated" | "failed" | "cancelled"} Outcome
 */

/** @type {Outcome[]} */
const OUTCOMES = ["completed", "moderated", "failed", "cancelled"];
const STEP = 20;
const BAR = 14;
const HEIGHT = 64;
const TICK = 3;
const AGAIN_MINUTES = 5;
const AFTER_JOB_MS = 15_000;
const HOUR = new Intl.DateTimeFormat(language, { hour: "numeric" });

/** @param {{channel: string, level: "h2" | "h3"}} props */
export function LastDay({ channel, level }) {
  const ref = useRef(/** @type {HTMLElement | null} */ (null));
  const isSeen = useSeen(ref);
  const [hours, setHours] = useState(/** @type {Hour[] | null} */ (null));
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const turn = Math.floor(minute.value / 60_000 / AGAIN_MINUTES);
  const ended = useEnded(channel);
  useEffect(() => {
    if (!isSeen) {
      return undefined;
    }
    const stop = new AbortController();
    const failed = (/** @type {unknown} */ failure) => stop.signal.aborted || setError(failure);
    lastDay(channel, stop.signal).then((found) => {
      setError(null);
      setHours(found);
    }, failed);
    return () => stop.abort();
  }, [channel, isSeen, turn, ended, resumed.value]);
  return html`<section class="day" ref=${ref} aria-label=${t.accounts.lastDay}>
    <${level} class="day-head">${t.accounts.lastDay}<//>
    ${hours === null
      ? html`<p class="day-empty">${error === null ? t.common.loading : inWords(error).title}</p>`
      : html`<${Charts} hours=${hours} />`}
  </section>`;
}

/** @param {{hours: Hour[]}} props */
function Charts({ hours }) {
  const total = sum(hours);
  const all = OUTCOMES.reduce((found, name) => found + total[name], 0);
  if (all === 0) {
    return html`<p class="day-empty">${t.accounts.noJobs}</p>`;
  }
  const longest = Math.max(...hours.map((hour) => hour.waitP95 ?? 0));
  return html`<ul class="legend">
      ${OUTCOMES.filter((name) => total[name] > 0).map(
        (name) => html`<li key=${name} class="legend-${name}">${total[name].toLocaleString(language)} ${t.status[name]}</li>`,
      )}
    </ul>
    <${Svg} label=${t.accounts.chartJobs(all)} hours=${hours} draw=${outcomes(hours)} />
    ${longest > 0 &&
    html`<p class="legend"><span class="legend-half">${t.accounts.waitHalf}</span>
        <span class="legend-most">${t.accounts.waitMost}</span></p>
      <${Svg} label=${t.accounts.chartWait(seconds(longest))} hours=${hours} draw=${waits(longest)} />`}
    <p class="day-axis" aria-hidden="true"><span>${hours[0] && HOUR.format(Date.parse(hours[0].hour))}</span>
      <span>${t.accounts.now}</span></p>
    <${Table} hours=${hours} />`;
}

/**
 * @param {{label: string, hours: Hour[], draw: (hour: Hour, x: number) => any}} props
 */
function Svg({ label, hours, draw }) {
  return html`<svg class="chart" role="img" aria-label=${label} viewBox="0 0 ${hours.length * STEP} ${HEIGHT}"
    preserveAspectRatio="none">
    ${hours.map((hour, index) => {
      const x = index * STEP + (STEP - BAR) / 2;
      return html`<g key=${hour.hour}>
        <title>${inWordsOf(hour)}</title>
        <rect class="chart-space" x=${index * STEP} y="0" width=${STEP} height=${HEIGHT} />
        <rect class="chart-ground" x=${x} y=${HEIGHT - 1} width=${BAR} height="1" />
        ${draw(hour, x)}
      </g>`;
    })}
  </svg>`;
}

/**
 * Return how an hour is drawn: its jobs on one another.
 *
 * @param {Hour[]} hours
 */
function outcomes(hours) {
  const most = Math.max(...hours.map(jobsOf));
  return (/** @type {Hour} */ hour, /** @type {number} */ x) => {
    let top = HEIGHT;
    return OUTCOMES.filter((name) => hour[name] > 0).map((name) => {
      const height = (hour[name] / most) * HEIGHT;
      top -= height;
      return html`<rect key=${name} class="chart-${name}" x=${x} y=${top} width=${BAR} height=${height} />`;
    });
  };
}

/**
 * Return how an hour is drawn: up to where 95 of 100 jobs waited, with a tick where half of them did.
 *
 * @param {number} longest
 */
function waits(longest) {
  const at = (/** @type {number} */ wait) => HEIGHT - (wait / longest) * (HEIGHT - TICK);
  return (/** @type {Hour} */ hour, /** @type {number} */ x) =>
    hour.waitP50 !== null &&
    hour.waitP95 !== null &&
    html`<rect class="chart-most" x=${x} y=${at(hour.waitP95) - TICK} width=${BAR} height=${HEIGHT - at(hour.waitP95) + TICK} />
      <rect class="chart-half" x=${x} y=${at(hour.waitP50) - TICK} width=${BAR} height=${TICK} />`;
}

/** @param {{hours: Hour[]}} props */
function Table({ hours }) {
  const shown = hours.filter((hour) => jobsOf(hour) > 0 || hour.waitP50 !== null);
  return html`<details class="day-table">
    <summary>${t.accounts.asTable}</summary>
    <div class="table-box" tabindex="0" role="group" aria-label=${t.accounts.asTable}><table>
      <caption class="only-read">${t.accounts.tableCaption}</caption>
      <thead><tr>
        <th scope="col">${t.accounts.hour}</th>
        ${OUTCOMES.map((name) => html`<th scope="col" key=${name}>${t.status[name]}</th>`)}
        <th scope="col">${t.accounts.waitHalfShort}</th><th scope="col">${t.accounts.waitMostShort}</th>
      </tr></thead>
      <tbody>${shown.map(
        (hour) => html`<tr key=${hour.hour}>
          <th scope="row">${HOUR.format(Date.parse(hour.hour))}</th>
          ${OUTCOMES.map((name) => html`<td key=${name}>${hour[name]}</td>`)}
          <td>${seconds(hour.waitP50)}</td><td>${seconds(hour.waitP95)}</td>
        </tr>`,
      )}</tbody>
    </table></div>
  </details>`;
}

/**
 * Return a number that changes a moment after a job of the account has ended: many jobs are one change.
 *
 * @param {string} channel
 */
function useEnded(channel) {
  const [count, setCount] = useState(0);
  useEffect(() => {
    /** @type {number | undefined} */
    let soon;
    const stop = onJob((job) => {
      if (job.channel === channel && !isOpen(job.status)) {
        soon ??= setTimeout(() => {
          soon = undefined;
          setCount((before) => before + 1);
        }, AFTER_JOB_MS);
      }
    });
    return () => {
      clearTimeout(soon);
      stop();
    };
  }, [channel]);
  return count;
}

/**
 * Return whether an element has come near the window: only then its figures are asked for.
 *
 * @param {{current: HTMLElement | null}} ref
 */
function useSeen(ref) {
  const [isSeen, setSeen] = useState(false);
  useEffect(() => {
    const watch = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && setSeen(true),
      { rootMargin: "200px" },
    );
    if (ref.current) {
      watch.observe(ref.current);
    }
    return () => watch.disconnect();
  }, []);
  return isSeen;
}

/** @param {Hour[]} hours */
function sum(hours) {
  const total = { completed: 0, moderated: 0, failed: 0, cancelled: 0 };
  for (const hour of hours) {
    for (const name of OUTCOMES) {
      total[name] += hour[name];
    }
  }
  return total;
}

/** @param {Hour} hour */
function jobsOf(hour) {
  return OUTCOMES.reduce((found, name) => found + hour[name], 0);
}

/** @param {Hour} hour */
function inWordsOf(hour) {
  const ended = OUTCOMES.filter((name) => hour[name] > 0).map((name) => `${hour[name]} ${t.status[name]}`);
  const waited = hour.waitP50 === null ? [] : [t.accounts.waited(seconds(hour.waitP50), seconds(hour.waitP95))];
  return `${HOUR.format(Date.parse(hour.hour))}: ${[...ended, ...waited].join(", ") || t.accounts.nothing}`;
}

/** @param {number | null} wait */
function seconds(wait) {
  if (wait === null) {
    return "–";
  }
  return wait < 60 ? `${wait.toLocaleString(language, { maximumFractionDigits: wait < 10 ? 1 : 0 })} s` : duration(wait * 1000);
}
