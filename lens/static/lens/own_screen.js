/** The button that shows one's own screen: nothing starts without its click, and a second click ends it (S-50). */

export class OwnScreen {
  #button;
  #hint;
  #onChange;
  #onRefused;
  /** @type {MediaStreamTrack | null} */
  #track = null;
  #allowed = false;
  #asking = false;

  /** Whether this browser can: phones have no getDisplayMedia, and Chrome on Android only pretends to. */
  static get isPossible() {
    const phone = /Android|iPhone|iPad|Mobile/.test(navigator.userAgent);
    return !phone && typeof navigator.mediaDevices?.getDisplayMedia === "function";
  }

  /**
   * @param {object} parts
   * @param {HTMLButtonElement} parts.button with `data-start`, `data-stop` and a span for its word
   * @param {HTMLElement} parts.hint with `data-off` and `data-shown`: why it cannot be shown, and who sees it
   * @param {(track: MediaStreamTrack | null) => void} parts.onChange
   * @param {() => void} parts.onRefused
   */
  constructor({ button, hint, onChange, onRefused }) {
    this.#button = button;
    this.#hint = hint;
    this.#onChange = onChange;
    this.#onRefused = onRefused;
    button.addEventListener("click", () => (this.#track ? this.stop() : this.#start()));
  }

  /** @param {boolean} allowed taken away, it ends what is shown */
  setAllowed(allowed) {
    this.#allowed = allowed;
    if (!allowed) this.stop();
    this.#draw();
  }

  stop() {
    if (!this.#track) return;
    this.#track.stop();
    this.#track = null;
    this.#onChange(null);
    this.#draw();
  }

  async #start() {
    if (!this.#allowed || this.#asking) return;
    this.#asking = true;
    try {
      const stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { max: 15 } } });
      const [track] = stream.getVideoTracks();
      track.addEventListener("ended", () => this.stop());
      this.#track = track;
      if (this.#allowed) this.#onChange(track);
      else this.stop();
    } catch {
      this.#onRefused();
    } finally {
      this.#asking = false;
      this.#draw();
    }
  }

  #draw() {
    const { start, stop } = this.#button.dataset;
    const word = this.#button.querySelector("span");
    if (word) word.textContent = (this.#track ? stop : start) ?? "";
    this.#button.setAttribute("aria-pressed", String(this.#track !== null));
    this.#button.setAttribute("aria-disabled", String(!this.#allowed));
    const { off, shown } = this.#hint.dataset;
    const hint = (this.#track ? shown : this.#allowed ? "" : off) ?? "";
    if (this.#hint.textContent !== hint) this.#hint.textContent = hint;
  }
}
