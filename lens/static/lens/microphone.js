import { explain, openMicrophone } from "lens/capture.js";

/** This page's microphone: opened once and kept, muted without being given back, and why there is none. */
export class Microphone {
  /** @type {MediaStreamTrack | null} */
  #track = null;
  /** @type {import("lens/capture.js").Trouble | null} */
  #trouble = null;
  /** @type {Promise<void> | null} */
  #opening = null;
  #muted = false;
  #wanted = false;
  #onChange;

  /** @param {() => void} onChange */
  constructor(onChange) {
    this.#onChange = onChange;
  }

  get track() {
    return this.#track;
  }

  /** Why there is no sound to send; null while there is, or while nobody has asked. */
  get trouble() {
    return this.#trouble;
  }

  get muted() {
    return this.#muted;
  }

  /** Whether it is heard by those it is sent to. */
  get live() {
    return this.#track !== null && !this.#muted;
  }

  /** Ask for it, unless it is open or asked for already. Never throws: see `trouble`. */
  open() {
    this.#wanted = true;
    if (this.#track) return Promise.resolve();
    this.#opening ??= this.#open().finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  /** @param {boolean} muted */
  setMuted(muted) {
    this.#muted = muted;
    if (this.#track) this.#track.enabled = !muted;
    this.#onChange();
  }

  /** Give it back. */
  stop() {
    this.#wanted = false;
    this.#track?.stop();
    this.#track = null;
    this.#trouble = null;
    this.#muted = false;
    this.#onChange();
  }

  async #open() {
    try {
      const track = await openMicrophone();
      if (!this.#wanted) return track.stop();
      track.enabled = !this.#muted;
      track.addEventListener("ended", () => this.#lost(track));
      this.#track = track;
      this.#trouble = null;
    } catch (error) {
      this.#trouble = this.#wanted ? explain(error) : null;
    }
    this.#onChange();
  }

  /** @param {MediaStreamTrack} track */
  #lost(track) {
    if (track !== this.#track) return;
    this.#track = null;
    this.#trouble = "absent";
    this.#onChange();
  }
}
