/** A moving picture, since a fake camera takes longer to start than a canvas. @returns {MediaStreamTrack} */
export function movingPicture(color = "#36c", width = 320) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = (width * 3) / 4;
  const context = canvas.getContext("2d");
  let step = 0;
  setInterval(() => {
    context.fillStyle = color;
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.fillStyle = "#fff";
    context.fillRect((step++ * 4) % width, 100, 20, 20);
  }, 33);
  return canvas.captureStream(30).getVideoTracks()[0];
}

/** @returns {MediaStreamTrack} */
export function tone() {
  const audio = new AudioContext();
  const output = audio.createMediaStreamDestination();
  const oscillator = audio.createOscillator();
  oscillator.connect(output);
  oscillator.start();
  return output.stream.getAudioTracks()[0];
}

/** @param {{ stats(): Promise<RTCStatsReport> }} peer @param {string} type @param {string} kind */
export async function rtp(peer, type, kind) {
  const report = await peer.stats();
  return [...report.values()].filter((entry) => entry.type === type && entry.kind === kind);
}

/** Of the second line, which is the camera's. @param {{ stats(): Promise<RTCStatsReport> }} peer @param {string} type */
export async function cameraRtp(peer, type) {
  return (await rtp(peer, type, "video")).find(({ mid }) => mid === "1");
}

/** @param {{ stats(): Promise<RTCStatsReport> }} peer */
export async function framesDecoded(peer) {
  return (await rtp(peer, "inbound-rtp", "video")).reduce((sum, entry) => sum + entry.framesDecoded, 0);
}

/** Resolves when `condition` holds. @param {() => unknown} condition @param {string} what */
export async function until(condition, what = String(condition), timeoutMs = 40_000) {
  const end = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`in vain: ${what}`);
    await new Promise((done) => requestAnimationFrame(done));
  }
}

/** Resolves when more frames than now are decoded. @param {{ stats(): Promise<RTCStatsReport> } | undefined} peer */
export async function framesFlow(peer, more = 5) {
  const before = await framesDecoded(peer);
  await until(async () => (await framesDecoded(peer)) < before || (await framesDecoded(peer)) >= before + more, "frames");
}
