// @ts-check
/** A job: its videos, or how far they are. */

import { html } from "../vendor/html.js";
import { useEffect, useState } from "../vendor/hooks.js";
import { get } from "../api/client.js";
import { StatusBadge } from "../parts/facts.js";
import { Head } from "../parts/head.js";
import { Failure, Loading } from "../parts/states.js";
import { VideoGrid } from "../parts/video.js";
import { jobOf, learn } from "../state/jobs.js";
import { t } from "../texts/index.js";

/** @param {{params: string[]}} props */
export default function Job({ params: [id = ""] }) {
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const [, setLearnt] = useState(false);
  useEffect(() => {
    get("v1/pixverse/jobs/", { jobid: id }).then((record) => {
      learn(record);
      setLearnt(true);
    }, setError);
  }, [id]);
  const job = jobOf(id)?.value;
  if (!job) {
    return error === null ? html`<${Loading} />` : html`<${Failure} error=${error} />`;
  }
  return html`<${Head} title=${job.prompt ?? t.board.noPrompt}><${StatusBadge} status=${job.status} late=${job.late} /><//>
    <${VideoGrid} job=${job} each=${true} />`;
}
