import { ApiError, get, put } from "portals/api.js";
import { AutoSave } from "sessions/auto_save.js";
import { timeOfDay } from "sessions/server_clock.js";

const LOAD_AGAIN_MS = 4000;
const FINAL = new Set([400, 403, 404, 409]); // the server has read it and says no

/** The field *Notes* of one session: the technicians' own, saved by itself. */
export class NotesView {
  #url;
  #field;
  #state;
  #words;
  #clock;
  #saver;
  #loaded = false;
  #closed = false;
  #timer = 0;

  /**
   * @param {object} parts
   * @param {string} parts.id of the session
   * @param {HTMLTextAreaElement} parts.field
   * @param {HTMLElement} parts.state with role status
   * @param {import("portals/words.js").Words} parts.words
   * @param {import("sessions/server_clock.js").ServerClock} parts.clock
   */
  constructor({ id, field, state, words, clock }) {
    this.#url = `/api/v1/sessions/${id}/notes/`;
    this.#field = field;
    this.#state = state;
    this.#words = words;
    this.#clock = clock;
    this.#saver = new AutoSave({
      save: (text, options) => put(this.#url, { text }, options),
      isFinal: (error) => error instanceof ApiError && FINAL.has(error.status),
      onState: (name, error) => this.#say(name, error),
    });
    field.disabled = true;
    field.addEventListener("input", () => this.#saver.edited(field.value));
    field.addEventListener("blur", () => this.#saver.flush());
  }

  /** Whether the server's notes are here, so that writing does not replace what nobody has seen. */
  get isOpen() {
    return this.#loaded;
  }

  get text() {
    return this.#field.value;
  }

  get unsaved() {
    return this.#saver.unsaved;
  }

  /** Fetch the notes, unless there is something here that has to go to the server first. */
  async load() {
    clearTimeout(this.#timer);
    if (this.unsaved || this.#closed) return;
    const { edits } = this.#saver;
    try {
      const { text } = await get(this.#url);
      if (this.#saver.edits !== edits) return; // written and perhaps saved while this was on its way
      this.#loaded = true;
      this.#field.disabled = false;
      if (this.#field.value !== text) this.#field.value = text;
      this.#saver.loaded(text);
    } catch (error) {
      if (error instanceof ApiError && FINAL.has(error.status)) return;
      if (!this.#closed) this.#timer = setTimeout(() => this.load(), LOAD_AGAIN_MS);
    }
  }

  /**
   * Written elsewhere, in the dialog at the end.
   * @param {string} text
   */
  write(text) {
    this.#field.value = text;
    this.#saver.edited(text);
  }

  flush() {
    return this.#saver.flush();
  }

  /** The page goes away. */
  leave() {
    this.#saver.leave();
  }

  /** The pane goes away, and what is not saved is on its way. */
  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#saver.flush();
  }

  /**
   * @param {import("sessions/auto_save.js").SaveState} name
   * @param {unknown} [error]
   */
  #say(name, error) {
    const text = {
      clean: "",
      edited: "",
      saving: this.#words("notes_saving"),
      saved: this.#words("notes_saved", { time: timeOfDay(this.#clock.now()) }),
      failed: this.#words("notes_failed"),
      refused: error instanceof Error && error.message ? error.message : this.#words("notes_refused"),
    }[name];
    if (this.#state.textContent !== text) this.#state.textContent = text;
    this.#state.classList.toggle("status--alarm", name === "failed" || name === "refused");
  }
}
