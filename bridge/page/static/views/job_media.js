// @ts-check
/** What there is to see of a job: its videos, how far they are, or why there are none. */

import { html, useRef } from "../vendor/preact.js";
import { botWords, isOpen, percentage, Time } from "../parts/facts.js";
import { Icon } from "../parts/icons.js";
import { addressOf, shapeOf, Video, videosOf } from "../parts/video.js";
import { link } from "../router.js";
import { t } from "../texts/index.js";

/** @typedef {import("../api/types.js").JobRecord} JobRecord */

/** @param {{job: JobRecord, onBroken: () => void}} props */
export function JobMedia({ job, onBroken }) {
  const files = videosOf(job);
  if (files.length > 0 && job.status === "completed") {
    return html`<section aria-label=${t.job.videos}><${Videos} job=${job} onBroken=${onBroken} /></section>`;
  }
  const shape = { aspectRatio: shapeOf(job) };
  return html`<section class="job-stage job-stage-${job.status}" style=${shape} aria-label=${t.job.videos}>
    ${isOpen(job.status) ? html`<${Progress} job=${job} />` : html`<${Why} job=${job} />`}
  </section>`;
}

/**
 * All videos with controls, each with its shape before it loads.
 *
 * @param {{job: JobRecord, onBroken: () => void}} props
 */
function Videos({ job, onBroken }) {
  const files = videosOf(job);
  const asked = useRef("");
  const shape = { aspectRatio: shapeOf(job) };
  const broken = () => {
    const links = files.map(({ url }) => url).join(" ");
    if (asked.current !== links) {
      asked.current = links; // the bridge renews old links; once for each
      onBroken();
    }
  };
  return html`<ul class="job-videos ${files.length > 1 ? "job-videos-many" : ""}">
      ${files.map((file, index) => {
        const name = t.video.name(index + 1, files.length);
        return html`<li key=${file.id}>
          <div class="job-video" style=${shape}>
            <${Video} file=${file} name=${name} controls=${true} hover=${files.length > 1} onBroken=${broken} />
          </div>
          <p class="job-video-line"><span>${name}</span>
            <a href=${addressOf(file) || undefined} target="_blank" rel="noreferrer noopener">${t.job.open}<span class="only-read"> ${name}</span></a>
          </p>
        </li>`;
      })}
    </ul>
    ${job.late && html`<p class="field-hint">${t.job.lateNote}</p>`}`;
}

/** @param {{job: JobRecord}} props */
function Progress({ job }) {
  const percent = percentage(job);
  if (job.status === "created") {
    return html`<${Waiting} job=${job} />`;
  }
  return html`<p class="job-percent" role="status">${percent === null ? t.board.started : `${percent} %`}</p>
    <div class="meter ${percent === null ? "meter-unknown" : ""}" role="progressbar" aria-label=${t.status.progress}
      aria-valuemin="0" aria-valuemax="100" aria-valuenow=${percent ?? undefined}>
      <span style=${{ width: `${percent ?? 100}%` }}></span>
    </div>
    <p class="job-words">${botWords(job)}</p>`;
}

/** What an unsent job waits for. @param {{job: JobRecord}} props */
function Waiting({ job }) {
  const wait = job.waitingFor;
  const reason = /** @type {keyof typeof t.waits | undefined} */ (wait?.reason);
  return html`<${Icon} name="clock" size=${28} />
    <p class="job-percent" role="status">
      ${job.position === undefined ? ((reason && t.waits[reason]) ?? t.board.waitingForBot) : t.waitsAt(job.position)}
    </p>
    ${wait?.details && html`<p class="job-words">${wait.details}</p>`}
    ${wait?.until && html`<p><${Time} at=${wait.until} /></p>`}
    ${wait?.jobid && html`<p><a href=${link("/jobs", wait.jobid)}>${t.job.otherJob}</a></p>`}`;
}

/** Why there are no videos, in the bot's words. @param {{job: JobRecord}} props */
function Why({ job }) {
  const isModerated = job.status === "moderated";
  const icon = isModerated ? "shield" : job.status === "cancelled" ? "stop" : job.status === "failed" ? "alert" : "film";
  const titles = { moderated: t.job.moderated, failed: t.job.failed, cancelled: t.job.cancelledTitle };
  const title = titles[/** @type {keyof typeof titles} */ (job.status)] ?? t.video.none;
  const advice = isModerated ? t.job.moderatedDetails : job.status === "failed" ? t.job.failedDetails : "";
  return html`<${Icon} name=${icon} size=${28} />
    <h2>${title}</h2>
    <blockquote class="job-words">${botWords(job) || t.board.noWords}</blockquote>
    ${job.errorDetails && html`<p class="job-words">${job.errorDetails}</p>`}
    ${advice && html`<p>${advice}</p>`}`;
}
