import { incoming, levelOf, outgoing, SteadyLevel } from "lens/quality.js";

/**
 * @typedef {import("lens/quality.js").Counters} Counters
 * @typedef {import("lens/quality.js").Measure} Measure
 * @typedef {{ measure: Measure, counters: Counters, steady: SteadyLevel }} Watched
 */

const LOOK_MS = 2_000;
export const OWN = "own"; // in place of an attendee's id: what this page sends

/**
 * Looks at the connections of a page every two seconds. How good the line of an attendee is, is what this page gets of it;
 * how good one's own is, is what the others tell.
 *
 * Events: "levels", when one has changed; "measures", after each look.
 */
export class QualityWatch extends EventTarget {
  #set;
  /** @type {Map<string, Watched>} by attendee, or OWN */
  #watched = new Map();
  #timer;

  /** @param {import("lens/peer_set.js").PeerSet} set */
  constructor(set) {
    super();
    this.#set = set;
    this.#timer = setInterval(() => this.look(), LOOK_MS);
  }

  close() {
    clearInterval(this.#timer);
  }

  /** @param {string} who @returns {import("lens/quality.js").Level | null} null while nothing is known */
  level(who) {
    return this.#watched.get(who)?.steady.level ?? null;
  }

  /** @param {string} who @returns {Measure | null} */
  measure(who) {
    return this.#watched.get(who)?.measure ?? null;
  }

  async look() {
    const reports = await this.#set.reports();
    const before = this.#watched;
    this.#watched = new Map();
    let changed = false;
    const note = (/** @type {string} */ who, /** @type {Pick<Watched, "measure" | "counters">} */ found) => {
      const steady = before.get(who)?.steady ?? new SteadyLevel();
      this.#watched.set(who, { ...found, steady });
      changed = steady.add(levelOf(found.measure)) || changed;
    };
    for (const { report, tracks, relayed } of reports) {
      for (const [attendee, ids] of tracks)
        note(attendee, incoming(report, ids, before.get(attendee)?.counters, relayed));
      if (!this.#watched.has(OWN)) note(OWN, outgoing(report, before.get(OWN)?.counters, relayed));
    }
    changed ||= [...before].some(([who, { steady }]) => steady.level && !this.#watched.has(who));
    if (changed) this.dispatchEvent(new CustomEvent("levels"));
    this.dispatchEvent(new CustomEvent("measures"));
  }
}
