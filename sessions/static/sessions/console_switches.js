import { need, show } from "portals/dom.js";
import { openModal } from "sessions/modal.js";

/** What a technician chooses about this page: sound, messages of the desktop, single keys; and the list of the keys. */
export class ConsoleSwitches {
  #sound;
  #keys;
  #alerts;
  #words;
  #announce;
  #button = need("sound", HTMLButtonElement);
  #notify = need("notify", HTMLButtonElement);

  /**
   * @param {object} parts
   * @param {import("sessions/preferences.js").Switch} parts.sound
   * @param {import("sessions/preferences.js").Switch} parts.keys
   * @param {import("sessions/alerts.js").Alerts} parts.alerts
   * @param {import("portals/words.js").Words} parts.words
   * @param {(text: string) => void} parts.announce
   */
  constructor({ sound, keys, alerts, words, announce }) {
    this.#sound = sound;
    this.#keys = keys;
    this.#alerts = alerts;
    this.#words = words;
    this.#announce = announce;
    this.#button.addEventListener("click", () => this.toggleSound());
    this.#notify.addEventListener("click", () => this.#ask());
    need("show-keys", HTMLButtonElement).addEventListener("click", () => {
      need("me-menu", HTMLElement).hidePopover();
      this.showKeys();
    });
    this.#draw();
  }

  toggleSound() {
    this.#sound.on = !this.#sound.on;
    this.#draw();
    this.#announce(this.#words(this.#sound.on ? "sound_on" : "sound_off"));
    this.#alerts.ring();
  }

  showKeys() {
    const dialog = openModal("keys-dialog");
    const box = dialog.querySelector("input");
    if (!(box instanceof HTMLInputElement)) return;
    box.checked = this.#keys.on;
    box.addEventListener("change", () => {
      this.#keys.on = box.checked;
    });
  }

  async #ask() {
    await this.#alerts.ask();
    this.#draw();
  }

  #draw() {
    const { on } = this.#sound;
    this.#button.setAttribute("aria-pressed", String(on));
    this.#button.title = this.#words(on ? "sound_on" : "sound_off");
    this.#button.querySelector("use")?.setAttribute("href", on ? "#i-speaker" : "#i-speakeroff");
    const permission = this.#alerts.permission;
    show(this.#notify, permission !== "missing");
    this.#notify.toggleAttribute("disabled", permission !== "default");
    this.#notify.textContent = this.#words(
      permission === "missing" ? "notify_default" : `notify_${permission}`,
    );
  }
}
