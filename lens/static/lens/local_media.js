/** The customer's own camera and microphone: opened after a click, kept open, and closed at once. Knows no page. */

import { explain, listCameras, nextCamera, openBoth, openCamera, openMicrophone } from "lens/capture.js";

/** @typedef {import("lens/capture.js").Trouble} Trouble */
/** @typedef {{camera: Trouble | "", microphone: Trouble | ""}} Troubles */

const COME_BACK_MS = 1500; // a phone gives a paused camera back by itself within this time, or not at all

/**
 * Events: "change" when a track came, went, or was muted; "paused" (detail: boolean) when the phone took the camera away.
 */
export class LocalMedia extends EventTarget {
  /** @type {MediaStreamTrack | null} */
  camera = null;
  /** @type {MediaStreamTrack | null} */
  microphone = null;
  #wanted = { camera: false, microphone: false };
  #recovering = false;
  /** @type {string | undefined} */
  #deviceId;

  constructor() {
    super();
    document.addEventListener("visibilitychange", () => this.#recover());
  }

  get muted() {
    return !this.microphone?.enabled;
  }

  /**
   * Open what is asked for: with one question where both are, each on its own where that fails, so that a device that is
   * missing or blocked does not take the other with it.
   *
   * @param {{camera?: boolean, microphone?: boolean}} wish
   * @returns {Promise<Troubles>} why not, empty for what is open
   */
  async open({ camera = false, microphone = false }) {
    /** @type {Troubles} */
    const troubles = { camera: "", microphone: "" };
    if (camera && microphone) {
      try {
        const [video, audio] = await openBoth();
        this.#take("camera", video);
        this.#take("microphone", audio);
        return troubles;
      } catch (error) {
        const trouble = explain(error);
        if (trouble === "in_app" || trouble === "insecure") return { camera: trouble, microphone: trouble };
        if (trouble === "denied") {
          // Ask again only for the one that was not refused; nobody is asked twice for the same.
          troubles.camera = troubles.microphone = trouble;
          camera = (await permission("microphone")) === "denied" && (await permission("camera")) !== "denied";
          microphone = (await permission("microphone")) === "granted";
        }
      }
    }
    if (camera) troubles.camera = await this.#open("camera", () => this.#reopenCamera());
    if (microphone) troubles.microphone = await this.#open("microphone", openMicrophone);
    return troubles;
  }

  async hasSecondCamera() {
    return (await listCameras()).length > 1;
  }

  /** @returns {Promise<Trouble | "">} */
  async switchCamera() {
    const { camera } = this;
    return camera ? this.#open("camera", () => nextCamera(camera)) : "absent";
  }

  /** Mute or unmute; the first time without a microphone, ask for it. */
  async toggleMute() {
    if (!this.microphone) return void (await this.open({ microphone: true }));
    this.microphone.enabled = !this.microphone.enabled;
    this.#tell();
  }

  /** Camera and microphone off, at once and for good: their lights go out. */
  stop() {
    this.#wanted = { camera: false, microphone: false };
    for (const track of [this.camera, this.microphone]) track?.stop();
    this.camera = this.microphone = null;
    this.#tell();
  }

  /** The camera that was used last; without it, or when it is gone, the one on the back. */
  async #reopenCamera() {
    const deviceId = this.#deviceId;
    return deviceId ? openCamera({ deviceId }).catch(() => openCamera()) : openCamera();
  }

  /**
   * @param {"camera" | "microphone"} device
   * @param {() => Promise<MediaStreamTrack>} opener
   * @returns {Promise<Trouble | "">}
   */
  async #open(device, opener) {
    try {
      this.#take(device, await opener());
      return "";
    } catch (error) {
      if (this[device]?.readyState === "ended") this[device] = null;
      this.#tell();
      return explain(error);
    }
  }

  /**
   * @param {"camera" | "microphone"} device
   * @param {MediaStreamTrack} track
   */
  #take(device, track) {
    this[device]?.stop();
    this[device] = track;
    if (device === "camera") this.#deviceId = track.getSettings().deviceId;
    this.#wanted[device] = true;
    this.#watch(device, track);
    this.#tell();
  }

  /**
   * A call, another app or the lock screen takes the camera from a page: the track then mutes or ends without us.
   *
   * @param {"camera" | "microphone"} device
   * @param {MediaStreamTrack} track
   */
  #watch(device, track) {
    const changed = () => {
      if (this[device] !== track) return;
      if (track.readyState === "ended") this[device] = null;
      this.#tell();
      this.#recover();
    };
    for (const event of ["ended", "mute", "unmute"]) track.addEventListener(event, changed);
  }

  /** @param {"camera" | "microphone"} device */
  #isLost(device) {
    const track = this[device];
    return this.#wanted[device] && (!track || track.muted);
  }

  /** Take back what the phone has taken, as soon as somebody looks at the page again. */
  async #recover() {
    if (this.#recovering || document.visibilityState !== "visible") return;
    if (!this.#isLost("camera") && !this.#isLost("microphone")) return;
    this.#recovering = true;
    await new Promise((done) => setTimeout(done, COME_BACK_MS));
    await this.open({ camera: this.#isLost("camera"), microphone: this.#isLost("microphone") });
    this.#recovering = false;
  }

  #tell() {
    this.dispatchEvent(new CustomEvent("paused", { detail: this.#isLost("camera") }));
    this.dispatchEvent(new Event("change"));
  }
}

/**
 * What the browser says about its permission; one that does not tell counts as not asked yet.
 * @param {"camera" | "microphone"} device
 * @returns {Promise<PermissionState>}
 */
export async function permission(device) {
  try {
    return (await navigator.permissions.query({ name: /** @type {PermissionName} */ (device) })).state;
  } catch {
    return "prompt";
  }
}
