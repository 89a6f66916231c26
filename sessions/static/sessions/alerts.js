/** What reaches a technician who looks elsewhere: a short tone, and a message of the desktop while the page is hidden. */

const TONES_HZ = [660, 880];
const TONE_S = 0.12;
const LOUDNESS = 0.08;

export class Alerts {
  #sound;
  /** @type {AudioContext | null} */
  #audio = null;

  /** @param {import("sessions/preferences.js").Switch} sound */
  constructor(sound) {
    this.#sound = sound;
  }

  /** Two short tones, unless sound is switched off or the browser keeps the page silent. */
  async ring() {
    if (!this.#sound.on) return;
    this.#audio ??= new AudioContext();
    const audio = this.#audio;
    if (audio.state !== "running") await Promise.race([audio.resume(), pause()]).catch(() => {});
    if (audio.state !== "running") return;
    for (const [place, hertz] of TONES_HZ.entries()) tone(audio, hertz, place * TONE_S);
  }

  /** @returns {"missing" | NotificationPermission} */
  get permission() {
    return "Notification" in globalThis ? Notification.permission : "missing";
  }

  /** Ask the browser; only ever after a click. */
  async ask() {
    if (this.permission === "default") await Notification.requestPermission();
    return this.permission;
  }

  /**
   * A message of the desktop, when the page is not looked at.
   *
   * @param {object} message
   * @param {string} message.id two of one id are one message
   * @param {string} message.text
   * @param {() => void} message.onClick
   */
  notify({ id, text, onClick }) {
    if (!document.hidden || this.permission !== "granted") return;
    try {
      const shown = new Notification(text, { tag: id });
      shown.addEventListener("click", () => {
        globalThis.focus();
        shown.close();
        onClick();
      });
    } catch {} // mobile browsers allow it from a service worker only
  }
}

/**
 * @param {AudioContext} audio
 * @param {number} hertz
 * @param {number} delay_s
 */
function tone(audio, hertz, delay_s) {
  const start = audio.currentTime + delay_s;
  const voice = audio.createOscillator();
  const gain = audio.createGain();
  voice.frequency.value = hertz;
  gain.gain.setValueAtTime(0, start);
  gain.gain.linearRampToValueAtTime(LOUDNESS, start + TONE_S / 4);
  gain.gain.linearRampToValueAtTime(0, start + TONE_S);
  voice.connect(gain).connect(audio.destination);
  voice.start(start);
  voice.stop(start + TONE_S);
}

/** A page that nobody has clicked is not allowed to sound, and is not told so either. */
function pause() {
  return new Promise((resolve) => setTimeout(resolve, 200));
}
