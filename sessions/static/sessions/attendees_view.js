import { icon } from "portals/icon.js";
import { repeat } from "vendor/lit-html/directives/repeat.js";
import { html, nothing, render } from "vendor/lit-html/lit-html.js";

/** @typedef {import("sessions/protocol.js").Attendee} Attendee */

const MARK_COLOURS = 5;
const BARS = { good: "q3", fair: "q2", poor: "q1" };

/**
 * The class of an attendee's mark: colours go by the order in which those who help came in; the customer has none.
 * @param {Attendee[]} attendees
 * @param {string} id
 */
export function markOf(attendees, id) {
  const place = attendees
    .filter((attendee) => attendee.role !== "customer")
    .findIndex((guest) => guest.id === id);
  return place < 0 ? "avatar" : `avatar avatar--${(place % MARK_COLOURS) + 1}`;
}

/** The region *Attendees*: who is inside, in which role, and whether their line, camera and microphone are up. */
export class AttendeesView {
  #list;
  #count;
  #words;
  #side;
  #level;

  /**
   * @param {object} parts
   * @param {HTMLElement} parts.list
   * @param {HTMLElement} parts.count
   * @param {import("portals/words.js").Words} parts.words
   * @param {(attendee: Attendee) => unknown} [parts.side] what else stands at the end of a line, such as a menu
   * @param {(attendee: Attendee) => "good" | "fair" | "poor" | null} [parts.level] how good their line is, where known
   */
  constructor({ list, count, words, side = () => nothing, level = () => null }) {
    this.#list = list;
    this.#count = count;
    this.#words = words;
    this.#side = side;
    this.#level = level;
  }

  /**
   * @param {Attendee[]} attendees
   * @param {string} you the reader's own attendee id
   */
  update(attendees, you) {
    this.#count.textContent = this.#words("inside", { count: attendees.length });
    render(
      repeat(
        attendees,
        (attendee) => attendee.id,
        (attendee) => this.#line(attendee, markOf(attendees, attendee.id), attendee.id === you),
      ),
      this.#list,
    );
  }

  /**
   * @param {Attendee} attendee
   * @param {string} mark
   * @param {boolean} own
   */
  #line(attendee, mark, own) {
    const lead = attendee.lead ? html`<span class="chip chip--tint">${this.#words("lead")}</span>` : nothing;
    const kind = this.#words(roleOf(attendee));
    const who = own ? [this.#words("you"), attendee.role === "specialist" ? kind : ""] : [kind];
    const role = [...who, attendee.company].filter(Boolean);
    return html`<li class="attendee">
      <span class=${mark} aria-hidden="true">${initials(attendee.name)}</span>
      <div>
        <div class="attendee__name">${attendee.name} ${lead}</div>
        <div class="attendee__role">${role.join(" · ")}${this.#right(attendee)}</div>
      </div>
      <div class="attendee__side">${this.#connection(attendee)}${this.#devices(attendee)}${this.#side(attendee)}</div>
    </li>`;
  }

  /** @param {Attendee} attendee */
  #right({ right }) {
    if (!right) return nothing;
    return html` ·
      <span class="attendee__right">${icon(right === "control" ? "control" : "eye", "icon--s")}${this.#words(right)}</span>`;
  }

  /** @param {Attendee} attendee */
  #connection(attendee) {
    if (attendee.connection === "connected") {
      return html`<span class="visually-hidden">${this.#words("connected")}</span>${this.#quality(attendee)}`;
    }
    return html`<span class="chip chip--warn">${this.#words(attendee.connection)}</span>`;
  }

  /** @param {Attendee} attendee */
  #quality(attendee) {
    const level = this.#level(attendee);
    if (!level) return nothing;
    return html`<span class="quality">${icon(BARS[level], "icon--s")}${this.#words(`quality_${level}`)}</span>`;
  }

  /** @param {Attendee} attendee */
  #devices(attendee) {
    const camera = attendee.camera
      ? html`${icon("camera", "icon--s")}<span class="visually-hidden">${this.#words("camera_on")}</span>`
      : nothing;
    const on = attendee.microphone;
    return html`${camera}${icon(on ? "mic" : "micoff", "icon--s")}<span class="visually-hidden"
        >${this.#words(on ? "microphone_on" : "microphone_off")}</span
      >`;
  }
}

/**
 * A technician in another's session is called an agent.
 * @param {Attendee} attendee
 */
function roleOf({ role, lead }) {
  return role === "technician" && !lead ? "agent" : role;
}

/**
 * First letters of the first and the last word: `AP` for Ana Pérez.
 * @param {string} name
 */
export function initials(name) {
  const words = name.trim().split(/\s+/u);
  const letters = words.length > 1 ? [words[0], words[words.length - 1]] : [words[0]];
  return letters
    .map((word) => [...word][0] ?? "")
    .join("")
    .toLocaleUpperCase();
}
