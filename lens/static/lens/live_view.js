/** The live view: who sees what, the last line said, and the tools. Sends nothing by itself. */

import { TheirScreen } from "lens/their_screen.js";
import { need, show } from "portals/dom.js";
import { fill } from "sessions/waiting_line.js";

/** @typedef {import("lens/local_media.js").LocalMedia} LocalMedia */

export class LiveView {
  /** What a specialist shows. */
  screen = new TheirScreen();
  #media;
  #sheet = need("sheet", HTMLElement);
  #chat = need("chat", HTMLElement);
  #message = need("message", HTMLInputElement);
  #opener = need("open-chat", HTMLButtonElement);
  #place = /** @type {Element} */ (this.#chat.nextElementSibling);
  #unread = 0;
  #live = false;
  #lead = "";
  /** @type {string[]} */
  #others = [];
  /** Whether the session has just been taken up again, and the camera is asked for anew. */
  #back = false;
  /** @type {WakeLockSentinel | null} */
  #awake = null;
  /** @type {Map<string, MediaStreamTrack>} */
  #voices = new Map();

  /**
   * @param {LocalMedia} media
   * @param {(failed: boolean) => void} cameraFailed
   */
  constructor(media, cameraFailed) {
    this.#media = media;
    media.addEventListener("change", () => this.#showMedia());
    need("mute", HTMLButtonElement).addEventListener("click", () => media.toggleMute());
    need("switch-live", HTMLButtonElement).addEventListener("click", async () => {
      cameraFailed((await media.switchCamera()) !== "");
    });
    this.#opener.addEventListener("click", () => this.#openChat(Boolean(this.#sheet.hidden)));
    need("close-chat", HTMLButtonElement).addEventListener("click", () => this.#openChat(false));
    this.#sheet.addEventListener("keydown", (key) => key.key === "Escape" && this.#openChat(false));
    document.addEventListener("visibilitychange", () => this.#keepAwake());
  }

  /**
   * The technician has pressed Start.
   * @param {(focus: boolean) => void} go
   */
  begin(go) {
    if (this.#live) return;
    this.#live = true;
    // Who is in the middle of a line is not led away from it.
    const writing = document.activeElement === this.#message && this.#message.value !== "";
    this.#sheet.append(this.#chat);
    this.#showMedia();
    this.#keepAwake();
    go(!writing);
    if (writing) this.#openChat(true);
  }

  /**
   * Who sees the camera, if anybody does.
   * @param {string} lead
   * @param {string[]} others agents and specialists, by name
   */
  setViewers(lead, others) {
    if (lead === this.#lead && others.join("\n") === this.#others.join("\n")) return;
    this.#lead = lead;
    this.#others = others;
    this.#showMedia();
  }

  /** Camera and microphone were put off by a hold: what is asked for next is to turn them on again. */
  askAnew() {
    this.#back = true;
  }

  /** Nobody sees or hears anything any more; the chat goes back to the waiting room. */
  rest() {
    if (!this.#live) return; // moving the chat would take the focus from who writes in it
    this.#live = false;
    this.#place.before(this.#chat);
    this.screen.clear();
    show(need("sharing", HTMLElement), false);
    this.#keepAwake();
  }

  /**
   * Play what another attendee says, show what a specialist shows.
   * @param {{attendee: string, source: string, track: MediaStreamTrack}} found
   */
  play({ attendee, source, track }) {
    this.screen.add({ attendee, source, track });
    if (track.kind !== "audio") return;
    this.#voices.set(attendee, track);
    const sound = need("sound", HTMLAudioElement);
    sound.srcObject = new MediaStream(
      [...this.#voices.values()].filter((voice) => voice.readyState === "live"),
    );
    // A page that was just loaded again may play only after a touch.
    sound.play().catch(() => addEventListener("pointerdown", () => sound.play(), { once: true }));
  }

  /**
   * @param {string} who
   * @param {string} said
   * @param {boolean} fresh whether it was said just now, and not before this page was loaded
   */
  say(who, said, fresh) {
    need("caption-who", HTMLElement).textContent = who;
    need("caption-text", HTMLElement).textContent = said;
    if (!fresh || !this.#live || !this.#sheet.hidden) return;
    this.#unread += 1;
    this.#showUnread();
  }

  #showUnread() {
    need("unread-count", HTMLElement).textContent = String(this.#unread);
    show(need("unread", HTMLElement), this.#unread);
  }

  /** @param {boolean} open */
  #openChat(open) {
    show(this.#sheet, open);
    show(need("caption", HTMLElement), !open);
    this.#opener.setAttribute("aria-expanded", String(open));
    this.#unread = 0;
    this.#showUnread();
    if (open) {
      const log = need("chat-log", HTMLElement);
      log.scrollTop = log.scrollHeight;
    }
    (open ? this.#message : this.#opener).focus();
  }

  #showMedia() {
    if (!this.#live) return;
    const { camera, muted } = this.#media;
    if (camera) this.#back = false;
    const text = need("sharing-text", HTMLElement);
    const { shown, shown_two, shown_many, off, back } = text.dataset;
    const count = this.#others.length;
    const sentence = camera ? ([shown, shown_two][count] ?? shown_many) : this.#back ? back : off;
    text.textContent = fill(sentence, { name: this.#lead, other: this.#others[0] ?? "", count });
    show(need("sharing", HTMLElement), true);
    need("mute", HTMLButtonElement).setAttribute("aria-pressed", String(muted));
    need("switch-live", HTMLButtonElement).disabled = !camera;
  }

  async #keepAwake() {
    if (!this.#live || document.visibilityState !== "visible") {
      this.#awake?.release();
      this.#awake = null;
      return;
    }
    // Refused when the battery is low, and missing in older browsers: then the screen may go dark.
    this.#awake = await navigator.wakeLock?.request("screen").catch(() => null);
  }
}
