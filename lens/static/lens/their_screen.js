/** What a specialist shows to the customer: in place of the own picture, which goes into the corner. */

import { need, show } from "portals/dom.js";
import { nameIn, sharesScreen } from "sessions/people.js";
import { fill } from "sessions/waiting_line.js";

/** @typedef {import("sessions/protocol.js").Attendee} Attendee */

export class TheirScreen {
  #root = need("their-screen", HTMLElement);
  #video = /** @type {HTMLVideoElement} */ (this.#root.querySelector("video"));
  #label = need("their-screen-name", HTMLElement);
  /** @type {Map<string, MediaStreamTrack>} by attendee; the newest is last */
  #tracks = new Map();
  /** @type {Attendee[]} */
  #attendees = [];

  /** @param {Attendee[]} attendees */
  update(attendees) {
    this.#attendees = attendees;
    this.#draw();
  }

  /** @param {{attendee: string, source: string, track: MediaStreamTrack}} found */
  add({ attendee, source, track }) {
    if (source !== "screen") return;
    this.#tracks.delete(attendee);
    this.#tracks.set(attendee, track);
    this.#draw();
  }

  /** @param {string} attendee whose screen comes no more */
  remove(attendee) {
    if (this.#tracks.delete(attendee)) this.#draw();
  }

  clear() {
    this.#tracks.clear();
    this.#draw();
  }

  /** A page may send what it must not: only the screen of who may show one is shown. */
  #draw() {
    const allowed = [...this.#tracks].filter(([attendee]) => sharesScreen(this.#attendees, attendee));
    const [whose, track] = allowed.pop() ?? [];
    const stream = /** @type {MediaStream | null} */ (this.#video.srcObject);
    if (stream?.getTracks()[0] !== track) this.#video.srcObject = track ? new MediaStream([track]) : null;
    const text = whose ? fill(this.#label.dataset.text, { name: nameIn(this.#attendees, whose) }) : "";
    if (this.#label.textContent !== text) this.#label.textContent = text;
    show(this.#root, track);
  }
}
