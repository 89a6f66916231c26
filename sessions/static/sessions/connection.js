import { LiveSocket } from "portals/live_socket.js";

/** @typedef {"everyone" | "technicians"} Audience */
/** @typedef {{ id: string, text: string, audience: Audience }} ChatLine */
/** @typedef {{ camera: boolean, microphone: boolean }} MediaState */
/** @typedef {{ description?: RTCSessionDescriptionInit | null, candidate?: RTCIceCandidateInit | null }} Signal */

const POSTED_AT_ONCE = 20; // of what waited; the server lets one socket say so many a second, and closes it at many more
const POST_PAUSE_MS = 1_000;

/** @type {Record<string, string>} */
const EVENTS = {
  "session.welcome": "welcome",
  "session.ready": "ready",
  "session.changed": "changed",
  "media.plan": "plan",
  "signal.received": "signal",
  ack: "ack",
  error: "refused",
};

/**
 * One page's line into one support session: the timeline without gaps, chat until it is acknowledged, signals.
 * Events: those of EVENTS and "durable" (the message); "state" ({state, code}); "unsent" (the ChatLines not yet stored).
 * "refused" carries `text` as well when it was a chat line.
 */
export class Connection extends EventTarget {
  #socket;
  #lastSeq = 0;
  #you = "";
  #joined = false;
  #ready = false;
  /** @type {Map<string, ChatLine>} */
  #unsent = new Map();
  /** @type {ChatLine[]} */
  #toPost = [];
  #pause = 0;
  /** @type {MediaState | null} */
  #media = null;

  /** @param {{ url: string, pageId: string }} options */
  constructor({ url, pageId }) {
    super();
    const hello = () => ({ type: "session.join", page: pageId, last_seq: this.#lastSeq });
    this.#socket = new LiveSocket({ url, hello });
    this.#socket.addEventListener("message", (/** @type {any} */ { detail }) => this.#receive(detail));
    this.#socket.addEventListener("state", (/** @type {any} */ { detail }) => {
      this.#joined = this.#ready = false;
      clearTimeout(this.#pause);
      this.#emit("state", detail);
    });
  }

  /** The seq of the newest durable message held; 0 before the first. */
  get lastSeq() {
    return this.#lastSeq;
  }

  /** The id of the attendee this page is; "" before the first welcome. */
  get you() {
    return this.#you;
  }

  connect() {
    this.#socket.open();
  }

  disconnect() {
    this.#socket.close();
  }

  /** @param {string} text @param {Audience} [audience] @returns {string} the line's id */
  postChat(text, audience = "everyone") {
    const id = crypto.randomUUID();
    const line = { id, text, audience };
    this.#unsent.set(id, line);
    this.#post(line);
    this.#emitUnsent();
    return id;
  }

  /**
   * Not kept while the line is down: a Peer says again what still matters when it is back.
   * @param {string} to @param {string} page the receiver's @param {Signal} signal
   */
  signal(to, page, signal) {
    return this.#joined && this.#socket.send({ type: "signal.send", to, page, ...signal });
  }

  /**
   * Not kept while the line is down.
   * @param {{type: string} & Record<string, unknown>} message
   * @returns {boolean} whether it went out
   */
  tell(message) {
    return this.#ready && Boolean(this.#socket.send(message));
  }

  /** @param {MediaState} state told again after every reconnect */
  sendMediaState(state) {
    this.#media = state;
    this.#tellMedia();
  }

  /** @param {any} message */
  #receive(message) {
    const { type, id, seq } = message;
    if ("prev" in message) return this.#receiveDurable(message);
    if (type === "session.ready" && seq > this.#lastSeq) return this.#socket.reconnect();
    if (type === "session.welcome") {
      this.#you = message.you;
      this.#joined = true;
      if (message.resync) this.#lastSeq = 0;
      this.#lastSeq = Math.max(this.#lastSeq, message.since ?? 0);
    }
    if (type === "session.ready") this.#ready = true; // who hears of it may speak at once
    const line = this.#unsent.get(id);
    if (EVENTS[type])
      this.#emit(EVENTS[type], type === "error" && line ? { ...message, text: line.text } : message);
    if (type === "session.ready") this.#catchUp();
    if (type === "ack" || type === "error") this.#settle(id);
  }

  /** @param {any} message */
  #receiveDurable(message) {
    if (message.seq <= this.#lastSeq) return;
    if (message.prev !== this.#lastSeq) return this.#socket.reconnect();
    this.#lastSeq = message.seq;
    this.#emit("durable", message);
    if (message.type === "chat.posted") this.#settle(message.id);
  }

  #catchUp() {
    this.#tellMedia();
    this.#toPost = [...this.#unsent.values()];
    this.#postNext();
  }

  /** @param {ChatLine} line */
  #post(line) {
    if (!this.#ready) return;
    this.#toPost.push(line);
    if (!this.#pause) this.#postNext();
  }

  #postNext() {
    for (const line of this.#toPost.splice(0, POSTED_AT_ONCE))
      this.#socket.send({ type: "chat.post", ...line });
    this.#pause = this.#toPost.length ? setTimeout(() => this.#postNext(), POST_PAUSE_MS) : 0;
  }

  #tellMedia() {
    if (this.#ready && this.#media) this.#socket.send({ type: "media.state", ...this.#media });
  }

  /** @param {string} id */
  #settle(id) {
    if (this.#unsent.delete(id)) this.#emitUnsent();
  }

  #emitUnsent() {
    this.#emit("unsent", [...this.#unsent.values()]);
  }

  /** @param {string} name @param {unknown} detail */
  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
