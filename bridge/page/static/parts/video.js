// @ts-check
/**
 * The bot's videos. Every box has its shape before anything loads, so nothing moves when a video comes.
 *
 * A video that cannot be loaded has most likely an old link: the record is asked for once more, because the bridge
 * renews links. A copy that cannot be loaded is taken from Discord instead. What is nowhere is said to be gone.
 */

import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { t } from "../texts/index.js";
import { Button } from "./controls.js";
import { Icon } from "./icons.js";

/**
 * @typedef {import("../api/types.js").Attachment} Attachment
 * @typedef {import("../api/types.js").JobRecord} JobRecord
 */

const REST_MS = 150; // while one scrolls by, no video is made: that costs a frame
const AT_ONCE = 4;
const FRAME_MS = 16;
const CALM = matchMedia("(prefers-reduced-motion: reduce)");

/**
 * Return the videos of a job.
 *
 * @param {JobRecord} job
 */
export function videosOf(job) {
  return (job.attachments ?? []).filter((file) => isVideo(file));
}

/**
 * Return where a file is: the bridge's own copy if there is one, else Discord's.
 *
 * @param {Attachment} file
 */
export function addressOf(file) {
  return addressesOf(file)[0] ?? "";
}

/**
 * Return all places of a file, the best first. The bot's words are not trusted to be an address of HTTP.
 *
 * @param {Attachment} file
 */
function addressesOf(file) {
  const given = file.mirror_url ? [file.mirror_url, file.url] : [file.url];
  return given.filter(
    (address) => URL.canParse(address, document.baseURI) && /^https?:$/.test(new URL(address, document.baseURI).protocol),
  );
}

/** @param {Attachment} file */
function isVideo(file) {
  return file.content_type ? file.content_type.startsWith("video/") : /\.(mp4|webm|mov)$/i.test(file.filename);
}

/**
 * Return width over height as CSS takes it.
 *
 * @param {JobRecord} job
 */
export function shapeOf(job) {
  const first = videosOf(job)[0];
  if (job.aspect_ratio && /^\d+:\d+$/.test(job.aspect_ratio)) {
    return job.aspect_ratio.replace(":", " / ");
  }
  return first?.width && first.height ? `${first.width} / ${first.height}` : "16 / 9";
}

/**
 * One video, still until it is hovered or `playing` is true. With `controls` it has the browser's own.
 *
 * @param {{file: Attachment, name: string, playing?: boolean, hover?: boolean, controls?: boolean,
 *   onBroken?: () => void}} props
 */
export function Video({ file, name, playing = false, hover = false, controls = false, onBroken }) {
  const ref = useRef(/** @type {HTMLVideoElement | null} */ (null));
  const [isHovered, setHovered] = useState(false);
  const [broken, setBroken] = useState(/** @type {readonly string[]} */ ([]));
  const address = addressesOf(file).find((one) => !broken.includes(one)) ?? "";
  const isNear = useRest();
  const isPlaying = playing || isHovered;
  useEffect(() => play(ref.current, isPlaying, controls), [isPlaying, isNear, address]);
  if (address === "") {
    return html`<div class="video video-broken"><${Icon} name="film" /><span>${t.video.broken}</span></div>`;
  }
  if (!isNear) {
    return html`<div class="video"></div>`;
  }
  const fail = () => {
    setBroken([...broken, address]);
    onBroken?.();
  };
  return html`<video class="video" ref=${ref} src=${`${address}#t=0.01`} aria-label=${name}
    preload="metadata" muted=${true} loop playsinline controls=${controls} disableRemotePlayback
    onError=${fail} onPointerEnter=${hover ? () => setHovered(!CALM.matches) : undefined}
    onPointerLeave=${hover ? () => setHovered(false) : undefined}></video>`;
}

/**
 * @param {HTMLVideoElement | null} video
 * @param {boolean} isPlaying
 * @param {boolean} hasControls
 */
function play(video, isPlaying, hasControls) {
  if (isPlaying) {
    video?.play().catch(() => undefined); // a browser may forbid it, and a scrolled-away video is gone
  } else if (video && !video.paused && !hasControls) {
    video.pause();
  }
}

/**
 * All videos of a job in one box: four in a grid, one alone. They play together while `playing` is true; with `each`
 * they play one by one under the pointer instead.
 *
 * @param {{job: JobRecord, playing?: boolean, each?: boolean, onBroken?: () => void}} props
 */
export function VideoGrid({ job, playing = false, each = false, onBroken }) {
  const files = videosOf(job);
  if (files.length === 0) {
    return html`<div class="video-grid video-none"><${Icon} name="film" size=${28} /><span>${t.video.none}</span></div>`;
  }
  return html`<div class="video-grid video-grid-${files.length > 1 ? "many" : "one"}">
    ${files.map(
      (file, index) =>
        html`<${Video} key=${file.id} file=${file} playing=${playing} hover=${each} onBroken=${onBroken}
          name=${t.video.name(index + 1, files.length)} />`,
    )}
  </div>`;
}

/**
 * The button that plays and stops videos where there is no pointer to hover with.
 *
 * @param {{playing: boolean, onToggle: () => void}} props
 */
export function PlayButton({ playing, onToggle }) {
  const toggle = (/** @type {Event} */ event) => {
    event.stopPropagation();
    onToggle();
  };
  return html`<${Button} class="play-button" kind="quiet" icon=${playing ? "pause" : "play"}
    label=${playing ? t.video.pause : t.video.play} onClick=${toggle} />`;
}

/**
 * What makes the videos that are not made yet.
 *
 * @type {Set<() => void>}
 */
const expected = new Set();
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

window.addEventListener("scroll", () => expected.size > 0 && makeAfter(REST_MS), { passive: true });

/** @param {number} ms */
function makeAfter(ms) {
  clearTimeout(timer);
  timer = setTimeout(makeSome, ms);
}

/** Make a few videos, and the next ones in the next frame: all at once would be felt. */
function makeSome() {
  timer = undefined;
  for (const make of [...expected].slice(0, AT_ONCE)) {
    expected.delete(make);
    make();
  }
  if (expected.size > 0) {
    makeAfter(FRAME_MS);
  }
}

/** Return false at first, and true once the page rests and it is this video's turn. */
function useRest() {
  const [isNear, setNear] = useState(false);
  useEffect(() => {
    const make = () => setNear(true);
    expected.add(make);
    if (timer === undefined) {
      makeAfter(REST_MS);
    }
    return () => {
      expected.delete(make);
    };
  }, []);
  return isNear;
}

/**
 * Return whether videos should play because somebody points at them, and what to put on the element that is pointed at.
 *
 * @returns {[boolean, () => void, Record<string, (event: PointerEvent) => void>]}
 */
export function useHoverPlay() {
  const [isPlaying, setPlaying] = useState(false);
  const isMouse = (/** @type {PointerEvent} */ event) => event.pointerType !== "touch";
  return [
    isPlaying,
    () => setPlaying(!isPlaying),
    {
      onPointerEnter: (event) => isMouse(event) && !CALM.matches && setPlaying(true),
      onPointerLeave: (event) => isMouse(event) && setPlaying(false),
    },
  ];
}
