/** What a page can send, and how; what all connections have in common. */

/** @typedef {"microphone" | "camera" | "screen"} Source */
/** @typedef {Record<Source, MediaStreamTrack | null>} Tracks */
/** @typedef {{ iceServers: RTCIceServer[], relayOnly?: boolean }} Network */

/** In the order of the m-lines. @type {Source[]} */
export const SOURCES = ["microphone", "camera", "screen"];

/** @type {Record<Source, "audio" | "video">} */
export const MEDIA = { microphone: "audio", camera: "video", screen: "video" };

/** @typedef {{ maxBitrate: number, scale: number }} Limit bit/s, and by how much a camera's picture is made smaller */
/** @type {Limit} */
export const WHOLE = { maxBitrate: 1_500_000, scale: 1 };

/** @param {Network} network @returns {RTCConfiguration} */
export function configuration({ iceServers, relayOnly }) {
  const iceTransportPolicy = relayOnly ? "relay" : "all";
  return { iceServers, iceTransportPolicy, bundlePolicy: "max-bundle" };
}

/**
 * Wishes: the picture goes without them. Of a line that has not room for both, sound gets its share first.
 * @param {RTCRtpSender} sender @param {Source} source @param {Limit} limit
 */
function tune(sender, source, limit) {
  const parameters = sender.getParameters();
  if (MEDIA[source] === "audio") for (const encoding of parameters.encodings) encoding.priority = "high";
  else {
    parameters.degradationPreference = source === "screen" ? "maintain-resolution" : "balanced";
    for (const encoding of parameters.encodings) {
      encoding.maxBitrate = limit.maxBitrate;
      encoding.scaleResolutionDownBy = source === "screen" ? 1 : limit.scale;
    }
  }
  sender.setParameters(parameters).catch(() => {});
}

/** What goes over one connection; it stays while the RTCPeerConnection below is made anew. */
export class Sending {
  #stream = new MediaStream(); // what is in one stream is played in step
  /** @type {Tracks} */
  #tracks = { microphone: null, camera: null, screen: null };
  /** @type {Partial<Record<Source, RTCRtpSender>>} */
  #senders = {};
  #limit = WHOLE;

  /** How much of pictures is sent. @param {Limit} limit */
  limit(limit) {
    this.#limit = limit;
    for (const source of SOURCES) {
      const sender = this.#senders[source];
      if (sender) tune(sender, source, limit);
    }
  }

  /** @param {Source} source @param {MediaStreamTrack | null} track */
  set(source, track) {
    if (this.#tracks[source] === track) return;
    this.#tracks[source] = track;
    this.#attach(source);
  }

  /**
   * Send this source over this line, unless it has one or is none that we know.
   * @param {Source} source @param {RTCRtpTransceiver} transceiver @param {"sendrecv" | "sendonly"} direction
   */
  adopt(source, transceiver, direction) {
    if (this.#senders[source] || !SOURCES.includes(source)) return;
    const { sender } = transceiver;
    this.#senders[source] = sender;
    transceiver.direction = direction;
    sender.setStreams?.(this.#stream);
    this.#attach(source);
    tune(sender, source, this.#limit);
  }

  /** The RTCPeerConnection is another one, with lines of its own. */
  reset() {
    this.#senders = {};
  }

  /** @param {Source} source */
  #attach(source) {
    this.#senders[source]?.replaceTrack(this.#tracks[source]).catch(() => {}); // closed meanwhile
  }
}

/**
 * The other side said good-bye; the connection itself only shows it when nothing has come for some seconds.
 * @param {RTCPeerConnection} pc @param {() => void} act
 */
export function whenClosed(pc, act) {
  const transport = pc.getSenders()[0]?.transport;
  if (!transport) return;
  transport.onstatechange = () => transport.state === "closed" && pc.signalingState !== "closed" && act();
}
