// @ts-check
/** A job: its videos, what one can do with it, what it came from, and all that happened to it. */

import { html, useCallback, useEffect, useRef, useState } from "../vendor/preact.js";
import { ApiError, get, Unreachable } from "../api/client.js";
import { Button, Dialog } from "../parts/controls.js";
import { copy, CopyAs } from "../parts/copy.js";
import { duration, Elapsed, isOpen, StatusBadge, Time } from "../parts/facts.js";
import { Head } from "../parts/head.js";
import { Empty, Failure, Loading } from "../parts/states.js";
import { link } from "../router.js";
import { jobOf, learn, promptOf } from "../state/jobs.js";
import { connection, onBegin } from "../state/live.js";
import { may } from "../state/session.js";
import { complain, say } from "../state/toasts.js";
import { t, verbInWords } from "../texts/index.js";
import { JobButtons } from "./job_buttons.js";
import { JobDeliveries } from "./job_deliveries.js";
import { JobFacts } from "./job_facts.js";
import { JobMedia } from "./job_media.js";
import { JobTimeline } from "./job_timeline.js";
import { JobTree } from "./job_tree.js";

/**
 * @typedef {import("../api/types.js").JobRecord} JobRecord
 * @typedef {import("../api/types.js").Timeline} Timeline
 */

const PATH = "v1/pixverse/jobs/";
const WAITING_MS = 5_000; // why a job waits changes without an event
const SETTLED_MS = 300;

/** @param {{params: string[], query: Record<string, string>}} props */
export default function Job({ params: [id = ""], query }) {
  const { error, timeline, refresh } = useJob(id);
  const job = jobOf(id)?.value;
  const gone = error instanceof ApiError && (error.status === 404 || error.status === 410);
  if (!job || gone) {
    return error === null ? html`<${Loading} />` : html`<${NoJob} error=${error} onRetry=${refresh} />`;
  }
  const actions = html`<${Actions} job=${job} />`;
  return html`<${Head} title=${promptOf(job) || titleOf(job)} actions=${actions}>
      <p class="job-line">
        <${StatusBadge} status=${job.status} late=${job.late} />
        <span>${titleOf(job)}</span>
        <${Age} job=${job} />
      </p>
    <//>
    <div class="job">
      <div class="job-main">
        <${JobMedia} job=${job} onBroken=${refresh} />
        ${may("jobs:write") && html`<${JobButtons} job=${job} pressed=${query.press} from=${query.from} />`}
        <${JobTree} job=${job} timeline=${timeline} />
        <${JobTimeline} timeline=${timeline} />
      </div>
      <aside class="job-side" aria-label=${t.job.facts}>
        <${JobFacts} job=${job} />
        <${JobDeliveries} job=${job} callbacks=${timeline?.callbacks ?? []} onSent=${refresh} />
        <${Json} job=${job} />
      </aside>
    </div>`;
}

/** @param {JobRecord} job */
function titleOf(job) {
  return job.button ? `${verbInWords(job.verb)} ${job.button}` : verbInWords(job.verb);
}

/** How long it has been running, or when it ended and how long it took. @param {{job: JobRecord}} props */
function Age({ job }) {
  if (isOpen(job.status)) {
    return html`<span>${t.job.since} <${Elapsed} since=${job.created} /></span>`;
  }
  const took = duration(Date.parse(job.updated) - Date.parse(job.created));
  return html`<${Time} at=${job.created} />${job.status === "completed" && html`<span>${t.job.made(took)}</span>`}`;
}

/** There is no such job, there is one no longer, or nobody answered. @param {{error: unknown, onRetry: () => void}} props */
function NoJob({ error, onRetry }) {
  const status = error instanceof ApiError ? error.status : 0;
  if (status !== 404 && status !== 410) {
    return html`<${Failure} error=${error} onRetry=${onRetry} />`;
  }
  const isExpired = status === 410 || /expired/i.test(/** @type {ApiError} */ (error).message);
  const title = isExpired ? t.job.expired : t.job.gone;
  const action = html`<${Button} href=${link("/")}>${t.common.toBoard}<//>`;
  return html`<${Head} title=${t.job.title} />
    <${Empty} icon=${isExpired ? "clock" : "search"} title=${title} action=${action}>
      ${isExpired ? t.job.expiredDetails : t.job.goneDetails}
    <//>`;
}

/** @param {{job: JobRecord}} props */
function Actions({ job }) {
  const query = { jobid: job.jobid };
  return html`<${CopyAs} request=${{ method: "GET", path: PATH, query }} />
    ${may("jobs:write") && html`<${Button} icon="again" href=${againOf(job)}>${t.job.again}<//>`}
    ${may("jobs:write") && isOpen(job.status) && html`<${Cancel} job=${job} />`}`;
}

/**
 * Return where one makes it once more: the form, or the button of the job that it came from.
 *
 * @param {JobRecord} job
 */
function againOf(job) {
  const from = encodeURIComponent(job.jobid);
  if (job.verb === "pixverse-button") {
    return `${link("/jobs", job.parentJobId ?? "")}?press=${encodeURIComponent(job.button ?? "")}&from=${from}`;
  }
  return `${link("/new", job.verb.replace("pixverse-", ""))}?from=${from}`;
}

/** @param {{job: JobRecord}} props */
function Cancel({ job }) {
  const [isAsking, setAsking] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const request = { method: "GET", path: "v1/pixverse/jobs/cancel/", query: { jobid: job.jobid } };
  const cancel = async () => {
    setBusy(true);
    try {
      const { status } = await get(request.path, request.query);
      say(status === "cancelled" ? t.job.cancelled : t.job.endedBefore(t.status[/** @type {JobRecord["status"]} */ (status)]));
      learn(await get(PATH, request.query));
      setAsking(false);
    } catch (error) {
      complain(error);
    } finally {
      setBusy(false);
    }
  };
  const actions = html`<${CopyAs} request=${request} />
    <${Button} onClick=${() => setAsking(false)}>${t.job.keep}<//>
    <${Button} kind="danger" icon="stop" busy=${isBusy} onClick=${cancel}>${t.job.cancel}<//>`;
  return html`<${Button} kind="danger" icon="stop" onClick=${() => setAsking(true)} aria-haspopup="dialog">${t.job.cancel}<//>
    ${isAsking &&
    html`<${Dialog} title=${t.job.cancelTitle} onClose=${() => setAsking(false)} actions=${actions}>
      <p>${t.job.cancelDetails}</p>
    <//>`}`;
}

/** @param {{job: JobRecord}} props */
function Json({ job }) {
  const text = JSON.stringify(job, null, 2);
  return html`<details class="panel job-json">
    <summary><h2>${t.job.json}</h2></summary>
    <${Button} icon="copy" onClick=${() => copy(text)}>${t.job.copyRecord}<//>
    <pre class="code" tabindex="0"><code>${text}</code></pre>
  </details>`;
}

/**
 * Read a job and what happened to it, and again when it changes.
 *
 * @param {string} id
 */
function useJob(id) {
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const [timeline, setTimeline] = useState(/** @type {Timeline | null} */ (null));
  const wanted = useRef(id);
  wanted.current = id;
  const refresh = useCallback(async () => {
    try {
      const [record, happened] = await Promise.all([get(PATH, { jobid: id }), get(`${PATH}timeline`, { jobid: id })]);
      if (wanted.current === id) {
        learn(record);
        setTimeline(happened);
        setError(null);
      }
    } catch (failure) {
      if (wanted.current === id) {
        setError(failure);
      }
    }
  }, [id]);
  const job = jobOf(id)?.value;
  const state = `${job?.status} ${job?.updated} ${job?.content}`;
  useEffect(() => {
    const timer = setTimeout(() => void refresh(), timeline === null ? 0 : SETTLED_MS);
    return () => clearTimeout(timer);
  }, [state, refresh]);
  useEffect(() => onBegin(() => void refresh()), [refresh]);
  const isBack = connection.value === "online" && error instanceof Unreachable;
  useEffect(() => {
    if (isBack) {
      void refresh();
    }
  }, [isBack, refresh]);
  useEffect(() => {
    const timer = job?.status === "created" ? setInterval(() => void refresh(), WAITING_MS) : undefined;
    return () => clearInterval(timer);
  }, [job?.status, refresh]);
  return { error, timeline, refresh };
}
