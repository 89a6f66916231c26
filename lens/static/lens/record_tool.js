import { RecordingView } from "lens/recording_view.js";
import { part } from "portals/parts.js";

/** @typedef {import("sessions/protocol.js").RecordingState} RecordingState */

/** *Record* on the stage's edge: asks everybody, tells who asked what became of it, and stops what runs. */
export class RecordTool {
  #root;
  #line;
  #words;
  #fail;
  #view;
  /** @type {RecordingState | null} */
  #state = null;
  #why = "";
  /** The attendee whose question was the last that was heard of. */
  #asker = "";

  /**
   * @param {object} parts
   * @param {HTMLElement} parts.root the stage
   * @param {string} parts.id of the session
   * @param {import("sessions/connection.js").Connection} parts.connection
   * @param {import("portals/words.js").Words} parts.words
   * @param {(error: unknown) => void} parts.fail
   */
  constructor({ root, id, connection, words, fail }) {
    this.#root = root;
    this.#line = connection;
    this.#words = words;
    this.#fail = fail;
    this.#view = new RecordingView(root, connection);
    const why = part(root, "record-why", HTMLElement);
    why.id = `record-why-${id}`;
    const button = part(root, "record", HTMLButtonElement);
    button.setAttribute("aria-describedby", why.id);
    button.addEventListener("click", () => this.#press());
  }

  /**
   * @param {object} seen
   * @param {RecordingState | null | undefined} seen.recording
   * @param {boolean} seen.active whether the session is this technician's, and goes on
   * @param {string} seen.why why it would be refused
   */
  draw({ recording, active, why }) {
    if (recording !== this.#state) this.#view.update(recording);
    this.#state = recording ?? null;
    this.#why = active ? why : this.#words("record_later");
    const running = this.#state !== null;
    const button = part(this.#root, "record", HTMLButtonElement);
    part(button, "record-text", HTMLElement).textContent = this.#words(this.#label);
    button.classList.toggle("tool--live", running);
    if (!running && this.#why) button.setAttribute("aria-disabled", "true");
    else button.removeAttribute("aria-disabled");
    part(this.#root, "record-why", HTMLElement).textContent = running ? "" : this.#why;
  }

  /** What happened to a question that this technician asked. @param {any} message a durable one, heard live */
  happened(message) {
    if (message.type === "recording.asked") this.#asker = message.by.id;
    if (message.type !== "recording.refused" || this.#asker !== this.#line.you) return;
    if (message.reason === "withdrawn") return this.#fail(new Error(this.#words("record_withdrawn")));
    const role = ["customer", "technician", "specialist"].includes(message.role) ? message.role : "customer";
    this.#fail(new Error(this.#words(`record_${message.reason}_${role}`)));
  }

  close() {
    this.#view.close();
  }

  get #label() {
    if (!this.#state) return "record_start";
    return this.#state.state === "asking" ? "record_asking" : "record_stop";
  }

  #press() {
    if (this.#state) return this.#view.stop();
    if (this.#why) return this.#fail(new Error(this.#why));
    this.#line.tell({ type: "recording.ask" });
  }
}
