// @ts-check
/** A form for every verb that makes a video, out of the description of the API and the list of the verbs. */

import { html, useEffect, useState } from "../vendor/preact.js";
import { get, Unreachable } from "../api/client.js";
import { described, formOf, VERBS } from "../api/rules.js";
import { Head } from "../parts/head.js";
import { Failure, Loading } from "../parts/states.js";
import { link } from "../router.js";
import { draft, fill } from "../state/draft.js";
import { connection } from "../state/live.js";
import { knownVerbs, rowOf, verbs } from "../state/verbs.js";
import { t, verbInWords } from "../texts/index.js";
import { SubmitForm } from "./submit_form.js";

/** @typedef {import("../api/rules.js").Description} Description */

/** @param {{params: string[], query: Record<string, string>}} props */
export default function Submit({ params: [verb = ""], query }) {
  const kinds = kindsOf();
  const chosen = kinds.find((kind) => kind.verb === verb)?.verb ?? VERBS[0];
  const [state, setState] = useState({ description: /** @type {Description | null} */ (null), error: /** @type {unknown} */ (null) });
  const [attempt, setAttempt] = useState(0);
  const isBack = connection.value === "online" && state.error instanceof Unreachable;
  useEffect(() => {
    let isWanted = true;
    setState({ description: null, error: null });
    Promise.all([described(), knownVerbs().then(() => prefilled(query.from))]).then(
      ([description]) => isWanted && setState({ description, error: null }),
      (error) => isWanted && setState({ description: null, error }),
    );
    return () => {
      isWanted = false;
    };
  }, [query.from, attempt]);
  useEffect(() => {
    if (isBack) {
      setAttempt(attempt + 1);
    }
  }, [isBack]);
  return html`<${Head} title=${query.from ? t.submit.again : t.submit.title} />
    <div class="submit">
      <${Kinds} kinds=${kinds} chosen=${chosen} from=${query.from} />
      ${state.description
        ? html`<${SubmitForm} key=${chosen} form=${formOf(state.description, chosen, rowOf(`pixverse-${chosen}`))} isAgain=${Boolean(query.from)} />`
        : state.error !== null
          ? html`<${Failure} error=${state.error} onRetry=${() => setAttempt(attempt + 1)} />`
          : html`<${Loading} />`}
    </div>`;
}

/** Return the verbs that make a video, the built-in ones first. */
function kindsOf() {
  const own = verbs.value.filter(({ path }) => path !== "button" && !VERBS.some((name) => name === path));
  return [
    ...VERBS.map((verb) => ({ verb: /** @type {string} */ (verb), ...t.submit.verbs[verb] })),
    ...own.map(({ verb, path, about }) => ({ verb: path, name: verbInWords(verb), about: `${about}.` })),
  ];
}

/**
 * The verbs, as links: each form has an address.
 *
 * @param {{kinds: {verb: string, name: string, about: string}[], chosen: string, from: string | undefined}} props
 */
function Kinds({ kinds, chosen, from }) {
  const query = from ? `?from=${encodeURIComponent(from)}` : "";
  return html`<nav class="kinds" aria-label=${t.submit.kinds}>
    ${kinds.map(
      ({ verb, name, about }) =>
        html`<a key=${verb} class="kind" href=${link("/new", verb) + query} aria-current=${verb === chosen ? "page" : undefined}>
          <strong>${name}</strong><span>${about}</span>
        </a>`,
    )}
  </nav>`;
}

/**
 * Fill the draft with what a job was made of, unless it is filled with that already.
 *
 * @param {string | undefined} jobid
 */
async function prefilled(jobid) {
  if (jobid && draft.peek().from !== jobid) {
    const job = await get("v1/pixverse/jobs/", { jobid });
    fill(job, (rowOf(job.verb)?.fields ?? []).map(({ name }) => name));
  }
}
