/** How loud a microphone is, for the eye: so that people see that it works before anybody hears them. */

const INTERVAL_MS = 100;
const FULL = 0.25; // root mean square of a voice close to the microphone

/**
 * Report the level of a track, 0 to 1, until the function that is returned is called.
 *
 * @param {MediaStreamTrack} track
 * @param {(level: number) => void} report
 * @returns {() => void}
 */
export function watchLevel(track, report) {
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: 1024 });
  const samples = new Float32Array(analyser.fftSize);
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    report(Math.min(1, Math.sqrt(power) / FULL));
  }, INTERVAL_MS);
  return () => {
    clearInterval(timer);
    context.close();
  };
}
