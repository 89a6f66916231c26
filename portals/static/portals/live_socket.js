/** @typedef {"connecting" | "open" | "waiting" | "closed"} LiveState */

const HEARTBEAT_MS = 15_000;
const WAKE_PONG_MS = 3_000;
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 8_000;
const LONGEST_DELAY_ATTEMPT = 4;
const YOUNG_MS = 1_000;
const FINAL_CODES = [4000, 4001, 4002]; // ended, not inside, opened elsewhere
const CLOSE_NORMAL = 1000;
const CLOSE_LOST = 1006;
const CLOSE_POLICY = 1008;

/**
 * A JSON socket that comes back by itself.
 * Events: "open"; "message" (the message); "state" ({state, code}); "closed" (the code: it will not come back by itself).
 */
export class LiveSocket extends EventTarget {
  #url;
  #hello;
  #heartbeatMs;
  /** @type {LiveState} */
  #state = "closed";
  /** @type {WebSocket | null} */
  #ws = null;
  #attempt = 0;
  #openedAt = 0;
  #retry = 0;
  #beat = 0;
  #pong = 0;

  /** @param {{ url: string, hello?: () => object | null, heartbeatMs?: number }} options */
  constructor({ url, hello = () => null, heartbeatMs = HEARTBEAT_MS }) {
    super();
    this.#url = new URL(url, location.href).href.replace(/^http/, "ws");
    this.#hello = hello;
    this.#heartbeatMs = heartbeatMs;
  }

  open() {
    if (this.#state !== "closed") return;
    this.#attempt = 0;
    globalThis.addEventListener("online", this.#wake);
    globalThis.document?.addEventListener("visibilitychange", this.#wake);
    this.#connect();
  }

  close(code = CLOSE_NORMAL) {
    if (this.#state === "closed") return;
    this.#drop();
    globalThis.removeEventListener("online", this.#wake);
    globalThis.document?.removeEventListener("visibilitychange", this.#wake);
    this.#move("closed", code);
    this.#emit("closed", code);
  }

  /** Drops the line and opens a new one at once; a line that was only just opened waits as after a loss. */
  reconnect() {
    if (this.#state !== "open") return;
    if (performance.now() - this.#openedAt < YOUNG_MS) return this.#lost();
    this.#drop();
    this.#connect();
  }

  /** @param {object} message @returns {boolean} whether it was handed to an open line */
  send(message) {
    if (this.#state !== "open" || this.#ws?.readyState !== WebSocket.OPEN) return false;
    this.#ws.send(JSON.stringify(message));
    return true;
  }

  #connect() {
    clearTimeout(this.#retry);
    const ws = new WebSocket(this.#url);
    this.#ws = ws;
    this.#expect(this.#pongMs);
    ws.onopen = () => {
      clearTimeout(this.#pong);
      this.#openedAt = performance.now();
      const hello = this.#hello();
      if (hello) ws.send(JSON.stringify(hello));
      this.#beat = setInterval(() => this.#ping(this.#pongMs), this.#heartbeatMs);
      this.#move("open");
      this.#emit("open");
    };
    ws.onmessage = ({ data }) => {
      clearTimeout(this.#pong);
      this.#attempt = 0;
      const message = JSON.parse(data);
      if (message.type !== "presence.pong") this.#emit("message", message);
    };
    ws.onclose = ({ code }) => this.#lost(code);
    this.#move("connecting");
  }

  get #pongMs() {
    return (this.#heartbeatMs * 2) / 3;
  }

  /** @param {number} ms */
  #ping(ms) {
    if (this.send({ type: "presence.ping" })) this.#expect(ms);
  }

  /** @param {number} ms */
  #expect(ms) {
    clearTimeout(this.#pong);
    this.#pong = setTimeout(() => this.#lost(), ms);
  }

  #lost(code = CLOSE_LOST) {
    if (FINAL_CODES.includes(code)) return this.close(code);
    this.#drop();
    if (code === CLOSE_POLICY) this.#attempt = LONGEST_DELAY_ATTEMPT;
    const delay = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.#attempt++);
    this.#retry = setTimeout(() => this.#connect(), delay * (0.5 + Math.random() / 2));
    this.#move("waiting", code);
  }

  // The closing handshake of a dead line may take long; nobody waits for it.
  #drop() {
    clearTimeout(this.#retry);
    clearTimeout(this.#pong);
    clearInterval(this.#beat);
    const ws = this.#ws;
    if (!ws) return;
    this.#ws = ws.onopen = ws.onmessage = ws.onclose = null;
    ws.close();
  }

  /** @param {Event} event */
  #wake = ({ type }) => {
    if (type !== "online" && document.hidden) return;
    if (this.#state === "waiting") {
      this.#attempt = 0;
      this.#connect();
    } else this.#ping(WAKE_PONG_MS);
  };

  /** @param {LiveState} state @param {number} [code] */
  #move(state, code) {
    this.#state = state;
    this.#emit("state", { state, code });
  }

  /** @param {string} name @param {unknown} [detail] */
  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
