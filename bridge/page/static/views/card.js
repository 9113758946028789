// @ts-check
/** A job on the board. Every card has the same height in a given width, so that only those in sight need to be drawn. */

import { html, useEffect, useState } from "../vendor/preact.js";
import { get } from "../api/client.js";
import { botWords, Elapsed, isOpen, percentage, StatusBadge, Time } from "../parts/facts.js";
import { Icon } from "../parts/icons.js";
import { PlayButton, useHoverPlay, VideoGrid } from "../parts/video.js";
import { link } from "../router.js";
import { jobOf, learn, promptOf } from "../state/jobs.js";
import { t, verbInWords } from "../texts/index.js";

/** @typedef {import("../api/types.js").JobRecord} JobRecord */

const WAITS_MS = 1_500; // most jobs are sent before

/**
 * `index` and `count` say where it is among all; `isCurrent` that the keyboard is on it.
 *
 * @param {{id: string, index: number, count: number, isCurrent: boolean, onFocus: (id: string) => void}} props
 */
export function Card({ id, index, count, isCurrent, onFocus }) {
  const [isPlaying, toggle, hover] = useHoverPlay();
  const job = jobOf(id)?.value;
  if (!job) {
    return null;
  }
  const prompt = promptOf(job) || t.board.noPrompt;
  const status = t.status[job.status] ?? job.status;
  return html`<article class="card card-${job.status}" ...${hover} aria-posinset=${index + 1}
    aria-setsize=${count} aria-label=${t.board.jobName(status, prompt)}>
    <div class="card-media"><${Media} job=${job} playing=${isPlaying} onToggle=${toggle} /></div>
    <div class="card-body">
      <p class="card-facts">
        <${StatusBadge} status=${job.status} late=${job.late} />
        <span class="card-time">${isOpen(job.status)
          ? html`<${Elapsed} since=${job.created} />`
          : html`<${Time} at=${job.updated} />`}</span>
      </p>
      <a class="card-link" data-current=${isCurrent} href=${link("/jobs", id)} tabindex=${isCurrent ? 0 : -1} onFocus=${() => onFocus(id)}>${prompt}</a>
      <p class="card-kind">${kindOf(job)}</p>
    </div>
  </article>`;
}

/**
 * The verb, and what was asked for.
 *
 * @param {JobRecord} job
 */
function kindOf(job) {
  const verb = job.button ? `${verbInWords(job.verb)} ${job.button}` : verbInWords(job.verb);
  return [verb, job.style, job.aspect_ratio, job.replyRef].filter(Boolean).join(" · ");
}

/**
 * What there is to see: videos, how far they are, or why there are none.
 *
 * @param {{job: JobRecord, playing: boolean, onToggle: () => void}} props
 */
function Media({ job, playing, onToggle }) {
  if (job.status === "completed") {
    return html`<${VideoGrid} job=${job} playing=${playing} onBroken=${() => void askAgain(job)} />
      <${PlayButton} playing=${playing} onToggle=${onToggle} />`;
  }
  return isOpen(job.status) ? html`<${Progress} job=${job} />` : html`<${Words} job=${job} />`;
}

/** @param {{job: JobRecord}} props */
function Progress({ job }) {
  const percent = percentage(job);
  if (job.status === "created") {
    return html`<${Waiting} job=${job} />`;
  }
  return html`<div class="card-state card-progress">
    <p class="card-percent">${percent === null ? t.board.started : `${percent} %`}</p>
    <div class="meter ${percent === null ? "meter-unknown" : ""}" role="progressbar" aria-label=${t.status.progress}
      aria-valuemin="0" aria-valuemax="100" aria-valuenow=${percent ?? undefined}>
      <span style=${{ width: `${percent ?? 100}%` }}></span>
    </div>
    <p class="card-words">${botWords(job)}</p>
  </div>`;
}

/**
 * Why a job was not sent yet. Neither the history nor the stream says so, only the record that is asked for.
 *
 * @param {{job: JobRecord}} props
 */
function Waiting({ job }) {
  const [isRead, setRead] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => void readAgain(job.jobid).then(() => setRead(true)), WAITS_MS);
    return () => clearTimeout(timer);
  }, [job.jobid]);
  return html`<div class="card-state"><${Icon} name="clock" size=${24} /><p>${waitOf(job, isRead)}</p></div>`;
}

/**
 * @param {JobRecord} job
 * @param {boolean} isRead whether its own record was read: without a reason in it, the job was sent
 */
function waitOf(job, isRead) {
  const reason = /** @type {keyof typeof t.waits} */ (job.waitingFor?.reason);
  if (job.position !== undefined) {
    return t.waitsAt(job.position);
  }
  return (reason && t.waits[reason]) ?? (isRead ? t.board.waitingForBot : t.board.notSent);
}

/** @param {{job: JobRecord}} props */
function Words({ job }) {
  const icon = job.status === "moderated" ? "shield" : job.status === "cancelled" ? "stop" : "alert";
  return html`<div class="card-state">
    <${Icon} name=${icon} size=${24} />
    <p class="card-words">${botWords(job) || t.board.noWords}</p>
  </div>`;
}

/** @type {Set<string>} */
const asked = new Set();

/**
 * Read a record again whose video cannot be loaded: its links are renewed. Once for each state of the record.
 *
 * @param {JobRecord} job
 */
async function askAgain(job) {
  const state = `${job.jobid} ${job.attachments?.[0]?.url}`;
  if (asked.has(state)) {
    return;
  }
  asked.add(state);
  await readAgain(job.jobid);
}

/** @param {string} id */
async function readAgain(id) {
  await get("v1/pixverse/jobs/", { jobid: id }).then(learn, () => undefined);
}
