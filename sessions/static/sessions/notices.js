const STORED = "sightline.notices-read";
const PREFIX = "notice:";

/** Codes and waits that ended without a session: told once, and not again after a reload of this tab. */
export class Notices {
  /** @type {Set<string>} */
  #read;
  #toasts;

  /** @param {import("portals/toasts.js").Toasts} toasts */
  constructor(toasts) {
    this.#toasts = toasts;
    this.#read = new Set(JSON.parse(sessionStorage.getItem(STORED) ?? "[]"));
  }

  /** @param {import("sessions/protocol.js").Notice[]} notices */
  update(notices) {
    const unread = notices.filter(({ session }) => !this.#read.has(session));
    this.#toasts.replace(
      PREFIX,
      unread.map(({ session, text }) => ({
        key: PREFIX + session,
        text,
        tone: /** @type {const} */ ("info"),
      })),
    );
  }

  /** @param {string} key of a toast, one of ours or not */
  dismissed(key) {
    if (!key.startsWith(PREFIX)) return;
    this.#read.add(key.slice(PREFIX.length));
    sessionStorage.setItem(STORED, JSON.stringify([...this.#read]));
  }
}
