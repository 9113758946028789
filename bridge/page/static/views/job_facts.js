// @ts-check
/** What a job was made of, as its record says. */

import { html, useEffect } from "../vendor/preact.js";
import { copy } from "../parts/copy.js";
import { Button } from "../parts/controls.js";
import { Time } from "../parts/facts.js";
import { inBytes, namesOf } from "../parts/picture.js";
import { knownVerbs, rowOf } from "../state/verbs.js";
import { inWords, t, verbInWords } from "../texts/index.js";

/** @typedef {import("../api/types.js").JobRecord} JobRecord */

const PLAIN = /** @type {const} */ ([
  "prompt", "negative_prompt", "style", "aspect_ratio", "character", "seed_value", "motion", "hd_quality",
  "value",
]);
const OF_ACCOUNT = /** @type {const} */ (["channel", "replyUrl", "replyRef", "messageId"]);

/** @param {{job: JobRecord}} props */
export function JobFacts({ job }) {
  const names = t.job.fact;
  useEffect(() => void knownVerbs().catch(() => undefined), []);
  const plain = (/** @type {keyof JobRecord & keyof typeof names} */ name) =>
    job[name] !== undefined && job[name] !== "" && html`<${Fact} key=${name} name=${names[name]}>${String(job[name])}<//>`;
  return html`<section class="panel" aria-labelledby="job-facts">
    <h2 id="job-facts">${t.job.facts}</h2>
    <dl class="job-facts">
      <${Fact} name=${names.kind}>${verbInWords(job.verb)}${job.button && ` ${job.button}`}<//>
      ${PLAIN.map(plain)}
      ${job.image && html`<${Fact} name=${names.image}>${namesOf([job.image.type])}, ${inBytes(job.image.size)}<//>`}
      ${ownOf(job).map(([name, value]) => html`<${Fact} key=${name} name=${inWords(name)}>${value}<//>`)}
      ${job.face && html`<${Fact} name=${names.face}>${namesOf([job.face.type])}, ${inBytes(job.face.size)}<//>`}
      ${OF_ACCOUNT.map(plain)}
      <${Fact} name=${names.created}><${Time} at=${job.created} /><//>
      <${Fact} name=${names.updated}><${Time} at=${job.updated} /><//>
      <${Fact} name=${names.jobid}>
        <code>${job.jobid}</code>
        <${Button} kind="quiet" icon="copy" label=${t.job.copyId} onClick=${() => copy(job.jobid)} />
      <//>
    </dl>
  </section>`;
}

/**
 * Return the fields that only the verb of a configuration has, in words.
 *
 * @param {JobRecord} job
 * @returns {[string, string][]}
 */
function ownOf(job) {
  const record = /** @type {Record<string, any>} */ (/** @type {unknown} */ (job));
  const known = [...PLAIN, "image", "face"];
  return (rowOf(job.verb)?.fields ?? [])
    .filter(({ name }) => record[name] !== undefined && !known.some((each) => each === name))
    .map(({ name }) => [name, inFact(record[name])]);
}

/** @param {any} value */
function inFact(value) {
  if (typeof value === "boolean") {
    return value ? t.submit.switch.true : t.submit.switch.false;
  }
  return typeof value === "object" ? `${namesOf([value.type])}, ${inBytes(value.size)}` : String(value);
}

/** @param {{name: string, children?: any}} props */
function Fact({ name, children }) {
  return html`<div><dt>${name}</dt><dd>${children}</dd></div>`;
}
