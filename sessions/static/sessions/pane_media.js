import { Microphone } from "lens/microphone.js";
import { PeerSet } from "lens/peer_set.js";
import { QualityWatch } from "lens/quality_watch.js";
import { Stage } from "lens/stage.js";

const LOST_PEER = new Set(["disconnected", "failed", "gone"]);

/**
 * What one open session lets be seen and heard: the customer's picture or the screen that somebody shows in its place,
 * everybody's sound, one's own microphone and screen.
 */
export class PaneMedia {
  #customer;
  #shares;
  #screenOf;
  #connection;
  #onChange;
  #stage;
  #peers;
  #quality;
  #microphone;
  /** @type {MediaStreamTrack | null} */
  #camera = null;
  /** @type {Map<string, MediaStreamTrack>} those that are shown now, by attendee; the newest is last */
  #screens = new Map();
  #peerState = "";
  #relayed = false;

  /**
   * @param {object} parts
   * @param {HTMLElement} parts.root the stage
   * @param {string} parts.name the customer's
   * @param {import("portals/words.js").Words} parts.words
   * @param {import("sessions/connection.js").Connection} parts.connection
   * @param {() => string | undefined} parts.customer the customer's attendee id
   * @param {(attendee: string) => boolean} parts.shares whether this attendee may show a screen
   * @param {(attendee: string) => string} parts.nameOf
   * @param {() => void} parts.onChange
   */
  constructor({ root, name, words, connection, customer, shares, nameOf, onChange }) {
    this.#shares = shares;
    this.#screenOf = (/** @type {string} */ attendee) => words("screen_of", { name: nameOf(attendee) });
    this.#customer = customer;
    this.#connection = connection;
    this.#onChange = onChange;
    this.#stage = new Stage({
      root,
      label: words("picture", { name }),
      words,
      onMute: (muted) => this.#microphone.setMuted(muted),
    });
    this.#microphone = new Microphone(() => this.#microphoneChanged());
    this.#peers = new PeerSet({ connection });
    this.#quality = new QualityWatch(this.#peers);
    const on = (/** @type {string} */ type, /** @type {(detail: any) => void} */ act) =>
      this.#peers.addEventListener(type, (event) => act(/** @type {CustomEvent} */ (event).detail));
    on("track", (found) => this.#receive(found));
    on("trackend", ({ attendee, source }) => source === "screen" && this.#screenEnded(attendee));
    on("peerstate", (found) => this.#peerChanged(found));
    on("gone", ({ attendee }) => this.#peerChanged({ attendee, state: "gone" }));
  }

  get stage() {
    return this.#stage;
  }

  /** How good the lines are. */
  get quality() {
    return this.#quality;
  }

  get trouble() {
    return this.#microphone.trouble;
  }

  /** Whether the customer's picture has stopped for want of a line. */
  get isLost() {
    return LOST_PEER.has(this.#peerState);
  }

  /** Whether somebody's screen stands in place of the customer's picture. */
  get showsScreen() {
    return this.#screens.size > 0;
  }

  /** @param {MediaStreamTrack | null} track of this page's own screen */
  shareScreen(track) {
    this.#peers.setLocal({ screen: track });
  }

  openMicrophone() {
    this.#microphone.open();
  }

  /** Let go of camera picture, sound and microphone. */
  silence() {
    this.#peers.closeAll();
    this.#peerState = "";
    this.#camera = null;
    this.#screens.clear();
    this.#stage.name("");
    this.#stage.clear();
    this.#microphone.stop();
  }

  /** Not used again afterwards. */
  close() {
    this.silence();
    this.#quality.close();
    this.#stage.close();
  }

  /**
   * Show on the stage how microphone and line are.
   * @param {boolean} active before that the line is only held ready
   */
  draw(active) {
    const { track, muted } = this.#microphone;
    this.#stage.setMicrophone({ available: track !== null, muted });
    const connected = active && this.#peerState === "connected";
    this.#stage.setPath(connected ? (this.#relayed ? "relayed" : "direct") : "none");
  }

  /** @param {{attendee: string, source: string, track: MediaStreamTrack}} found */
  #receive({ attendee, source, track }) {
    if (source === "microphone") this.#stage.hear(attendee, track);
    else if (source === "screen") this.#showScreen(attendee, track);
    else if (attendee === this.#customer()) {
      this.#camera = track;
      this.#showPicture();
    }
  }

  /**
   * A page may send what it must not: over a direct connection nothing stands between.
   * @param {string} attendee
   * @param {MediaStreamTrack} track
   */
  #showScreen(attendee, track) {
    if (!this.#shares(attendee)) return;
    this.#screens.set(attendee, track);
    this.#showPicture();
  }

  /** @param {string} attendee */
  #screenEnded(attendee) {
    if (this.#screens.delete(attendee)) this.#showPicture();
  }

  #showPicture() {
    const [whose, screen] = [...this.#screens].pop() ?? [];
    this.#stage.name(whose ? this.#screenOf(whose) : "");
    const track = screen ?? this.#camera;
    if (track) this.#stage.show(track);
    this.#onChange();
  }

  /** @param {{attendee: string, state: string, relayed?: boolean}} found */
  #peerChanged({ attendee, state, relayed = false }) {
    if (state === "gone") {
      this.#stage.silence(attendee);
      this.#screenEnded(attendee);
    }
    if (attendee !== this.#customer()) return;
    this.#peerState = state;
    this.#relayed = relayed;
    this.#onChange();
  }

  #microphoneChanged() {
    this.#peers.setLocal({ microphone: this.#microphone.track });
    this.#connection.sendMediaState({ camera: false, microphone: this.#microphone.live });
    this.#onChange();
  }
}
