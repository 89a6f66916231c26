/**
 * Resolves once something of the track can be seen or heard; never for one that brings nothing.
 * @param {MediaStreamTrack} track
 * @returns {Promise<void>}
 */
export function flows(track) {
  return track.kind === "video" ? firstFrame(track) : unmuted(track);
}

/** A picture may come long after the first packet: what is decoded in a place that nobody sees is there at once. */
/** @param {MediaStreamTrack} track @returns {Promise<void>} */
function firstFrame(track) {
  const video = document.createElement("video");
  video.muted = video.playsInline = true;
  return new Promise((done) => {
    const seen = () => {
      video.srcObject = null;
      done();
    };
    video.addEventListener("loadeddata", seen, { once: true });
    video.srcObject = new MediaStream([track]);
    video.play().catch(() => {}); // interrupted, when it has done its work
  });
}

/** @param {MediaStreamTrack} track @returns {Promise<void>} */
function unmuted(track) {
  if (!track.muted) return Promise.resolve();
  return new Promise((done) => track.addEventListener("unmute", () => done(), { once: true }));
}
