import { OWN } from "lens/quality_watch.js";
import { part } from "portals/parts.js";
import { html, nothing, render } from "vendor/lit-html/lit-html.js";

/** @typedef {import("sessions/protocol.js").Attendee} Attendee */
/** @typedef {import("lens/quality.js").Measure} Measure */

/** *Connection details*: what the browser counts, for who wants to know; drawn only while it is open. */
export class ConnectionDetails {
  #root;
  #list;
  #words;
  #watch;
  /** @type {Attendee[]} */
  #attendees = [];
  #you = "";

  /**
   * @param {object} parts
   * @param {HTMLElement} parts.root holds `lens/_connection_details.html`
   * @param {import("portals/words.js").Words} parts.words
   * @param {import("lens/quality_watch.js").QualityWatch} parts.watch
   */
  constructor({ root, words, watch }) {
    this.#root = part(root, "connection-details", HTMLDetailsElement);
    this.#list = part(root, "connection-list", HTMLElement);
    this.#words = words;
    this.#watch = watch;
    this.#root.addEventListener("toggle", () => this.#draw());
    watch.addEventListener("measures", () => this.#draw());
  }

  /** @param {Attendee[]} attendees @param {string} you the reader's own attendee id */
  update(attendees, you) {
    this.#attendees = attendees;
    this.#you = you;
    this.#root.hidden = !attendees.length;
    this.#draw();
  }

  #draw() {
    if (!this.#root.open) return;
    const lines = this.#attendees.map(({ id, name }) =>
      id === this.#you
        ? this.#line(this.#words("details_own"), this.#watch.measure(OWN))
        : this.#line(name, this.#watch.measure(id)),
    );
    const known = lines.filter((line) => line !== nothing);
    render(known.length ? known : html`<li class="muted">${this.#words("details_none")}</li>`, this.#list);
  }

  /** @param {string} name @param {Measure | null} measure */
  #line(name, measure) {
    if (!measure) return nothing;
    const { roundTripMs, loss, kbps, width, height, fps, codecs, path } = measure;
    const facts = [
      ["round_trip", roundTripMs === null ? "" : this.#words("details_ms", { value: roundTripMs })],
      ["loss", loss === null ? "" : this.#words("details_percent", { value: (loss * 100).toFixed(1) })],
      ["rate", kbps === null ? "" : this.#words("details_kbps", { value: kbps })],
      ["picture", width ? this.#words("resolution", { width, height, fps }) : ""],
      ["codecs", codecs],
      ["path", this.#words(`details_${path}`)],
    ];
    return html`<li>
      <b>${name}</b>
      <dl>
        ${facts.map(([key, value]) =>
          value ? html`<dt>${this.#words(`details_${key}`)}</dt><dd>${value}</dd>` : nothing,
        )}
      </dl>
    </li>`;
  }
}
