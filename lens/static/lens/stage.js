import { FrameMeter } from "lens/frame_meter.js";
import { PictureZoom } from "lens/picture_zoom.js";
import { part } from "portals/parts.js";

/**
 * What stands on the stage in place of a picture.
 *
 * @typedef {object} Message
 * @property {string} text
 * @property {{label: string, run: () => void}} [act]
 * @property {{label: string, href: string}} [link]
 */

/** The picture, who is heard, and the tools on its edge. Knows the page's elements and tracks, no socket and no peer. */
export class Stage {
  #root;
  #label;
  #words;
  #onMute;
  #zoom;
  #meter;
  #video;
  #picture;
  #message;
  #speakerOff = false;
  #frozen = false;
  #covered = false;
  #hasFrame = false;
  /** @type {Map<string, HTMLAudioElement>} */
  #voices = new Map();
  /** @type {{label: string, run: () => void} | undefined} */
  #messageAct;
  /** @type {{text: string, act?: {label: string, run: () => void}}} */
  #note = { text: "" };
  #soundBlocked = false;
  /** @type {MediaStreamTrack | null} */
  #coming = null;

  /**
   * @param {object} parts
   * @param {HTMLElement} parts.root
   * @param {string} parts.label what the picture is called for those who do not see it
   * @param {import("portals/words.js").Words} parts.words
   * @param {(muted: boolean) => void} parts.onMute
   */
  constructor({ root, label, words, onMute }) {
    this.#root = root;
    this.#label = label;
    this.#words = words;
    this.#onMute = onMute;
    this.#video = part(root, "video", HTMLVideoElement);
    this.#video.setAttribute("aria-label", label);
    this.#picture = part(root, "picture", HTMLElement);
    this.#message = part(root, "message", HTMLElement);
    this.#zoom = new PictureZoom({
      view: part(root, "view", HTMLElement),
      picture: this.#picture,
      onChange: (state) => this.#showZoom(state),
    });
    this.#meter = new FrameMeter(this.#video, (sample) => this.#showSample(sample));
    this.#video.addEventListener("resize", () => this.#sized());
    this.#video.addEventListener("loadeddata", () => this.#firstFrame());
    this.#wireBar();
  }

  /**
   * Show this camera; it appears with its first frame. Until then the message stays, or the last picture of the
   * connection before: a new one is looked at only when something comes over it.
   * @param {MediaStreamTrack} track
   */
  show(track) {
    this.#coming = track;
    const attach = () => track === this.#coming && this.#attach(track);
    if (this.#hasFrame && track.muted) track.addEventListener("unmute", attach, { once: true });
    else attach();
  }

  /** @param {string} screen whose screen the picture is; empty for the customer's camera */
  name(screen) {
    part(this.#root, "whose", HTMLElement).textContent = screen;
    this.#video.setAttribute("aria-label", screen || this.#label);
  }

  /** @param {boolean} frozen whether the picture is the last one that came, and no more comes for the time being */
  setFrozen(frozen) {
    this.#frozen = frozen;
  }

  /** @param {boolean} covered whether what `say` says stands in place of the picture */
  cover(covered) {
    this.#covered = covered;
    this.#drawPicture();
  }

  /** @param {Message} message */
  say({ text, act, link }) {
    part(this.#message, "message-text", HTMLElement).textContent = text;
    const button = part(this.#message, "message-act", HTMLButtonElement);
    button.hidden = !act;
    button.textContent = act?.label ?? "";
    this.#messageAct = act;
    const anchor = part(this.#message, "message-link", HTMLAnchorElement);
    anchor.hidden = !link;
    if (link) {
      anchor.textContent = link.label;
      anchor.href = link.href;
    }
  }

  /** Take the picture away; what `say` says is seen again. */
  clear() {
    this.#meter.stop();
    this.#coming = null;
    this.#video.srcObject = null;
    this.#hasFrame = false;
    this.#drawPicture();
    this.setPath("none");
    this.#showSample({ width: 0, height: 0, fps: 0 });
    for (const attendee of [...this.#voices.keys()]) this.silence(attendee);
    if (document.fullscreenElement === this.#root) document.exitFullscreen().catch(() => {}); // left by itself meanwhile
  }

  /** Stop all that runs by itself; the stage is not used again. */
  close() {
    this.clear();
    this.#zoom.close();
  }

  /**
   * Say something on the stage's edge, with the picture left alone; an empty text takes it back.
   * @param {string} text
   * @param {{label: string, run: () => void}} [act]
   */
  note(text, act) {
    this.#note = { text, act };
    this.#drawNote();
  }

  /**
   * How the picture comes: from browser to browser, or through the server, which could see it.
   * @param {"direct" | "relayed" | "none"} path
   */
  setPath(path) {
    part(this.#root, "encrypted", HTMLElement).hidden = path !== "direct";
    part(this.#root, "relayed", HTMLElement).hidden = path !== "relayed";
  }

  /**
   * @param {object} microphone
   * @param {boolean} microphone.available
   * @param {boolean} microphone.muted
   */
  setMicrophone({ available, muted }) {
    const button = part(this.#root, "mute", HTMLButtonElement);
    button.disabled = !available;
    button.setAttribute("aria-pressed", String(muted));
    button.querySelector("use")?.setAttribute("href", muted || !available ? "#i-micoff" : "#i-mic");
  }

  /**
   * Let an attendee be heard.
   * @param {string} attendee
   * @param {MediaStreamTrack} track
   */
  hear(attendee, track) {
    const voice = this.#voices.get(attendee) ?? document.createElement("audio");
    voice.autoplay = true;
    voice.muted = this.#speakerOff;
    voice.srcObject = new MediaStream([track]);
    if (!voice.isConnected) this.#root.append(voice);
    this.#voices.set(attendee, voice);
    voice.play().then(
      () => this.#setSoundBlocked(false),
      (error) => this.#setSoundBlocked(error instanceof DOMException && error.name === "NotAllowedError"),
    );
  }

  /** @param {string} attendee */
  silence(attendee) {
    const voice = this.#voices.get(attendee);
    if (!voice) return;
    voice.srcObject = null;
    voice.remove();
    this.#voices.delete(attendee);
  }

  // Browsers keep a page silent that nobody has clicked yet, for instance after a reload.
  /** @param {boolean} blocked */
  #setSoundBlocked(blocked) {
    this.#soundBlocked = blocked;
    this.#drawNote();
  }

  #playAll() {
    for (const voice of this.#voices.values()) voice.play().catch(() => {});
    this.#setSoundBlocked(false);
  }

  #drawNote() {
    const blocked = this.#soundBlocked && !this.#note.text;
    const act = blocked ? { label: this.#words("sound_on") } : this.#note.act;
    const line = part(this.#root, "note", HTMLElement);
    const text = blocked ? this.#words("sound_blocked") : this.#note.text;
    if (line.textContent !== text) line.textContent = text;
    const button = part(this.#root, "note-act", HTMLButtonElement);
    button.hidden = !act;
    button.textContent = act?.label ?? "";
  }

  #wireBar() {
    const on = (/** @type {string} */ name, /** @type {(button: HTMLButtonElement) => void} */ act) => {
      const button = part(this.#root, name, HTMLButtonElement);
      button.addEventListener("click", () => act(button));
    };
    on("mute", (button) => this.#onMute(button.getAttribute("aria-pressed") !== "true"));
    on("mute-speaker", (button) => this.#muteSpeaker(button));
    on("fit", () => this.#zoom.fit());
    on("actual", () => this.#zoom.actual());
    on("zoom-in", () => this.#zoom.zoomIn());
    on("zoom-out", () => this.#zoom.zoomOut());
    on("message-act", () => this.#messageAct?.run());
    on("note-act", () => (this.#note.text ? this.#note.act?.run() : this.#playAll()));
    const full = part(this.#root, "full-screen", HTMLButtonElement);
    full.hidden = !document.fullscreenEnabled;
    full.addEventListener("click", () => this.#toggleFullScreen());
    this.#root.addEventListener("fullscreenchange", () => {
      full.setAttribute("aria-pressed", String(document.fullscreenElement === this.#root));
    });
  }

  /** @param {HTMLButtonElement} button */
  #muteSpeaker(button) {
    this.#speakerOff = !this.#speakerOff;
    button.setAttribute("aria-pressed", String(this.#speakerOff));
    for (const voice of this.#voices.values()) voice.muted = this.#speakerOff;
  }

  #toggleFullScreen() {
    const change = document.fullscreenElement ? document.exitFullscreen() : this.#root.requestFullscreen();
    change.catch(() => {}); // refused by the browser or its owner: the picture stays as it is
  }

  /** One picture follows the other in the same stream, so that the last one stays until the next is there. */
  /** @param {MediaStreamTrack} track */
  #attach(track) {
    const stream = /** @type {MediaStream | null} */ (this.#video.srcObject) ?? new MediaStream();
    for (const before of stream.getTracks()) stream.removeTrack(before);
    stream.addTrack(track);
    if (this.#video.srcObject === stream) return;
    this.#video.srcObject = stream;
    this.#video.play().catch(() => {}); // a later srcObject interrupts it; muted video needs no leave to play
  }

  #firstFrame() {
    this.#sized();
    this.#hasFrame = true;
    this.#drawPicture();
    this.#meter.start();
  }

  #drawPicture() {
    this.#picture.hidden = !this.#hasFrame || this.#covered;
    this.#message.hidden = !this.#picture.hidden;
  }

  #sized() {
    this.#zoom.setSize(this.#video.videoWidth, this.#video.videoHeight);
  }

  /** @param {{width: number, height: number, fps: number}} sample */
  #showSample({ width, height, fps }) {
    const line = part(this.#root, "resolution", HTMLElement);
    line.hidden = !width || this.#frozen;
    line.textContent = this.#words("resolution", { width, height, fps });
  }

  /** @param {{fit: boolean, actual: boolean, percent: number}} state */
  #showZoom({ fit, actual, percent }) {
    part(this.#root, "fit", HTMLButtonElement).setAttribute("aria-pressed", String(fit));
    part(this.#root, "actual", HTMLButtonElement).setAttribute("aria-pressed", String(actual));
    part(this.#root, "zoom", HTMLOutputElement).textContent = percent
      ? this.#words("percent", { percent })
      : "";
  }
}
