// @ts-check
/**
 * A long list of rows of known heights in the page's own scroll, of which only those near the window are drawn.
 *
 *     html`<${VirtualList} rows=${rows} pinned=${key} onNearEnd=${loadMore} />`
 *
 * A row is `{key, height, draw}`. The row with the key `pinned` stays drawn wherever one scrolls: it has the focus.
 */

import { html, useEffect, useLayoutEffect, useMemo, useRef, useState } from "../vendor/preact.js";

/** @typedef {{key: string, height: number, draw: () => any}} Row */

const SPARE = 0.5; // of a window is drawn above and below

/**
 * @param {{rows: Row[], pinned?: string | null, onNearEnd?: () => void}} props
 */
export function VirtualList({ rows, pinned = null, onNearEnd }) {
  const ref = useRef(/** @type {HTMLElement | null} */ (null));
  const tops = useMemo(() => topsOf(rows), [rows]);
  const [from, to] = useVisible(ref, tops);
  useEffect(() => {
    if (to >= rows.length) {
      onNearEnd?.();
    }
  }, [to, rows.length, onNearEnd]);
  const isDrawn = (/** @type {Row} */ row, /** @type {number} */ index) =>
    (index >= from && index < to) || row.key === pinned;
  const drawn = rows.flatMap((row, index) => (isDrawn(row, index) ? { row, top: tops[index] } : []));
  return html`<div class="virtual" ref=${ref} style=${{ height: `${tops.at(-1)}px` }}>
    ${drawn.map(
      ({ row, top }) =>
        html`<div class="virtual-row" key=${row.key} style=${{ transform: `translateY(${top}px)`, height: `${row.height}px` }}>
          ${row.draw()}
        </div>`,
    )}
  </div>`;
}

/**
 * Return where each row begins, and where the last one ends.
 *
 * @param {Row[]} rows
 */
export function topsOf(rows) {
  let top = 0;
  return [top, ...rows.map((row) => (top += row.height))];
}

/**
 * Return the first row to draw and the one behind the last.
 *
 * @param {{current: HTMLElement | null}} ref
 * @param {number[]} tops
 * @returns {[number, number]}
 */
function useVisible(ref, tops) {
  const [range, setRange] = useState(/** @type {[number, number]} */ ([0, 0]));
  useLayoutEffect(() => {
    const look = () => {
      const start = ref.current ? -ref.current.getBoundingClientRect().top : 0;
      const [from, to] = around(tops, start, window.innerHeight);
      setRange((before) => (before[0] === from && before[1] === to ? before : [from, to]));
    };
    look();
    window.addEventListener("scroll", look, { passive: true });
    window.addEventListener("resize", look);
    return () => {
      window.removeEventListener("scroll", look);
      window.removeEventListener("resize", look);
    };
  }, [tops]);
  return range;
}

/**
 * @param {number[]} tops
 * @param {number} start where the window begins in the list
 * @param {number} height of the window
 * @returns {[number, number]}
 */
function around(tops, start, height) {
  const last = tops.length - 1;
  const from = Math.max(0, below(tops, start - height * SPARE) - 1);
  const to = Math.min(last, below(tops, start + height * (1 + SPARE)));
  return [Math.min(from, to), to];
}

/**
 * Return the index of the first number that is greater than a limit.
 *
 * @param {number[]} numbers in ascending order
 * @param {number} limit
 */
function below(numbers, limit) {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] ?? 0) > limit) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}
