const SHOWN_MS = 7000;
const KEY = "coming:";

/** Brief notices of who comes, who goes, and whose right has changed; told while it happens, never after a reload. */
export class Comings {
  #toasts;
  #words;
  #you;
  #live = false;
  #number = 0;

  /**
   * @param {object} parts
   * @param {import("portals/toasts.js").Toasts} parts.toasts
   * @param {import("portals/words.js").Words} parts.words
   * @param {() => string} parts.you
   */
  constructor({ toasts, words, you }) {
    this.#toasts = toasts;
    this.#words = words;
    this.#you = you;
  }

  /** All that was missed has been told. */
  catchUp() {
    this.#live = true;
  }

  /** @param {any} message a durable one */
  heard(message) {
    const { type, attendee } = message;
    if (!this.#live || !attendee) return;
    if (message.why === "ended") return; // all go then, and the page says that it is over
    const own = attendee.id === this.#you();
    if (type === "attendee.joined" && !own) this.#tell(this.#words("has_joined", { name: attendee.name }));
    if (type === "attendee.left" && !own) this.#tell(this.#words("has_left", { name: attendee.name }));
    if (type === "lead.changed")
      this.#tell(own ? this.#words("you_lead") : this.#words("leads_now", { name: attendee.name }));
    if (type === "right.changed" && own)
      this.#tell(this.#words("right_is", { right: this.#words(message.right) }));
  }

  /** @param {string} text */
  #tell(text) {
    this.#number += 1;
    const key = `${KEY}${this.#number}:${performance.now()}`;
    this.#toasts.show({ key, text, tone: "info" });
    setTimeout(() => this.#toasts.dismiss(key), SHOWN_MS);
  }
}
