const LOOK_MS = 1_000;
const SILENT_MS = 5_000; // as the relay has it (lens/relay/source.py): a browser sends a still screen once a second

/**
 * Tells when something begins to come over a line, and when nothing has come for a while. A line for a screen stands
 * from the first offer on, and browsers say only of the first packet that it came.
 *
 * @param {RTCRtpReceiver} receiver
 * @param {(flows: boolean) => void} tell
 * @returns {() => void} ends the watch
 */
export function watchFlow(receiver, tell) {
  const { track } = receiver;
  let timer = 0;
  let bytes = 0;
  let cameAt = 0;
  let flows = false;
  const look = async () => {
    const came = await bytesOf(receiver);
    const now = performance.now();
    if (came !== bytes) cameAt = now;
    bytes = came;
    const flowed = flows;
    flows = cameAt > 0 && now - cameAt < SILENT_MS;
    if (flows !== flowed) tell(flows);
  };
  const begin = () => {
    timer = setInterval(look, LOOK_MS);
    look();
  };
  if (track.muted) track.addEventListener("unmute", begin, { once: true });
  else begin();
  return () => {
    clearInterval(timer);
    track.removeEventListener("unmute", begin);
  };
}

/** Of content: browsers send empty packets over any line, to learn what it can take. @param {RTCRtpReceiver} receiver */
async function bytesOf(receiver) {
  const reports = [...(await receiver.getStats()).values()];
  return reports.find(({ type }) => type === "inbound-rtp")?.bytesReceived ?? 0;
}
