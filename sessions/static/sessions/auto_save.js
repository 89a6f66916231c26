/** Text that saves itself: a moment after the last key, one request at a time, again until it is stored. */

/**
 * clean: as loaded; edited: not sent yet; saving; saved; failed: will be tried again; refused: will not, until edited.
 * @typedef {"clean" | "edited" | "saving" | "saved" | "failed" | "refused"} SaveState
 */

const WAIT_MS = 800;
const RETRY_MS = 4000;

export class AutoSave {
  #text = "";
  #stored = "";
  #edits = 0;
  /** @type {Promise<void> | null} */
  #running = null;
  #timer = 0;
  #save;
  #isFinal;
  #onState;

  /**
   * @param {object} parts
   * @param {(text: string, options: {keepalive: boolean}) => Promise<unknown>} parts.save
   * @param {(error: unknown) => boolean} parts.isFinal whether trying the same text again is of no use
   * @param {(state: SaveState, error?: unknown) => void} parts.onState
   */
  constructor({ save, isFinal, onState }) {
    this.#save = save;
    this.#isFinal = isFinal;
    this.#onState = onState;
  }

  /** Whether there is text that the server does not have. */
  get unsaved() {
    return this.#text !== this.#stored;
  }

  /** How often the text was edited here: what was fetched before the last time is old. */
  get edits() {
    return this.#edits;
  }

  /**
   * The server's text.
   * @param {string} text
   */
  loaded(text) {
    this.#text = this.#stored = text;
    this.#onState("clean");
  }

  /** @param {string} text */
  edited(text) {
    this.#text = text;
    this.#edits += 1;
    this.#later(WAIT_MS);
    this.#onState("edited");
  }

  /**
   * Save now what is not saved.
   * @returns {Promise<void>} settled when it has been tried
   */
  async flush() {
    clearTimeout(this.#timer);
    while (this.#running) await this.#running;
    if (!this.unsaved) return;
    this.#running = this.#once();
    await this.#running;
  }

  /** The page goes away: send what is not saved, and wait for nothing. */
  leave() {
    clearTimeout(this.#timer);
    if (this.unsaved) this.#save(this.#text, { keepalive: true }).catch(() => {}); // nobody is left to be told
  }

  async #once() {
    const text = this.#text;
    this.#onState("saving");
    try {
      await this.#save(text, { keepalive: false });
      this.#stored = text;
      this.#onState(this.unsaved ? "edited" : "saved");
    } catch (error) {
      const final = this.#isFinal(error);
      if (!final) this.#later(RETRY_MS);
      this.#onState(final ? "refused" : "failed", error);
    } finally {
      this.#running = null;
    }
  }

  /** @param {number} ms */
  #later(ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(), ms);
  }
}
