const SAMPLE_MS = 1000;

/** Counts the frames a video really shows and tells size and rate once a second. */
export class FrameMeter {
  #video;
  #onSample;
  #frames = 0;
  #sampledAt = 0;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  /**
   * @param {HTMLVideoElement} video
   * @param {(sample: {width: number, height: number, fps: number}) => void} onSample
   */
  constructor(video, onSample) {
    this.#video = video;
    this.#onSample = onSample;
  }

  start() {
    this.stop();
    this.#frames = this.#shown();
    this.#sampledAt = performance.now();
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS);
  }

  stop() {
    clearInterval(this.#timer);
  }

  #sample() {
    const now = performance.now();
    const frames = this.#shown();
    const fps = Math.round(((frames - this.#frames) * 1000) / (now - this.#sampledAt));
    this.#frames = frames;
    this.#sampledAt = now;
    this.#onSample({ width: this.#video.videoWidth, height: this.#video.videoHeight, fps: Math.max(0, fps) });
  }

  #shown() {
    const quality = this.#video.getVideoPlaybackQuality();
    return quality.totalVideoFrames - quality.droppedVideoFrames;
  }
}
