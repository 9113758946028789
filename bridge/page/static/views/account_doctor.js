// @ts-check
/** What Discord and the bot offer to an account, compared with what the bridge needs. */

import { html, useEffect, useState } from "../vendor/preact.js";
import { copy } from "../parts/copy.js";
import { Button, Dialog } from "../parts/controls.js";
import { examine } from "../state/accounts.js";
import { inWords } from "../state/toasts.js";
import { t } from "../texts/index.js";

/** @typedef {import("../api/types.js").DoctorReport} DoctorReport */

/** @param {{channel: string, onClose: () => void}} props */
export function DoctorDialog({ channel, onClose }) {
  const [report, setReport] = useState(/** @type {DoctorReport | null} */ (null));
  const [failure, setFailure] = useState(/** @type {unknown} */ (null));
  useEffect(() => {
    const ending = new AbortController();
    examine(channel, ending.signal).then(setReport, (error) => ending.signal.aborted || setFailure(error));
    return () => ending.abort();
  }, [channel]);
  const rows = report && Object.keys(report.rows).length > 0 ? JSON.stringify({ bot: report.rows }, null, 2) : "";
  const actions = rows && html`<${Button} kind="primary" icon="copy" onClick=${() => copy(rows)}>${t.doctor.copyRows}<//>`;
  return html`<${Dialog} title=${t.doctor.title} onClose=${onClose} actions=${actions}>
    <p>${t.accounts.one(channel)}</p>
    <div role="status">
      ${!report && !failure && html`<p class="muted">${t.doctor.looking}</p>`}
      ${report && html`<p>${t.doctor.outcomes[report.outcome]}</p>`}
    </div>
    ${failure && html`<p class="remedy" role="alert">${inWords(failure).title}</p>`}
    ${report && html`<${Findings} findings=${report.findings} />`}
    ${rows && html`<p>${t.doctor.rows}</p><pre class="code" tabindex="0"><code>${rows}</code></pre>`}
  <//>`;
}

/** @param {{findings: DoctorReport["findings"]}} props */
function Findings({ findings }) {
  return html`<ul class="findings">
    ${findings.map(
      ({ about, level, found, remedy }) => html`<li class=${`finding finding-${level}`} key=${about + found}>
        <span class="finding-level">${t.doctor.levels[level]}</span>
        <span><b>${about}</b>: ${found}${remedy && html`<span class="muted finding-remedy">${remedy}</span>`}</span>
      </li>`,
    )}
  </ul>`;
}
