import { watchFlow } from "lens/flow_watch.js";
import { fingerprint, version, withFirstBitrate } from "lens/sdp.js";
import { configuration, MEDIA, Sending, SOURCES, whenClosed } from "lens/sources.js";

/** @typedef {import("lens/sources.js").Source} Source */
/** @typedef {import("lens/sources.js").Network} Network */
/** @typedef {{ description?: RTCSessionDescriptionInit | null, candidate?: RTCIceCandidateInit | null }} Signal */

const DISCONNECTED_MS = 2_000;
const REPEAT_MS = 1_000; // doubled each time
const LONGEST_REPEAT_MS = 8_000;

/**
 * Both sides know what a line is for by its place among those of its kind.
 * @param {RTCRtpTransceiver} transceiver @param {RTCPeerConnection} pc
 */
function sourceOf(transceiver, pc) {
  const { kind } = transceiver.receiver.track;
  const alike = pc.getTransceivers().filter(({ receiver }) => receiver.track.kind === kind);
  return SOURCES.filter((source) => MEDIA[source] === kind)[alike.indexOf(transceiver)];
}

/** @param {RTCPeerConnection} pc */
const isClosed = (pc) => pc.signalingState === "closed";

/**
 * A connection with one other page, by perfect negotiation (W3C webrtc, 10.7). All sources go both ways from the first
 * offer on, each by its own m-line, so tracks come and go without another. The impolite side makes the first offer, the polite side waits for it;
 * later ones (ICE restarts) come from either.
 *
 * Any signal may get lost. An offer is repeated, with the candidates found so far, until it is answered; an answer names
 * the offer it is for, since an offer that came twice is answered twice.
 *
 * Events: "track" ({kind, source, track, stream}), of a screen whenever one begins to come; "trackend" ({source}), when a
 * screen comes no more; "state" (the RTCPeerConnectionState).
 */
export class Peer extends EventTarget {
  /** @type {RTCConfiguration} */
  #configuration = {};
  #polite;
  #sendSignal;
  #sending = new Sending();
  /** @type {RTCPeerConnection} */
  #pc = /** @type {any} */ (null);
  #makingOffer = false;
  /** @type {Promise<unknown>} */
  #signals = Promise.resolve();
  /** @type {RTCIceCandidateInit[]} */
  #early = [];
  /** @type {string | undefined} */
  #theirs;
  /** @type {string | undefined} */
  #retired;
  #wasConnected = false;
  #restart = 0;
  #repeat = 0;
  #endWatch = () => {};

  /** @param {Network & { polite: boolean, sendSignal: (signal: Signal) => void }} options */
  constructor({ polite, sendSignal, ...network }) {
    super();
    this.#polite = polite;
    this.#sendSignal = sendSignal;
    this.configure(network);
    this.#open(!polite);
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

  /** @param {Signal} signal @returns {Promise<void>} rejects a description that makes no sense */
  receive(signal) {
    const applied = this.#signals.then(() => this.#apply(signal));
    this.#signals = applied.catch(() => {});
    return applied;
  }

  /** Signals sent lately may be lost: says again what the other side must know. */
  resume() {
    const { signalingState, connectionState, localDescription } = this.#pc;
    if (signalingState === "have-local-offer") this.#describe({});
    else if (localDescription && connectionState !== "connected") this.#pc.restartIce();
  }

  /** Starts anew; the other side notices by the fingerprint of the offer and does the same. */
  rebuild() {
    if (this.#wasConnected) this.#retired = this.#theirs;
    this.#signals = Promise.resolve(); // an operation of the old connection may never end
    this.#open(true);
  }

  close() {
    clearTimeout(this.#restart);
    clearTimeout(this.#repeat);
    this.#endWatch();
    const pc = this.#pc;
    if (!pc) return;
    pc.onnegotiationneeded = pc.onicecandidate = pc.ontrack = pc.onconnectionstatechange = null;
    pc.close();
  }

  /** @returns {Promise<RTCStatsReport>} */
  stats() {
    return this.#pc.getStats();
  }

  /** @param {boolean} offering */
  #open(offering) {
    this.close();
    const pc = new RTCPeerConnection(this.#configuration);
    this.#pc = pc;
    this.#makingOffer = this.#wasConnected = false;
    this.#early = [];
    this.#sending.reset();
    this.#theirs = undefined;
    pc.onnegotiationneeded = () => this.#offer(pc);
    pc.onicecandidate = ({ candidate }) => candidate && this.#sendSignal({ candidate: candidate.toJSON() });
    pc.ontrack = ({ track, streams, transceiver }) => {
      const source = sourceOf(transceiver, pc);
      const stream = streams[0] ?? new MediaStream([track]);
      const found = { kind: track.kind, source, track, stream };
      if (source === "screen") this.#watchScreen(transceiver.receiver, found);
      else if (source) this.#emit("track", found);
    };
    pc.onconnectionstatechange = () => this.#watch(pc);
    if (offering) for (const source of SOURCES) this.#adopt(pc.addTransceiver(MEDIA[source]));
    this.#emit("state", "new");
  }

  /** @param {RTCPeerConnection} pc */
  #watch(pc) {
    const state = pc.connectionState;
    clearTimeout(this.#restart);
    if (state === "connected") {
      this.#wasConnected = true;
      whenClosed(pc, () => this.#emit("state", "closed"));
    }
    if (state === "failed") pc.restartIce();
    if (state === "disconnected") this.#restart = setTimeout(() => pc.restartIce(), DISCONNECTED_MS);
    this.#emit("state", state);
  }

  /** @param {RTCRtpReceiver} receiver @param {unknown} found */
  #watchScreen(receiver, found) {
    this.#endWatch();
    this.#endWatch = watchFlow(receiver, (flows) =>
      flows ? this.#emit("track", found) : this.#emit("trackend", { source: "screen" }),
    );
  }

  /** @param {RTCPeerConnection} pc */
  async #offer(pc) {
    this.#makingOffer = true;
    try {
      await pc.setLocalDescription();
      if (!isClosed(pc)) this.#describe({});
    } catch (error) {
      if (!isClosed(pc)) throw error;
    } finally {
      if (!isClosed(pc)) this.#makingOffer = false;
    }
  }

  /** @param {{ answered?: string, repeatMs?: number }} options */
  #describe({ answered, repeatMs = REPEAT_MS }) {
    const pc = this.#pc;
    if (!pc.localDescription) return;
    const { type, sdp } = pc.localDescription;
    this.#sendSignal({ description: { type, sdp: answered ? `${sdp}a=x-answers:${answered}\r\n` : sdp } });
    clearTimeout(this.#repeat);
    this.#repeat = setTimeout(() => {
      if (pc.signalingState !== "have-local-offer") return;
      this.#describe({ repeatMs: Math.min(repeatMs * 2, LONGEST_REPEAT_MS) });
    }, repeatMs);
  }

  /** @param {Signal} signal */
  async #apply({ description, candidate }) {
    if (isClosed(this.#pc)) return;
    if (description) await this.#applyDescription(description);
    else if (!candidate) return;
    else if (this.#pc.remoteDescription) await this.#addCandidate(candidate);
    else this.#early.push(candidate);
  }

  /** @param {RTCSessionDescriptionInit} description */
  async #applyDescription(description) {
    const { type, sdp = "" } = description;
    const theirs = fingerprint(sdp);
    if (theirs === this.#retired) return; // written before it noticed that we had started anew
    if (type === "offer" ? !this.#acceptsOffer(theirs) : !this.#awaitsAnswer(sdp)) return;

    const pc = this.#pc;
    await pc.setRemoteDescription({ type, sdp: withFirstBitrate(sdp) }); // rolls an offer of our own back
    if (isClosed(pc)) return;
    this.#theirs = theirs;
    for (const candidate of this.#early.splice(0)) this.#addCandidate(candidate);
    if (type !== "offer") return;
    for (const transceiver of pc.getTransceivers()) this.#adopt(transceiver);
    await pc.setLocalDescription();
    if (!isClosed(pc)) this.#describe({ answered: version(sdp) });
  }

  /** Signals are applied one after the other, so no remote answer is pending here. @param {string} [theirs] */
  #acceptsOffer(theirs) {
    if (this.#theirs && this.#theirs !== theirs) {
      this.#retired = this.#theirs;
      this.#open(false);
      return true;
    }
    const collision = this.#makingOffer || this.#pc.signalingState !== "stable";
    const ignoreOffer = collision && !this.#polite;
    // A remote offer never takes over transceivers made by addTransceiver (RFC 8829, 5.10): they would double.
    if (collision && !ignoreOffer && !this.#theirs) this.#open(false);
    return !ignoreOffer;
  }

  /** @param {string} sdp */
  #awaitsAnswer(sdp) {
    const answered = /a=x-answers:(.+)/.exec(sdp)?.[1];
    const { signalingState, localDescription } = this.#pc;
    return (
      signalingState === "have-local-offer" && (!answered || answered === version(localDescription?.sdp))
    );
  }

  // One that fits no description held is of an offer that was ignored or is over; the next description repeats all.
  /** @param {RTCIceCandidateInit} candidate */
  #addCandidate(candidate) {
    return this.#pc.addIceCandidate(candidate).catch(() => {});
  }

  /** @param {RTCRtpTransceiver} transceiver */
  #adopt(transceiver) {
    const source = sourceOf(transceiver, this.#pc);
    if (source) this.#sending.adopt(source, transceiver, "sendrecv");
  }

  /** @param {string} name @param {unknown} detail */
  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
