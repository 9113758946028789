// @ts-check
/** What came from what: the jobs that this one was made of, up to the first, and those made from it. */

import { html, useEffect, useState } from "../vendor/preact.js";
import { get } from "../api/client.js";
import { StatusBadge } from "../parts/facts.js";
import { link } from "../router.js";
import { jobOf, learn } from "../state/jobs.js";
import { t, verbInWords } from "../texts/index.js";

/**
 * @typedef {import("../api/types.js").JobRecord} JobRecord
 * @typedef {import("../api/types.js").TimelineChild} Child
 * @typedef {{jobid: string, name: string, status: JobRecord["status"] | null, isHere: boolean}} Node
 */

const MOST = 12; // generations

/** @param {{job: JobRecord, timeline: import("../api/types.js").Timeline | null}} props */
export function JobTree({ job, timeline }) {
  const ancestors = useAncestors(job);
  const children = timeline?.children ?? [];
  if (ancestors.length === 0 && children.length === 0) {
    return null;
  }
  /** @type {Node[]} */
  const above = ancestors.map((each) => ({ jobid: each.jobid, name: nameOf(each), status: each.status, isHere: false }));
  /** @type {Node} */
  const here = { jobid: job.jobid, name: nameOf(job), status: job.status, isHere: true };
  return html`<section class="panel" aria-labelledby="job-tree">
    <h2 id="job-tree">${t.job.tree}</h2>
    <${Branch} line=${[...above, here]} children_=${children} />
  </section>`;
}

/**
 * A job and what came of it, as lists in lists.
 *
 * @param {{line: Node[], children_: Child[]}} props
 */
function Branch({ line: [first, ...others], children_ }) {
  if (!first) {
    return null;
  }
  return html`<ul class="tree">
    <li>
      <${Leaf} node=${first} />
      ${others.length > 0
        ? html`<${Branch} line=${others} children_=${children_} />`
        : children_.length > 0 &&
          html`<ul class="tree">
            ${children_.map((child) => html`<li key=${child.jobid}><${Leaf} node=${nodeOf(child)} /></li>`)}
          </ul>`}
    </li>
  </ul>`;
}

/** @param {{node: Node}} props */
function Leaf({ node: { jobid, name, status, isHere } }) {
  return html`<span class="leaf">
    ${isHere
      ? html`<strong class="leaf-name" aria-current="page">${name} <span class="leaf-here">${t.job.thisJob}</span></strong>`
      : html`<a class="leaf-name" href=${link("/jobs", jobid)}>${name}</a>`}
    ${status && html`<${StatusBadge} status=${status} />`}
  </span>`;
}

/**
 * @param {Child} child
 * @returns {Node}
 */
function nodeOf(child) {
  const status = jobOf(child.jobid)?.value.status ?? child.status;
  const name = [child.button, child.prompt].filter(Boolean).join(" · ");
  return { jobid: child.jobid, name, status, isHere: false };
}

/** @param {JobRecord} job */
function nameOf(job) {
  return [job.button ?? verbInWords(job.verb), job.prompt].filter(Boolean).join(" · ");
}

/**
 * Return the jobs that a job was made of, the first one first. One that is no longer kept ends the line.
 *
 * @param {JobRecord} job
 * @returns {JobRecord[]}
 */
function useAncestors(job) {
  const [ancestors, setAncestors] = useState(/** @type {JobRecord[]} */ ([]));
  useEffect(() => {
    let isWanted = true;
    const climb = async () => {
      const found = [];
      for (let id = job.parentJobId; id && found.length < MOST; id = found[0]?.parentJobId) {
        const parent = jobOf(id)?.peek() ?? (await get("v1/pixverse/jobs/", { jobid: id }).catch(() => null));
        if (parent === null) {
          break;
        }
        learn(parent);
        found.unshift(parent);
      }
      if (isWanted) {
        setAncestors(found);
      }
    };
    void climb();
    return () => {
      isWanted = false;
    };
  }, [job.jobid, job.parentJobId]);
  return ancestors;
}
