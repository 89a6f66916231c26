/** What we read of, and write into, session descriptions. */

const FIRST_KBPS = 800; // below 500 Chromium leaves out the first pictures, and begins with small ones

/** @param {string} sdp which RTCPeerConnection wrote it: each has its own certificate */
export const fingerprint = (sdp) => /a=fingerprint:(.+)/.exec(sdp)?.[1];

/** @param {string} [sdp] which of its descriptions it is */
export const version = (sdp = "") => /o=\S+ (\d+ \d+)/.exec(sdp)?.[1];

/**
 * What to assume of the line until it has been measured; only Chromium knows the wish, others pass over it.
 * @param {string} sdp of the other side
 */
export function withFirstBitrate(sdp) {
  const [, codec] = /m=video \d+ \S+ (\d+)/.exec(sdp) ?? [];
  const wish = `x-google-start-bitrate=${FIRST_KBPS}`;
  const known = new RegExp(`a=fmtp:${codec} .+`);
  if (known.test(sdp)) return sdp.replace(known, `$&;${wish}`);
  return sdp.replace(new RegExp(`a=rtpmap:${codec} .+\r\n`), `$&a=fmtp:${codec} ${wish}\r\n`);
}
