/**
 * How good a connection is, in three levels, from what browsers count (W3C webrtc-stats).
 *
 * Limits: ITU-T G.1010, table I.1 (a video call bears 1 % of lost packets, speech 3 %), and G.114 (a delay of 150 ms one way
 * is not felt, one above 400 ms is not acceptable), both ways.
 *
 * @typedef {"good" | "fair" | "poor"} Level
 * @typedef {{ at: number, received: number, lost: number, bytes: number }} Counters
 *
 * @typedef {object} Measure what is known of one direction of one attendee's connection; null where it is not
 * @property {number | null} roundTripMs
 * @property {number | null} loss share of the packets, 0 to 1
 * @property {number | null} kbps
 * @property {number} width of the picture, 0 without one
 * @property {number} height
 * @property {number} fps
 * @property {string} codecs
 * @property {"direct" | "relay" | "turn"} path
 */

const GOOD = { loss: 0.01, roundTripMs: 300 };
const FAIR = { loss: 0.03, roundTripMs: 800 };
const WORSE_AFTER = 2; // samples in a row, so that one bad moment is not told
const BETTER_AFTER = 4;
const LEVELS = /** @type {Level[]} */ (["poor", "fair", "good"]);

/** @param {Pick<Measure, "loss" | "roundTripMs">} measure @returns {Level | null} null while nothing is known */
export function levelOf({ loss, roundTripMs }) {
  if (loss === null && roundTripMs === null) return null;
  const within = (/** @type {typeof GOOD} */ limit) =>
    (loss ?? 0) <= limit.loss && (roundTripMs ?? 0) <= limit.roundTripMs;
  return within(GOOD) ? "good" : within(FAIR) ? "fair" : "poor";
}

/** A level that does not flicker: what is worse must last, and what is better longer. */
export class SteadyLevel {
  /** @type {Level | null} */
  level = null;
  /** @type {Level | null} */
  #next = null;
  #times = 0;

  /** @param {Level | null} sample @returns {boolean} whether the level has changed */
  add(sample) {
    if (sample === this.level || sample === null) {
      this.#times = 0;
      return false;
    }
    this.#times = sample === this.#next ? this.#times + 1 : 1;
    this.#next = sample;
    const worse = this.level !== null && LEVELS.indexOf(sample) < LEVELS.indexOf(this.level);
    if (this.level !== null && this.#times < (worse ? WORSE_AFTER : BETTER_AFTER)) return false;
    this.level = sample;
    this.#times = 0;
    return true;
  }
}

/**
 * What came of some tracks since the counters before.
 * @param {RTCStatsReport} report
 * @param {Set<string>} tracks ids
 * @param {Counters | undefined} before
 * @param {boolean} relayed
 * @returns {{ measure: Measure, counters: Counters }}
 */
export function incoming(report, tracks, before, relayed) {
  const entries = [...report.values()];
  const streams = entries.filter((one) => one.type === "inbound-rtp" && tracks.has(one.trackIdentifier));
  const counters = {
    at: streams[0]?.timestamp ?? 0,
    received: sum(streams, "packetsReceived"),
    lost: sum(streams, "packetsLost"),
    bytes: sum(streams, "bytesReceived"),
  };
  const came = before ? counters.received - before.received : 0;
  const lost = before ? Math.max(0, counters.lost - before.lost) : 0;
  const loss = came + lost > 0 ? lost / (came + lost) : null;
  const measure = { loss, kbps: rate(counters, before), ...facts(report, streams, relayed) };
  return { measure, counters };
}

/**
 * What the others told of what this page sends.
 * @param {RTCStatsReport} report
 * @param {Counters | undefined} before
 * @param {boolean} relayed
 * @returns {{ measure: Measure, counters: Counters }}
 */
export function outgoing(report, before, relayed) {
  const entries = [...report.values()];
  const streams = entries.filter((one) => one.type === "outbound-rtp" && one.bytesSent > 0);
  const told = entries.filter((one) => one.type === "remote-inbound-rtp");
  const counters = { at: streams[0]?.timestamp ?? 0, received: 0, lost: 0, bytes: sum(streams, "bytesSent") };
  const losses = told.map(({ fractionLost }) => fractionLost).filter((one) => typeof one === "number");
  const loss = losses.length ? Math.max(...losses) : null;
  return { measure: { loss, kbps: rate(counters, before), ...facts(report, streams, relayed) }, counters };
}

/** @param {Counters} counters @param {Counters | undefined} before bits in a millisecond are kilobits in a second */
function rate(counters, before) {
  const elapsedMs = before ? counters.at - before.at : 0;
  return before && elapsedMs > 0 ? Math.round((8 * (counters.bytes - before.bytes)) / elapsedMs) : null;
}

/** @param {RTCStatsReport} report @param {any[]} streams @param {boolean} relayed */
function facts(report, streams, relayed) {
  /** @type {any[]} */
  const entries = [...report.values()];
  const used = entries.find(({ type }) => type === "transport")?.selectedCandidatePairId;
  const pair =
    report.get(used) ?? entries.find(({ type, nominated }) => type === "candidate-pair" && nominated);
  const seconds = pair?.currentRoundTripTime;
  const turn = report.get(pair?.localCandidateId)?.candidateType === "relay";
  const picture = streams.find(({ kind, frameWidth }) => kind === "video" && frameWidth);
  const codecs = streams.map(({ codecId }) => report.get(codecId)?.mimeType?.split("/")[1]).filter(Boolean);
  return {
    roundTripMs: typeof seconds === "number" ? Math.round(seconds * 1000) : null,
    width: picture?.frameWidth ?? 0,
    height: picture?.frameHeight ?? 0,
    fps: Math.round(picture?.framesPerSecond ?? 0),
    codecs: [...new Set(codecs)].join(", "),
    path: /** @type {Measure["path"]} */ (relayed ? "relay" : turn ? "turn" : "direct"),
  };
}

/** @param {any[]} entries @param {string} name */
function sum(entries, name) {
  return entries.reduce((total, entry) => total + (entry[name] ?? 0), 0);
}
