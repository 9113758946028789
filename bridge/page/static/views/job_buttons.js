// @ts-check
/**
 * The bot's buttons and menus under a finished video. Each opens a dialog: those that take a prompt have a box for it,
 * and menus their choices.
 */

import { html, useEffect, useState } from "../vendor/preact.js";
import { get } from "../api/client.js";
import { described, faultOf, formOf, promptButtons } from "../api/rules.js";
import { Button, Dialog, Field } from "../parts/controls.js";
import { CopyAs } from "../parts/copy.js";
import { Refused } from "../parts/refused.js";
import { RuleField } from "../parts/rule_field.js";
import { link, navigate } from "../router.js";
import { useSubmission } from "../state/submission.js";
import { complain } from "../state/toasts.js";
import { t } from "../texts/index.js";

/**
 * @typedef {import("../api/types.js").JobRecord} JobRecord
 * @typedef {import("../api/rules.js").Description} Description
 */

const PATH = "v1/pixverse/button";

/**
 * `pressed` is the button whose dialog is open from the start, `from` a job that was made by it before.
 *
 * @param {{job: JobRecord, pressed?: string, from?: string}} props
 */
export function JobButtons({ job, pressed = "", from }) {
  const [chosen, choose] = useState("");
  const buttons = job.status === "completed" ? namesOf(job) : [];
  useEffect(() => choose(buttons.includes(pressed) ? pressed : ""), [pressed, buttons.join(" ")]);
  if (buttons.length === 0) {
    return null;
  }
  return html`<section class="panel" aria-labelledby="job-buttons">
    <h2 id="job-buttons">${t.job.buttons}</h2>
    <div class="job-buttons">
      ${buttons.map(
        (button) =>
          html`<${Button} key=${button} onClick=${() => choose(button)} aria-haspopup="dialog">
            ${nameOf(button)} ${button in t.job.buttonNames && html`<span class="job-button-sign">${button}</span>`}
          <//>`,
      )}
    </div>
    ${chosen && html`<${Press} key=${chosen} job=${job} button=${chosen} from=${from} onClose=${() => choose("")} />`}
  </section>`;
}

/**
 * Return everything that can be pressed, each name once.
 *
 * @param {JobRecord} job
 */
function namesOf({ buttons = [], otherButtons = [], selects = [] }) {
  return [...new Set([...buttons, ...otherButtons, ...selects.map(({ name }) => name)])];
}

/** @param {string} button */
const nameOf = (button) => t.job.buttonNames[button] ?? button;

/** @param {string} button */
const fullName = (button) => t.job.press(nameOf(button), button);

/** @param {JobRecord} job @param {string} name */
const isButton = ({ buttons = [], otherButtons = [] }, name) => buttons.includes(name) || otherButtons.includes(name);

/** @param {{job: JobRecord, button: string, from?: string, onClose: () => void}} props */
function Press({ job, button, from, onClose }) {
  const [description, setDescription] = useState(/** @type {Description | null} */ (null));
  const [prompt, setPrompt] = useState(job.prompt ?? "");
  const menu = isButton(job, button) ? undefined : job.selects?.find(({ name }) => name === button);
  const [value, choose] = useState(menu?.options[0] ?? "");
  const submission = useSubmission((made) => navigate(link("/jobs", made.jobid)));
  useEffect(() => {
    described().then(setDescription, complain);
    if (from) {
      get("v1/pixverse/jobs/", { jobid: from }).then((before) => setPrompt(before.prompt ?? ""), () => undefined);
    }
  }, [from]);
  const rule = description && promptButtons(description).includes(button)
    ? formOf(description, "button").fields.find(({ name }) => name === "prompt")
    : undefined;
  const fault = rule ? faultOf(rule, prompt) : null;
  const body = { jobid: job.jobid, button, ...(menu ? { value } : {}), ...(rule && prompt.trim() ? { prompt } : {}) };
  const send = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (fault === null && description) {
      submission.send(PATH, body);
    }
  };
  return html`<${Dialog} title=${fullName(button)} onClose=${onClose}>
    <form class="press" onSubmit=${send} novalidate aria-busy=${submission.isBusy}>
      <p>${t.job.pressDetails}</p>
      ${rule &&
      html`<${RuleField} rule=${{ ...rule, isRequired: true }} value=${prompt} isTouched=${true} note=${t.job.pressHint}
        onValue=${setPrompt} onTouch=${() => undefined} />`}
      ${menu &&
      html`<${Field} label=${t.job.choose} value=${value} onValue=${choose}
        options=${menu.options.map((option) => ({ value: option, label: option }))} />`}
      <div role="status">
        ${submission.error !== null && html`<${Refused} error=${submission.error} retryAt=${submission.retryAt} />`}
      </div>
      <div class="dialog-actions">
        <${CopyAs} request=${{ method: "POST", path: PATH, body }} />
        <${Button} kind="primary" type="submit" busy=${submission.isBusy || !description}>${t.job.pressSend}<//>
      </div>
    </form>
  <//>`;
}
