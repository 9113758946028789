// @ts-check
/** All that happened to a job, in order: its changes, what was sent to Discord, and the messages with their rule. */

import { html } from "../vendor/preact.js";
import { botWords, Moment, percentage } from "../parts/facts.js";
import { t } from "../texts/index.js";

/**
 * @typedef {import("../api/types.js").Timeline} Timeline
 * @typedef {import("../api/types.js").TimelineEvent} Event
 * @typedef {{key: string, at: string, title: string, words: string, look: string, more?: string, inside?: Event[]}} Step
 */

/** @param {{timeline: Timeline | null}} props */
export function JobTimeline({ timeline }) {
  const steps = timeline === null ? [] : stepsOf(timeline);
  return html`<section class="panel" aria-labelledby="job-timeline">
    <h2 id="job-timeline">${t.job.timeline}</h2>
    ${timeline !== null && steps.length === 0 && html`<p class="job-none">${t.job.timelineEmpty}</p>`}
    <ol class="steps" aria-busy=${timeline === null}>
      ${steps.map(
        ({ key, at, title, words, look, more, inside }) =>
          html`<li key=${key} class="step step-${look}">
            <p class="step-head"><strong>${title}</strong> <${Moment} at=${at} /></p>
            ${words && html`<p class="step-words">${words}</p>`}
            ${more && html`<p class="step-more">${more}</p>`}
            ${inside && html`<${Changes} events=${inside} />`}
          </li>`,
      )}
    </ol>
  </section>`;
}

/** Changes of progress, folded. @param {{events: Event[]}} props */
function Changes({ events }) {
  return html`<details class="step-changes">
    <summary>${t.job.changes(events.length)}</summary>
    <ol>
      ${events.map((event) => html`<li key=${event.id}><${Moment} at=${event.at} /> ${wordsOf(event)}</li>`)}
    </ol>
  </details>`;
}

/**
 * Return the steps in the order of time; changes of progress that follow one another are one.
 *
 * @param {Timeline} timeline
 * @returns {Step[]}
 */
function stepsOf({ events, interactions, messages }) {
  const steps = [
    ...interactions.map(stepOfInteraction),
    ...messages.map(stepOfMessage),
    ...events.map(stepOfEvent),
  ].sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
  return steps.reduce(folded, /** @type {Step[]} */ ([]));
}

/**
 * @param {Step[]} before
 * @param {Step} step
 */
function folded(before, step) {
  const last = before.at(-1);
  if (step.look !== "progress" || last?.look !== "progress") {
    return [...before, step];
  }
  const inside = [...(last.inside ?? []), ...(step.inside ?? [])];
  return [...before.slice(0, -1), { ...step, key: last.key, inside }];
}

/**
 * @param {Event} event
 * @returns {Step}
 */
function stepOfEvent(event) {
  const isProgress = event.status === "progress";
  return {
    key: `event ${event.id}`,
    at: event.at,
    title: t.job.event[event.status] + (event.late ? ` · ${t.common.late}` : ""),
    words: event.status === "created" ? "" : wordsOf(event),
    look: event.status,
    more: event.errorDetails,
    inside: isProgress ? [event] : undefined,
  };
}

/**
 * @param {Timeline["interactions"][number]} interaction
 * @param {number} index
 * @returns {Step}
 */
function stepOfInteraction({ kind, sent, answered, outcome, ran }, index) {
  const after = answered === null ? "" : ` ${t.job.answeredAfter(`${(Date.parse(answered) - Date.parse(sent)).toLocaleString()} ms`)}`;
  return {
    key: `interaction ${index}`,
    at: sent,
    title: t.job.sent[kind],
    words: (t.job.outcome[outcome] ?? outcome) + after,
    look: "sent",
    more: ran || outcome === "pending" ? undefined : t.job.notRun,
  };
}

/**
 * @param {Timeline["messages"][number]} message
 * @returns {Step}
 */
function stepOfMessage({ messageId, at, rule, files }) {
  return {
    key: `message ${messageId}`,
    at,
    title: files ? `${t.job.message} ${t.job.files}` : t.job.message,
    words: `${t.job.byRule} ${t.job.rules[rule] ?? rule} (${rule}).`,
    look: "message",
  };
}

/** @param {Event} event */
function wordsOf(event) {
  const percent = percentage(event);
  return botWords(event) + (percent === null ? "" : ` ${percent} %`);
}
