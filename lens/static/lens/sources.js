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
export function tune(sender, source, limit) {
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

/**
 * The other side said good-bye; the connection itself only shows it when nothing has come for some seconds.
 * @param {RTCPeerConnection} pc @param {() => void} act
 */
export function whenClosed(pc, act) {
  const transport = pc.getSenders()[0]?.transport;
  if (!transport) return;
  transport.onstatechange = () => transport.state === "closed" && pc.signalingState !== "closed" && act();
}
