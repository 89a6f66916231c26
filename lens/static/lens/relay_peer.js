import { fingerprint, version, withFirstBitrate } from "lens/sdp.js";
import { configuration, Sending, whenClosed } from "lens/sources.js";

/** @typedef {import("lens/sources.js").Source} Source */
/** @typedef {import("lens/sources.js").Network} Network */
/** @typedef {import("sessions/protocol.js").RelayLine} RelayLine */
/** @typedef {{ description?: RTCSessionDescriptionInit | null, lines?: RelayLine[] }} Received */
/** @typedef {{ description?: RTCSessionDescriptionInit, answers?: string, renew?: boolean }} Said */
/** @typedef {{ attendee: string, source: Source, track: MediaStreamTrack }} Shown */

const DISCONNECTED_MS = 2_000;
const REPEAT_MS = 1_000; // doubled each time
const LONGEST_REPEAT_MS = 8_000;

/**
 * A connection with the server's relay, over which everybody's pictures and sounds come and one's own go. The relay makes
 * every offer, and says which line is whose; an answer that gets lost is asked for again by the same offer. What cannot be
 * mended is asked for anew.
 *
 * Events: "track" ({attendee, kind, source, track, stream}); "trackend" ({attendee, source}); "state".
 */
export class RelayPeer extends EventTarget {
  /** @type {RTCConfiguration} */
  #configuration = {};
  #sendSignal;
  #sending = new Sending();
  /** @type {RTCPeerConnection | null} */
  #pc = null;
  /** @type {Promise<unknown>} */
  #signals = Promise.resolve();
  /** @type {string | undefined} */
  #theirs;
  /** @type {Map<string, Shown>} */
  #shown = new Map();
  #restart = 0;
  #asking = 0;
  #closed = false;

  /** @param {Network & { sendSignal: (signal: Said) => void }} options */
  constructor({ sendSignal, ...network }) {
    super();
    this.#sendSignal = sendSignal;
    this.configure(network);
    this.#askAgain(REPEAT_MS);
  }

  /** For the next time candidates are looked for. @param {Network} network */
  configure(network) {
    this.#configuration = configuration(network);
    this.#pc?.setConfiguration(this.#configuration);
  }

  /** How much of pictures is sent. @param {import("lens/sources.js").Limit} limit */
  limit(limit) {
    this.#sending.limit(limit);
  }

  /** @param {Source} source @param {MediaStreamTrack | null} track */
  setTrack(source, track) {
    this.#sending.set(source, track);
  }

  /** @param {Received} signal @returns {Promise<void>} rejects a description that makes no sense */
  receive({ description, lines = [] }) {
    if (description?.type !== "offer") return Promise.resolve();
    const sdp = description.sdp ?? "";
    const applied = this.#signals.then(() => this.#apply(sdp, lines));
    this.#signals = applied.catch(() => {});
    return applied;
  }

  /** The socket is back. What the relay said meanwhile it says again; that this connection is dead it cannot know. */
  resume() {
    if (this.#pc && this.#pc.connectionState !== "connected") this.rebuild();
  }

  /** Ask for another connection, until it is offered. */
  rebuild() {
    this.#sendSignal({ renew: true });
    this.#askAgain(REPEAT_MS * 2);
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#asking);
    this.#drop();
  }

  /** @returns {Promise<RTCStatsReport>} */
  async stats() {
    return this.#pc ? this.#pc.getStats() : /** @type {any} */ (new Map());
  }

  /** @param {number} waitMs */
  #askAgain(waitMs) {
    clearTimeout(this.#asking);
    this.#asking = setTimeout(() => {
      this.#sendSignal({ renew: true });
      this.#askAgain(Math.min(waitMs * 2, LONGEST_REPEAT_MS));
    }, waitMs);
  }

  #drop() {
    clearTimeout(this.#restart);
    const pc = this.#pc;
    if (!pc) return;
    pc.onconnectionstatechange = null;
    pc.close();
    this.#pc = null;
    this.#sending.reset();
  }

  #open() {
    this.#drop();
    const pc = new RTCPeerConnection(this.#configuration);
    this.#pc = pc;
    pc.onconnectionstatechange = () => this.#watch(pc);
    this.#emit("state", "new");
    return pc;
  }

  /** @param {RTCPeerConnection} pc */
  #watch(pc) {
    const state = pc.connectionState;
    clearTimeout(this.#restart);
    if (state === "connected") whenClosed(pc, () => this.#emit("state", "closed"));
    if (state === "failed") this.rebuild();
    if (state === "disconnected") this.#restart = setTimeout(() => this.rebuild(), DISCONNECTED_MS);
    this.#emit("state", state);
  }

  /** @param {string} sdp @param {RelayLine[]} lines */
  async #apply(sdp, lines) {
    if (this.#closed) return;
    const theirs = fingerprint(sdp);
    const pc = this.#pc && theirs === this.#theirs ? this.#pc : this.#open();
    this.#theirs = theirs;
    clearTimeout(this.#asking);
    await pc.setRemoteDescription({ type: "offer", sdp: withFirstBitrate(sdp) });
    if (pc !== this.#pc) return;
    const transceivers = new Map(pc.getTransceivers().map((transceiver) => [transceiver.mid, transceiver]));
    for (const { mid, attendee, source } of lines) {
      const transceiver = transceivers.get(mid);
      if (attendee === null && transceiver) this.#sending.adopt(source, transceiver, "sendonly");
    }
    await pc.setLocalDescription();
    if (pc !== this.#pc || !pc.localDescription) return;
    const { type, sdp: own } = pc.localDescription;
    this.#sendSignal({ description: { type, sdp: own }, answers: version(sdp) });
    this.#show(lines, transceivers);
  }

  /** @param {RelayLine[]} lines @param {Map<string | null, RTCRtpTransceiver>} transceivers */
  #show(lines, transceivers) {
    /** @type {Map<string, Shown>} */
    const shown = new Map();
    for (const { mid, attendee, source } of lines) {
      const track = transceivers.get(mid)?.receiver.track;
      if (attendee !== null && track) shown.set(`${attendee}/${source}`, { attendee, source, track });
    }
    const before = this.#shown;
    this.#shown = shown;
    for (const [key, { attendee, source }] of before)
      if (!shown.has(key)) this.#emit("trackend", { attendee, source });
    for (const [key, found] of shown) {
      if (before.get(key)?.track === found.track) continue;
      const { track } = found;
      this.#emit("track", { ...found, kind: track.kind, stream: new MediaStream([track]) });
    }
  }

  /** @param {string} name @param {unknown} detail */
  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
