import { OWN } from "lens/quality_watch.js";
import { WHOLE } from "lens/sources.js";

/** @typedef {import("lens/quality.js").Level} Level */
/** @typedef {import("lens/sources.js").Limit} Limit */

/** Each about half of what is before it; on the last one a voice has most of the line. @type {Limit[]} */
const STEPS = [
  WHOLE,
  { maxBitrate: 600_000, scale: 1.5 },
  { maxBitrate: 250_000, scale: 2 },
  { maxBitrate: 100_000, scale: 4 },
];
const DOWN_AFTER = 2; // looks at a poor line
const UP_AFTER = 8; // looks at a good one: going up too soon makes it poor again

/**
 * Sound goes first: while one's own line is poor, ever less of the picture is sent, and never less of the sound. Browsers
 * do likewise by themselves when packets are late; this is for lines that lose them.
 */
export class VideoLadder {
  #step = 0;
  #looks = 0;
  #before = "";
  #limit;

  /**
   * @param {object} parts
   * @param {import("lens/quality_watch.js").QualityWatch} parts.watch
   * @param {(limit: Limit) => void} parts.limit
   */
  constructor({ watch, limit }) {
    this.#limit = limit;
    watch.addEventListener("measures", () => this.look(watch.level(OWN)));
  }

  /** @param {Level | null} level of one's own line, at every look */
  look(level) {
    this.#looks = level === this.#before ? this.#looks + 1 : 1;
    this.#before = level ?? "";
    if (level === "poor" && this.#looks >= DOWN_AFTER) this.#go(this.#step + 1);
    else if (level === "good" && this.#looks >= UP_AFTER) this.#go(this.#step - 1);
  }

  /** @param {number} step */
  #go(step) {
    this.#looks = 0;
    if (!STEPS[step]) return;
    this.#step = step;
    this.#limit(STEPS[step]);
  }
}
