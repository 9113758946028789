// @ts-check
/** What is shown at an address that no view has. */

import { html } from "../vendor/preact.js";
import { Button } from "../parts/controls.js";
import { Empty } from "../parts/states.js";
import { t } from "../texts/index.js";

export default function Nowhere() {
  const action = html`<${Button} href="#/">${t.common.toBoard}<//>`;
  return html`<${Empty} icon="search" title=${t.common.notFound} action=${action}>${t.common.notFoundDetails}<//>`;
}
