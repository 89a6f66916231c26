import { icon } from "portals/icon.js";
import { alarmOf } from "sessions/alarm.js";
import { EVERYTHING, filtered } from "sessions/list_filter.js";
import { durationText, roughlyText } from "sessions/server_clock.js";
import { rowTimeMs } from "sessions/session_time.js";
import { statusView } from "sessions/status_view.js";
import { repeat } from "vendor/lit-html/directives/repeat.js";
import { html, nothing, render } from "vendor/lit-html/lit-html.js";

/** @typedef {import("sessions/protocol.js").SessionRow} SessionRow */

/** The console's table *Sessions*. */
export class SessionList {
  /** @type {SessionRow[]} */
  #rows = [];
  #filter = EVERYTHING;
  #openId = "";
  #starting = "";
  #body;
  #notes;
  #words;
  #clock;
  #onOpen;
  #onStart;
  #onAnswer;

  /**
   * @param {object} parts
   * @param {HTMLElement} parts.body the table's body
   * @param {HTMLElement} parts.notes where the reasons stand why a row cannot be started
   * @param {import("portals/words.js").Words} parts.words
   * @param {import("sessions/server_clock.js").ServerClock} parts.clock
   * @param {(id: string) => void} parts.onOpen
   * @param {(id: string) => void} parts.onStart
   * @param {(row: SessionRow, answer: "accept" | "decline") => void} parts.onAnswer to a colleague who asks
   */
  constructor({ body, notes, words, clock, onOpen, onStart, onAnswer }) {
    this.#body = body;
    this.#notes = notes;
    this.#words = words;
    this.#clock = clock;
    this.#onOpen = onOpen;
    this.#onStart = onStart;
    this.#onAnswer = onAnswer;
  }

  /** @param {SessionRow[]} rows */
  update(rows) {
    this.#rows = rows;
    this.draw();
  }

  /** @param {import("sessions/list_filter.js").Filter} filter */
  filter(filter) {
    this.#filter = filter;
    this.draw();
  }

  /**
   * Show which session is open in the middle.
   * @param {string} id
   */
  markOpen(id) {
    this.#openId = id;
    this.draw();
  }

  /**
   * Show that a start is under way.
   * @param {string} id empty when none is
   */
  markStarting(id) {
    this.#starting = id;
    this.draw();
  }

  /** Draw rows and running times anew. */
  draw() {
    const shown = filtered(this.#rows, this.#filter);
    const reasons = [...new Set(shown.map((row) => row.why_not).filter(Boolean))];
    const lines = repeat(
      shown,
      (row) => row.id,
      (row) => this.#row(row, reasons),
    );
    render(shown.length ? lines : this.#empty(), this.#body);
    render(
      reasons.map((reason, index) => this.#note(reason, index)),
      this.#notes,
    );
  }

  #empty() {
    const text = this.#words(this.#rows.length ? "no_match" : "no_sessions");
    return html`<tr class="is-empty"><td colspan="3" class="muted small">${text}</td></tr>`;
  }

  /**
   * @param {SessionRow} row
   * @param {string[]} reasons each once, however many rows it holds back
   */
  #row(row, reasons) {
    const now = this.#clock.now();
    const alarm = alarmOf(row, now);
    const late = alarm.level === "late";
    const time = durationText(rowTimeMs(row, now));
    return html`<tr
      class=${late ? "is-alarm" : nothing}
      aria-current=${row.id === this.#openId ? "true" : nothing}
      @click=${(/** @type {MouseEvent} */ event) => this.#clicked(event, row)}
    >
      <td>
        <button class="rowlink" type="button" data-open=${row.id}>${row.name}</button>
        ${this.#sub([row.kind_label, row.portal].filter(Boolean).join(" · "))}${this.#reported(row)}
      </td>
      <td>${this.#status(row, alarm)}</td>
      <td class="num"><span class=${`countdown ${late ? "status--alarm" : ""}`}>${time}</span>${this.#start(row, reasons)}</td>
    </tr>`;
  }

  /**
   * The word, then what has to be known beside it, each on a line.
   * @param {SessionRow} row
   * @param {import("sessions/alarm.js").Alarm} alarm
   */
  #status(row, { level, leftMs }) {
    const { relation, counterpart: name, comment } = row;
    const lines = [];
    if (level !== "none") lines.push(this.#words("times_out", { time: roughlyText(leftMs) }));
    if (row.status === "on_hold")
      lines.push(this.#words("held_for", { time: durationText(this.#clock.since(row.since)) }));
    if (relation === "agent") lines.push(this.#words("led_by", { name: row.lead }));
    if (relation === "invited") lines.push(this.#words("from", { name }));
    if (relation === "incoming") lines.push(this.#words("from", { name }));
    if (relation === "outgoing") lines.push(this.#words("to", { name }), this.#words("takes_back"));
    if (row.connection !== "connected") lines.push(this.#words(row.connection));
    const outgoing = relation === "outgoing";
    const shape = relation === "invited" ? "transferring" : row.status;
    return html`${statusView(shape, row.status_label, { outgoing, alarm: level })}${lines.map((line) => this.#sub(line))}${
      ["incoming", "invited"].includes(relation) && comment ? this.#comment(comment) : nothing
    }`;
  }

  /** @param {SessionRow} row */
  #reported({ reported }) {
    if (!reported) return nothing;
    return html`<span class="chip chip--danger">${icon("flag")}${this.#words("reported")}</span>`;
  }

  /**
   * Two lines of it; all of it stands in the pane.
   * @param {string} comment
   */
  #comment(comment) {
    return html`<span class="table__sub table__sub--two" title=${comment}>${this.#words("comment", { comment })}</span>`;
  }

  /** @param {string} text */
  #sub(text) {
    return html`<span class="table__sub">${text}</span>`;
  }

  /**
   * @param {SessionRow} row
   * @param {string[]} reasons
   */
  #start(row, reasons) {
    if (row.relation === "invited") return ["accept", "decline"].map((answer) => this.#answer(row, answer));
    if (!row.can_start && !row.why_not) return nothing;
    const off = !row.can_start || row.why_not !== "" || this.#starting !== "";
    const why = row.why_not ? `why-not-${reasons.indexOf(row.why_not)}` : nothing;
    return html`<button
      class="btn btn--s"
      type="button"
      data-start=${row.id}
      aria-disabled=${off ? "true" : nothing}
      aria-describedby=${why}
      aria-description=${row.relation === "outgoing" ? this.#words("takes_back") : nothing}
    >
      ${this.#words("start")}
    </button>`;
  }

  /**
   * @param {SessionRow} row
   * @param {string} answer
   */
  #answer({ id, name }, answer) {
    return html`<button
      class=${`btn btn--s ${answer === "accept" ? "btn--primary" : ""}`}
      type="button"
      data-answer=${answer}
      data-of=${id}
      aria-label=${this.#words(`${answer}_whom`, { name })}
    >
      ${this.#words(answer)}
    </button>`;
  }

  /**
   * @param {string} reason
   * @param {number} index
   */
  #note(reason, index) {
    return html`<p class="panel__note xs" id=${`why-not-${index}`}>${icon("info", "icon--s")}<span>${reason}</span></p>`;
  }

  /**
   * @param {MouseEvent} event
   * @param {SessionRow} row
   */
  #clicked(event, row) {
    const target = event.target instanceof Element ? event.target : null;
    const answer = target?.closest("[data-answer]")?.getAttribute("data-answer");
    if (answer === "accept" || answer === "decline") return this.#onAnswer(row, answer);
    const button = target?.closest("[data-start]");
    if (!button) this.#onOpen(row.id);
    else if (button.getAttribute("aria-disabled") !== "true") this.#onStart(row.id);
  }
}
