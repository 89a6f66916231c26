/** Inside the support session: the waiting room and the live view over one connection. */

import { need, show } from "portals/dom.js";
import { ChatView } from "sessions/chat_view.js";
import { Connection } from "sessions/connection.js";
import { fill, waitingTexts } from "sessions/waiting_line.js";

/** @typedef {import("lens/local_media.js").LocalMedia} LocalMedia */
/** @typedef {import("lens/notice_bar.js").NoticeBar} NoticeBar */
/** @typedef {import("sessions/protocol.js").SessionState} SessionState */

const ENDED = ["closed", "timed_out", "aborted"];
const CLOSE_ENDED = 4000;
const CLOSE_ELSEWHERE = 4002;
const SECOND_MS = 1000;
const LOAD_AGAIN_MS = 3000;
const COMING_MS = 7000; // and who has come or gone
const TOLD_MS = 12_000; // how long it stands there who has taken over

/** Events: "status" (detail: {status, head}), "ended", "elsewhere". */
export class Room extends EventTarget {
  #media;
  #notice;
  #connection;
  #chat;
  /** @type {import("lens/peer_set.js").PeerSet | null} */
  #peers = null;
  /** @type {import("lens/live_view.js").LiveView | null} */
  live = null;
  /** @type {import("lens/recording_view.js").RecordingView | null} */
  #recording = null;
  /** @type {import("lens/quality_watch.js").QualityWatch | null} */
  #quality = null;
  /** @type {SessionState | null} */
  #head = null;
  /** @type {import("sessions/protocol.js").Attendee[]} */
  #attendees = [];
  #since = Date.now();
  #ready = false;
  /** @type {Promise<void> | null} */
  #prepared = null;
  #status = "";
  /** @type {import("lens/peer_set.js").Plan | null} */
  #plan = null;
  #lastLine = { who: "", text: "" };
  #comingTimer = 0;

  /**
   * @param {object} parts
   * @param {string} parts.url
   * @param {LocalMedia} parts.media
   * @param {NoticeBar} parts.notice
   */
  constructor({ url, media, notice }) {
    super();
    this.#media = media;
    this.#notice = notice;
    const pageId = Array.from(crypto.getRandomValues(new Uint32Array(3)), (part) => part.toString(36)).join(
      "",
    );
    this.#connection = new Connection({ url, pageId });
    this.#chat = new ChatView({
      log: need("chat-log", HTMLElement),
      form: need("chat-form", HTMLFormElement),
      input: need("message", HTMLInputElement),
      you: () => this.#connection.you,
      template: need("chat-line", HTMLTemplateElement),
      event: need("chat-event", HTMLTemplateElement),
    });
    this.#chat.onPost = (line) => this.#connection.postChat(line);
    this.#listen();
    media.addEventListener("change", () => this.#shareMedia());
    setInterval(() => this.#showWait(), SECOND_MS);
  }

  /** Load what the live view needs, once the customer is in and waits; until it is there the plan is kept for it. */
  async #prepare() {
    const [{ PeerSet }, { LiveView }, { RecordingView }, { OWN, QualityWatch }, { VideoLadder }] =
      await this.#load();
    // Before the plan is followed: who is recorded is told so before anything is sent.
    this.#recording = new RecordingView(document, this.#connection);
    this.#recording.update(this.#head?.recording);
    this.live = new LiveView(this.#media, (failed) => this.#notice.set("camera", failed));
    this.live.say(this.#lastLine.who, this.#lastLine.text, false);
    this.live.screen.update(this.#attendees);
    this.#peers = new PeerSet({ connection: this.#connection });
    const on = (/** @type {string} */ type, /** @type {(detail: any) => void} */ act) =>
      this.#peers?.addEventListener(type, (event) => act(/** @type {CustomEvent} */ (event).detail));
    on("track", (found) => this.live?.play(found));
    on("trackend", ({ attendee, source }) => source === "screen" && this.live?.screen.remove(attendee));
    on("gone", ({ attendee }) => this.live?.screen.remove(attendee));
    const quality = new QualityWatch(this.#peers);
    this.#quality = quality;
    quality.addEventListener("levels", () => this.#notice.set("weak", quality.level(OWN) === "poor"));
    new VideoLadder({ watch: quality, limit: (limit) => this.#peers?.limitPictures(limit) });
    this.#shareMedia();
    if (!this.#plan) return; // out again, or in another tab
    this.#follow(this.#status);
    this.#peers.applyPlan(this.#plan);
  }

  /** Out of the session: nothing is sent or heard any more. */
  close() {
    this.#plan = null;
    this.#peers?.closeAll();
    this.#quality?.close();
    this.#connection.disconnect();
    this.#recording?.update(null);
    this.live?.rest();
  }

  /** Come in, or back from another tab. */
  connect() {
    this.#shareMedia();
    this.#connection.connect();
  }

  /** @returns {Promise<[typeof import("lens/peer_set.js"), typeof import("lens/live_view.js"), typeof import("lens/recording_view.js"), typeof import("lens/quality_watch.js"), typeof import("lens/video_ladder.js")]>} */
  async #load() {
    try {
      const modules = await Promise.all([
        import("lens/peer_set.js"),
        import("lens/live_view.js"),
        import("lens/recording_view.js"),
        import("lens/quality_watch.js"),
        import("lens/video_ladder.js"),
      ]);
      this.#notice.set("offline", false);
      return modules;
    } catch {
      this.#notice.set("offline", true);
      await new Promise((done) => setTimeout(done, LOAD_AGAIN_MS));
      return this.#load();
    }
  }

  #listen() {
    /** @type {Record<string, (detail: any) => void>} */
    const handlers = {
      welcome: (message) => {
        if (message.resync) this.#chat.clear();
        this.#changed(message);
      },
      ready: () => {
        this.#ready = true;
        this.#prepared ??= this.#prepare();
      },
      changed: (message) => this.#changed(message),
      // The peers hear it first, since to lay the page out takes longer than their part; then, in the same turn and before
      // anything is painted, the page says who sees the camera.
      plan: (plan) => {
        this.#plan = plan;
        if (plan.send.length) queueMicrotask(() => this.#follow("active"));
      },
      durable: (message) => this.#happened(message),
      unsent: (lines) => this.#chat.pending(lines),
      refused: (message) => this.#notice.set("failed", Boolean(message.text), message.message),
      state: (state) => this.#line(state),
    };
    for (const [name, handle] of Object.entries(handlers)) {
      this.#connection.addEventListener(name, (event) => handle(/** @type {CustomEvent} */ (event).detail));
    }
  }

  /** Agents and specialists inside, by name. */
  get others() {
    return this.#attendees.filter(({ lead, role }) => !lead && role !== "customer").map(({ name }) => name);
  }

  /** @param {{session: SessionState, attendees: import("sessions/protocol.js").Attendee[]}} state */
  #changed({ session, attendees }) {
    if (ENDED.includes(session.status)) return this.#emit("ended", null);
    const lead = attendees.find((person) => person.lead);
    const lost = session.status === "active" && lead !== undefined && lead.connection !== "connected";
    const before = this.#head;
    this.#head = session;
    this.#attendees = attendees;
    this.live?.screen.update(attendees);
    this.#recording?.update(session.recording);
    this.#say("away", lost, session.lead_name);
    this.#say("handing", session.status === "transferring", session.lead_name);
    if (before?.status === "transferring" && session.status === "active" && before.lead !== session.lead) {
      this.#say("handed", true, session.lead_name);
      setTimeout(() => this.#notice.set("handed", false), TOLD_MS);
    }
    this.#follow(session.status);
  }

  /** @param {string} status */
  #follow(status) {
    this.#status = status;
    this.#emit("status", { status, head: this.#head });
  }

  /** In the waiting room: who comes and when; or that the session is on hold, or is being handed over. */
  tellWaiting() {
    const head = this.#head;
    if (!head) return;
    const heading = need("waiting-heading", HTMLElement);
    const line = need("waiting-line", HTMLElement);
    const key = head.status === "on_hold" ? "held" : head.status === "transferring" ? "handing" : "";
    const values = { name: head.lead_name };
    const told = key
      ? { heading: fill(heading.dataset[key], values), line: fill(line.dataset[key], values) }
      : waitingTexts(head, need("waiting-words", HTMLTemplateElement).dataset);
    // A live region speaks whenever it is written to: only what is new is written.
    if (heading.textContent !== told.heading) heading.textContent = told.heading;
    if (line.textContent !== told.line) line.textContent = told.line;
    for (const part of document.querySelectorAll(".only-waiting")) show(part, key !== "held");
    this.#notice.set("handing", false); // said above, and larger
  }

  /**
   * @param {string} key
   * @param {boolean} on
   * @param {string} name
   */
  #say(key, on, name) {
    this.#notice.set(key, on, fill(this.#notice.sentence(key), { name }));
  }

  /** @param {import("sessions/chat_view.js").Durable} message */
  #happened(message) {
    this.#chat.add(message);
    if (this.#ready && message.attendee) this.#tellComing(message);
    if (message.status === "waiting") this.#since = Math.min(Date.parse(message.at), Date.now());
    if (message.type === "chat.posted" && message.by.id !== this.#connection.you) {
      this.#lastLine = { who: message.by.name, text: message.text ?? "" };
      this.live?.say(message.by.name, message.text ?? "", this.#ready);
    }
  }

  /** A brief notice of who has come or gone. @param {import("sessions/chat_view.js").Durable} message */
  #tellComing({ type, attendee, why }) {
    const key = { "attendee.joined": "joined", "attendee.left": "left" }[type];
    if (!key || !attendee || attendee.id === this.#connection.you || why === "ended") return;
    for (const other of ["joined", "left"]) this.#notice.set(other, false);
    this.#say(key, true, attendee.name);
    clearTimeout(this.#comingTimer);
    this.#comingTimer = setTimeout(() => this.#notice.set(key, false), COMING_MS);
  }

  /** @param {{state: string, code?: number}} line */
  #line({ state, code }) {
    if (state === "open" || state === "waiting") this.#notice.set("offline", state === "waiting");
    if (state === "open") this.#notice.set("failed", false);
    if (code === CLOSE_ELSEWHERE) {
      this.#plan = null;
      this.#peers?.closeAll();
      this.#emit("elsewhere", null);
    } else if (state === "closed" && code && code >= CLOSE_ENDED) this.#emit("ended", null);
  }

  #shareMedia() {
    const { camera, microphone, muted } = this.#media;
    this.#peers?.setLocal({ camera, microphone });
    this.#connection.sendMediaState({ camera: Boolean(camera), microphone: !muted });
  }

  #showWait() {
    const seconds = Math.max(0, Math.floor((Date.now() - this.#since) / SECOND_MS));
    const padded = String(seconds % 60).padStart(2, "0");
    need("waited", HTMLElement).textContent = `${Math.floor(seconds / 60)}:${padded}`;
  }

  /**
   * @param {string} name
   * @param {unknown} detail
   */
  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
