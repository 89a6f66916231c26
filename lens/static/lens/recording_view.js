/** The mark that a session is recorded, and the question whether it may be: the same on everybody's page. */

import { show } from "portals/dom.js";
import { part } from "portals/parts.js";

/** @typedef {import("sessions/protocol.js").RecordingState} RecordingState */
/** @typedef {EventTarget & {you: string, tell: (message: {type: string} & Record<string, unknown>) => unknown}} Line */

const ANSWER_MS = 30_000;
const TICK_MS = 500;

/** Opens no socket: what the person pressed is said over the line it is given, after each loss again until it is done. */
export class RecordingView {
  #root;
  #line;
  /** @type {RecordingState | null} */
  #state = null;
  /** @type {({type: string} & Record<string, unknown>) | null} what is pressed and does not show yet */
  #pressed = null;
  #asked = { id: "", until: 0, answered: false };
  #runningSince = 0;
  #timer = 0;

  /**
   * @param {ParentNode} root with the parts of `_recording_mark.html` and `_recording_question.html`
   * @param {Line} line
   */
  constructor(root, line) {
    this.#root = root;
    this.#line = line;
    this.#on("recording-yes", () => this.#answer(true));
    this.#on("recording-no", () => this.#answer(false));
    for (const button of root.querySelectorAll('[data-part="recording-stop"]'))
      button.addEventListener("click", () => this.stop());
    line.addEventListener("ready", () => {
      if (this.#pressed) this.#line.tell(this.#pressed);
    });
  }

  /** @param {RecordingState | null | undefined} state as the head of the session has it */
  update(state) {
    const before = this.#state;
    this.#state = state ?? null;
    if (this.#pressed && this.#shows(this.#pressed)) this.#pressed = null;
    if (before?.id !== state?.id || before?.state !== state?.state)
      this.#runningSince = performance.now() - (state?.recorded_ms ?? 0);
    this.#drawQuestion();
    this.#drawMark();
    clearInterval(this.#timer);
    this.#timer = this.#state ? setInterval(() => this.#tick(), TICK_MS) : 0;
  }

  /** Stop asking or recording; told once the line is there. */
  stop() {
    if (this.#state) this.#tell({ type: "recording.stop", id: this.#state.id });
  }

  close() {
    clearInterval(this.#timer);
  }

  get #isAsked() {
    return this.#state?.state === "asking" && this.#state.unanswered.includes(this.#line.you);
  }

  /** @param {boolean} agree */
  #answer(agree) {
    if (!this.#state) return;
    this.#asked.answered = true;
    this.#tell({ type: "recording.answer", id: this.#state.id, agree });
    this.#drawQuestion();
  }

  /** @param {{type: string} & Record<string, unknown>} message */
  #tell(message) {
    this.#pressed = message;
    this.#line.tell(message);
  }

  /** Whether the server has heard it, or it does not matter any more. @param {{type: string} & Record<string, unknown>} message */
  #shows({ type, id }) {
    return id !== this.#state?.id || (type === "recording.answer" && !this.#isAsked);
  }

  #drawQuestion() {
    const state = this.#state;
    const box = part(this.#root, "recording-question", HTMLElement);
    if (state && this.#isAsked && this.#asked.id !== state.id)
      this.#asked = { id: state.id, until: performance.now() + ANSWER_MS, answered: false };
    const open = this.#isAsked && !this.#asked.answered;
    const appears = open && box.hidden;
    show(box, open);
    if (!state || !appears) return;
    const who = part(box, "recording-who", HTMLElement);
    who.textContent = (who.dataset.asks ?? "").replace("{name}", state.by_name);
    const kept = part(box, "recording-kept", HTMLElement);
    const { days = "", ever = "" } = kept.dataset;
    kept.textContent = state.kept_days ? days.replace("{days}", String(state.kept_days)) : ever;
    this.#tick();
  }

  #drawMark() {
    const mark = part(this.#root, "recording-mark", HTMLElement);
    const state = this.#state?.state;
    show(mark, state === "running" || state === "paused");
    const text = part(mark, "recording-text", HTMLElement);
    const word = (state === "paused" ? text.dataset.paused : text.dataset.running) ?? "";
    // A live region speaks whenever it is written to: only what is new is written.
    if (text.textContent !== word) text.textContent = word;
    mark.classList.toggle("is-paused", state === "paused");
    this.#tick();
  }

  #tick() {
    if (this.#isAsked) {
      const left = Math.max(0, Math.ceil((this.#asked.until - performance.now()) / 1000));
      part(this.#root, "recording-seconds", HTMLElement).textContent = String(left);
    }
    const time = this.#root.querySelector('[data-part="recording-time"]');
    if (!time || !this.#state) return;
    const running = this.#state.state === "running";
    time.textContent = clockText(running ? performance.now() - this.#runningSince : this.#state.recorded_ms);
  }

  /** @param {string} name @param {() => void} act */
  #on(name, act) {
    part(this.#root, name, HTMLButtonElement).addEventListener("click", act);
  }
}

/** As 3:12. @param {number} ms */
function clockText(ms) {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
