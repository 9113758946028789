// @ts-check
/** The filters of the board; the address keeps them. */

import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { Button, Field } from "../parts/controls.js";
import { changeQuery } from "../router.js";
import { counts } from "../state/counts.js";
import { GROUPS } from "../state/filters.js";
import { health } from "../state/health.js";
import { knownVerbs, verbs } from "../state/verbs.js";
import { language, t, verbInWords } from "../texts/index.js";

/** @typedef {import("../state/filters.js").Filters} Filters */

const TYPING_MS = 250;

/** @param {{filters: Filters}} props */
export function FilterBar({ filters }) {
  const [isOpen, setOpen] = useState(Boolean(filters.verb || filters.channel || filters.replyRef));
  const isFiltered = Object.keys(filters).length > 0;
  const clear = () => changeQuery({ status: "", verb: "", channel: "", replyRef: "", prompt: "" });
  return html`<search class="filter-bar" aria-label=${t.board.filters}>
    <${Groups} chosen=${filters.status ?? ""} />
    <div class="filter-words">
      <${Typed} name="prompt" value=${filters.prompt ?? ""} label=${t.board.search} icon="search" type="search"
        placeholder=${t.board.searchHint} hideLabel=${true} class="filter-prompt" />
      <${Button} icon="filter" aria-expanded=${isOpen} onClick=${() => setOpen(!isOpen)}>${t.board.filters}<//>
      ${isFiltered && html`<${Button} kind="quiet" onClick=${clear}>${t.board.clear}<//>`}
    </div>
    ${isOpen && html`<${More} filters=${filters} />`}
  </search>`;
}

/** The statuses with their counts, one of which is chosen. @param {{chosen: string}} props */
function Groups({ chosen }) {
  const names = /** @type {("" | keyof typeof GROUPS)[]} */ (["", ...Object.keys(GROUPS)]);
  return html`<div class="groups" role="group" aria-label=${t.board.filters}>
    ${names.map((name) => {
      const count = name === "" ? null : counts.value?.[name];
      return html`<button type="button" key=${name} class="group group-${name}" aria-pressed=${name === chosen}
        onClick=${() => changeQuery({ status: name })}>
        ${t.board.groups[name]}${count ? html`<span class="group-count" title=${isOpenGroup(name) ? t.board.counted(count) : t.board.countedOfDay(count)}>${count.toLocaleString(language)}</span>` : null}
      </button>`;
    })}
  </div>`;
}

/** @param {string} group */
function isOpenGroup(group) {
  return group === "waiting" || group === "running";
}

/** @param {{filters: Filters}} props */
function More({ filters }) {
  useEffect(() => void knownVerbs().catch(() => undefined), []);
  const named = new Set([...Object.keys(t.verbs), ...verbs.value.map(({ verb }) => verb), filters.verb ?? ""]);
  const kinds = [...named].filter(Boolean).map((value) => ({ value, label: verbInWords(value) }));
  const listed = new Set((health.value?.accounts ?? []).map((account) => account.channel));
  const channels = [...listed.add(filters.channel ?? "")].filter(Boolean).map((value) => ({ value, label: value }));
  return html`<div class="filter-more">
    <${Field} label=${t.board.verb} value=${filters.verb ?? ""} onValue=${(/** @type {string} */ verb) => changeQuery({ verb })}
      options=${[{ value: "", label: t.board.anyVerb }, ...kinds]} />
    <${Field} label=${t.board.channel} value=${filters.channel ?? ""}
      onValue=${(/** @type {string} */ channel) => changeQuery({ channel })}
      options=${[{ value: "", label: t.board.anyChannel }, ...channels]} />
    <${Typed} name="replyRef" value=${filters.replyRef ?? ""} label=${t.board.replyRef} />
  </div>`;
}

/**
 * A filter that one types: it takes effect when one pauses.
 *
 * @param {{name: string, value: string, label: string, [attribute: string]: any}} props
 */
function Typed({ name, value, label, ...more }) {
  const [text, setText] = useState(value);
  const sent = useRef(value);
  useEffect(() => {
    if (value !== sent.current) {
      sent.current = value;
      setText(value);
    }
  }, [value]);
  useEffect(() => {
    if (text === sent.current) {
      return undefined;
    }
    const timer = setTimeout(() => {
      sent.current = text;
      changeQuery({ [name]: text.trim() });
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return html`<${Field} label=${label} value=${text} onValue=${setText} name=${name} ...${more} />`;
}
