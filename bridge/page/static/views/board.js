// @ts-check
/** The live board: what is in progress, then what has finished, newest first. */

import { html, useEffect, useLayoutEffect, useMemo, useRef, useState } from "../vendor/preact.js";
import { Button } from "../parts/controls.js";
import { Head } from "../parts/head.js";
import { Icon } from "../parts/icons.js";
import { Empty, Failure } from "../parts/states.js";
import { VirtualList } from "../parts/virtual.js";
import { changeQuery, link } from "../router.js";
import { filtersOf } from "../state/filters.js";
import {
  arranged, failure, isComplete, isFull, isReading, loading, loadMore, retry, settle, show, waiting,
} from "../state/jobs.js";
import { may } from "../state/session.js";
import { t } from "../texts/index.js";
import { Card } from "./card.js";
import { FilterBar } from "./filter_bar.js";

/** @typedef {import("../parts/virtual.js").Row} Row */

const GAP = 16;
const LEAST_WIDTH = 260;
const HEADING = 48;
const BODY_REM = 8.25; // as --card-body in board.css
const FOOT = 96;
const AT_TOP = 120;

/** The card that has the keyboard; it keeps it while one is in another view. */
let remembered = "";

/** Whether the focus follows the keys: what it leaves and enters on its way is not what somebody chose. */
let isMoving = false;

/** @param {{query: Record<string, string>}} props */
export default function Board({ query }) {
  const filters = filtersOf(query);
  const text = JSON.stringify(filters);
  useEffect(() => {
    show(filters);
  }, [text]);
  const actions = may("jobs:write") && html`<${Button} kind="primary" icon="plus" href=${link("/new")}>${t.shell.submit}<//>`;
  return html`<${Head} title=${t.board.title} actions=${actions} keepFocus=${remembered !== ""} />
    <${FilterBar} filters=${filters} />
    <${Content} isFiltered=${text !== "{}"} />`;
}

/** @param {{isFiltered: boolean}} props */
function Content({ isFiltered }) {
  const { open, ended } = arranged.value;
  const isEmpty = open.length + ended.length === 0;
  if (failure.value !== null && isEmpty) {
    return html`<${Failure} error=${failure.value} onRetry=${retry} />`;
  }
  if (loading.value === "first" && isEmpty) {
    return html`<${Skeleton} />`;
  }
  if (isEmpty && isComplete.value) {
    return isFiltered ? html`<${NoMatch} />` : html`<${NoJobs} />`;
  }
  return html`<${Jobs} open=${open} ended=${ended} />`;
}

function NoJobs() {
  const action = may("jobs:write") && html`<${Button} kind="primary" href=${link("/new")}>${t.board.first}<//>`;
  return html`<${Empty} title=${t.board.empty} action=${action}>${t.board.emptyDetails}<//>`;
}

function NoMatch() {
  const clear = () => changeQuery({ status: "", verb: "", channel: "", replyRef: "", prompt: "" });
  const action = html`<${Button} onClick=${clear}>${t.board.clear}<//>`;
  return html`<${Empty} icon="search" title=${t.board.noMatch} action=${action}>${t.board.noMatchDetails}<//>`;
}

/** What is there before the jobs are: boxes of their size. */
function Skeleton() {
  const grid = useGrid();
  const boxes = Array.from({ length: grid.columns * 2 }, (_, index) => index);
  return html`<div role="status" aria-label=${t.common.loading}>
    <div class="cards skeleton" style=${{ ...columnsOf(grid.columns), paddingTop: `${HEADING}px` }}>
      ${boxes.map((box) => html`<div class="card" key=${box} style=${{ height: `${grid.height}px` }}></div>`)}
    </div>
  </div>`;
}

/** @param {{open: string[], ended: string[]}} props */
function Jobs({ open, ended }) {
  const grid = useGrid();
  const [current, setCurrent] = useState(remembered);
  const [hasFocus, setFocus] = useState(remembered !== "");
  const all = useMemo(() => [...open, ...ended], [open, ended]);
  const here = all.includes(current) ? current : (all[0] ?? "");
  const leave = () => isMoving || setFocus(false);
  const enter = (/** @type {string} */ id) => isMoving || take(id);
  const take = (/** @type {string} */ id) => {
    remembered = id;
    setCurrent(id);
    setFocus(true);
  };
  useEffect(() => {
    if (hasFocus) {
      focusCurrent();
    }
  }, [here, hasFocus]);
  useReading();
  useKeys(all, here, grid.columns, hasFocus, take);
  const rows = useMemo(() => {
    const card = (/** @type {string} */ id, /** @type {number} */ index) =>
      html`<${Card} key=${id} id=${id} index=${index} count=${all.length} isCurrent=${id === here} onFocus=${enter} />`;
    return [
      ...section("open", t.board.open, open, 0, grid, card),
      ...section("ended", t.board.ended, ended, open.length, grid, card),
      { key: "foot", height: FOOT, draw: () => html`<${Foot} />` },
    ];
  }, [open, ended, grid.columns, grid.height, here]);
  const row = rows.find(({ ids }) => ids?.includes(here));
  return html`<${NewPill} />
    <section class="jobs" aria-label=${t.board.counted(all.length)} onFocusOut=${leave}>
      <p class="only-read">${t.board.keys}</p>
      <${VirtualList} rows=${rows} pinned=${hasFocus ? (row?.key ?? null) : null} onNearEnd=${loadMore} />
    </section>`;
}

/**
 * A heading and rows of cards; nothing if there are none.
 *
 * @param {string} name
 * @param {string} title
 * @param {string[]} ids
 * @param {number} before how many cards are before it
 * @param {{columns: number, height: number}} grid
 * @param {(id: string, index: number) => any} card
 * @returns {(Row & {ids?: string[]})[]}
 */
function section(name, title, ids, before, { columns, height }, card) {
  if (ids.length === 0) {
    return [];
  }
  const heading = { key: name, height: HEADING, draw: () => html`<h2 class="jobs-heading">${title}</h2>` };
  const rows = Array.from({ length: Math.ceil(ids.length / columns) }, (_, index) => {
    const own = ids.slice(index * columns, (index + 1) * columns);
    return {
      key: `${name} ${own[0]}`,
      height: height + GAP,
      ids: own,
      draw: () =>
        html`<div class="cards" style=${columnsOf(columns)}>
          ${own.map((id, place) => card(id, before + index * columns + place))}
        </div>`,
    };
  });
  return [heading, ...rows];
}

/** @param {number} columns */
function columnsOf(columns) {
  return { gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` };
}

/** The end of the list: more is coming, could not come, or that was all. */
function Foot() {
  if (failure.value !== null) {
    return html`<div class="jobs-foot"><${Button} onClick=${retry}>${t.common.retry}<//></div>`;
  }
  const words = isFull.value ? t.board.full : isComplete.value ? t.board.end : t.board.more;
  return html`<p class="jobs-foot" role="status">${words}</p>`;
}

/** "3 new": what has come while one reads. */
function NewPill() {
  const count = isReading.value ? waiting.value.size : 0;
  const look = () => {
    settle();
    window.scrollTo({ top: 0 });
  };
  return html`<div class="pill-place" role="status">
    ${count > 0 &&
    html`<button type="button" class="pill" aria-label=${t.board.freshName(count)} onClick=${look}>
      <${Icon} name="up" size=${16} />${t.board.fresh(count)}
    </button>`}
  </div>`;
}

/**
 * Return how many cards fit side by side, and how high they are.
 *
 * @returns {{columns: number, height: number}}
 */
function useGrid() {
  const [grid, setGrid] = useState(measured);
  useLayoutEffect(() => {
    const measure = () => setGrid((before) => {
      const now = measured();
      return before.columns === now.columns && before.height === now.height ? before : now;
    });
    const watch = new ResizeObserver(measure);
    watch.observe(document.getElementById("main") ?? document.body);
    return () => watch.disconnect();
  }, []);
  return grid;
}

function measured() {
  const main = document.getElementById("main");
  const style = main && getComputedStyle(main);
  const inner = main && style ? main.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) : 320;
  const columns = Math.max(1, Math.floor((inner + GAP) / (LEAST_WIDTH + GAP)));
  const width = (inner - (columns - 1) * GAP) / columns;
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  return { columns, height: Math.ceil((width * 9) / 16 + BODY_REM * rem) };
}

/** Tell the state whether somebody reads: one has scrolled down, or points at a card. */
function useReading() {
  useEffect(() => {
    const look = () => {
      isReading.value = window.scrollY > AT_TOP || document.querySelector(".card:hover, .card:focus-within") !== null;
    };
    const events = ["scroll", "pointerover", "pointerout", "focusin", "focusout"];
    const stop = new AbortController();
    for (const name of events) {
      window.addEventListener(name, look, { passive: true, signal: stop.signal });
    }
    look();
    return () => {
      stop.abort();
      isReading.value = false;
    };
  }, []);
}

/**
 * j and k or the arrows move between jobs, / goes to the search; the link in the card makes Enter open it.
 *
 * @param {string[]} all
 * @param {string} here
 * @param {number} columns
 * @param {boolean} hasFocus
 * @param {(id: string) => void} take
 */
function useKeys(all, here, columns, hasFocus, take) {
  const now = useRef({ all, here, columns, hasFocus });
  now.current = { all, here, columns, hasFocus };
  useEffect(() => {
    const press = (/** @type {KeyboardEvent} */ event) => {
      const at = now.current;
      if (event.key === "/" && !isForOthers(event)) {
        event.preventDefault();
        /** @type {HTMLElement | null} */ (document.querySelector('.filter-bar [name="prompt"]'))?.focus();
        return;
      }
      const step = stepOf(event, at.columns, at.hasFocus);
      if (step === 0) {
        return;
      }
      event.preventDefault();
      const next = at.all.indexOf(at.here) + (at.hasFocus ? step : 0);
      const id = at.all[Math.max(0, Math.min(at.all.length - 1, next))];
      if (id !== undefined) {
        now.current = { ...at, here: id, hasFocus: true }; // the next key may come before the next drawing
        take(id);
      }
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, []);
}

/**
 * Return by how many cards a key moves; 0 for all other keys, and where one types.
 *
 * @param {KeyboardEvent} event
 * @param {number} columns
 * @param {boolean} hasFocus whether a card has the focus: arrows scroll the page otherwise
 */
function stepOf(event, columns, hasFocus) {
  if (isForOthers(event)) {
    return 0;
  }
  const arrows = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns };
  return { j: 1, k: -1, ...(hasFocus ? arrows : {}) }[event.key] ?? 0;
}

/**
 * Return whether a key is the browser's, or text that somebody types.
 *
 * @param {KeyboardEvent} event
 */
function isForOthers({ ctrlKey, metaKey, altKey, target }) {
  const isTyping = target instanceof Element && target.closest("input, select, textarea, dialog") !== null;
  return ctrlKey || metaKey || altKey || isTyping;
}

/** Put the focus on the current card, wherever it is, and scroll it into sight, clear of the bars. */
function focusCurrent() {
  const link = /** @type {HTMLElement | null} */ (document.querySelector('.card-link[data-current="true"]'));
  if (link !== null && link !== document.activeElement) {
    isMoving = true;
    link.focus({ preventScroll: true });
    isMoving = false;
    link.closest(".card")?.scrollIntoView({ block: "nearest" });
  }
}
