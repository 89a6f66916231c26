import { icon } from "portals/icon.js";
import { remainingText } from "sessions/server_clock.js";
import { repeat } from "vendor/lit-html/directives/repeat.js";
import { html, nothing, render } from "vendor/lit-html/lit-html.js";

/** @typedef {import("sessions/protocol.js").PendingCode} PendingCode */

const SOON_MS = 2 * 60_000;

/** The list *Pending codes*: ways in that were made and not used yet, each with the time it has left. */
export class PendingCodes {
  /** @type {PendingCode[]} */
  #codes = [];
  #list;
  #count;
  #words;
  #clock;
  #actions;

  /**
   * @param {object} parts
   * @param {HTMLElement} parts.list
   * @param {HTMLElement} parts.count
   * @param {import("portals/words.js").Words} parts.words
   * @param {import("sessions/server_clock.js").ServerClock} parts.clock
   * @param {import("invitations/code_actions.js").CodeActions} parts.actions
   */
  constructor({ list, count, words, clock, actions }) {
    this.#list = list;
    this.#count = count;
    this.#words = words;
    this.#clock = clock;
    this.#actions = actions;
  }

  /** @param {PendingCode[]} codes */
  update(codes) {
    this.#codes = codes;
    this.draw();
  }

  /** Draw codes and remaining times anew. */
  draw() {
    this.#count.textContent = String(this.#codes.length);
    const items = repeat(
      this.#codes,
      (code) => code.id,
      (code) => this.#item(code),
    );
    render(
      this.#codes.length ? items : html`<li class="panel__empty muted small">${this.#words("no_codes")}</li>`,
      this.#list,
    );
  }

  /** @param {PendingCode} code */
  #item(code) {
    const shown = shownCode(code.code);
    const sub = [shown && code.name, this.#progress(code)].filter(Boolean).join(" · ");
    return html`<li class="code-row">
      <div class="grow">
        <span class="code-row__code">${shown ? this.#unused(code, shown) : html`<b>${code.name}</b>`}</span>
        <span class="table__sub">${sub}</span>
        ${shown ? this.#failure(code) : nothing}
      </div>
      ${shown ? this.#copies(code, shown) : nothing}
      ${this.#button("x", "cancel", shown || code.name, () => this.#actions.cancel(code))}
    </li>`;
  }

  /**
   * A code that was used is not shown any more: its customer is on the way in.
   *
   * @param {PendingCode} code
   * @param {string} shown
   */
  #unused(code, shown) {
    return html`<span class="pin">${shown}</span>${this.#left(code)}`;
  }

  /**
   * @param {PendingCode} code
   * @param {string} shown
   */
  #copies(code, shown) {
    return html`${code.sms ? this.#sms(code, shown) : nothing}
    ${this.#button("copy", "copy_code", shown, (button) => this.#actions.copyCode(button, code))}
    ${this.#button("link", "copy_link", shown, (button) => this.#actions.copyLink(button, code))}`;
  }

  /**
   * The text once more, in the technician's own SMS program.
   *
   * @param {PendingCode} code
   * @param {string} shown
   */
  #sms(code, shown) {
    const label = this.#words("open_sms", { code: shown });
    return html`<a class="btn btn--quiet btn--icon btn--s" href=${code.sms} aria-label=${label} title=${label}
      >${icon("phone")}</a
    >`;
  }

  /** @param {PendingCode} code */
  #left(code) {
    const ms = this.#clock.until(code.expires_at);
    const soon = ms < SOON_MS;
    const text = remainingText(ms);
    return html`<span class=${`countdown small ${soon ? "status--soon" : ""}`}
      >${soon ? this.#words("time_left", { time: text }) : text}</span
    >`;
  }

  /**
   * How far it is: the customer's last step, before that what became of the mail, or else the way it goes.
   * @param {PendingCode} code
   */
  #progress({ delivery, method, progress }) {
    return progress || (delivery ? `${method}: ${delivery.label}` : method);
  }

  /** @param {PendingCode} code */
  #failure({ delivery }) {
    if (!delivery || (delivery.state !== "failed" && delivery.state !== "bounced")) return nothing;
    const again = delivery.can_retry
      ? html`<button class="btn btn--s" type="button" @click=${() => this.#actions.sendAgain(delivery)}>
          ${this.#words("send_again")}
        </button>`
      : nothing;
    return html`<span class="code-row__failure">
      <span class="code-row__reason xs">${icon("warn", "icon--s icon--in")} ${delivery.reason || delivery.label}</span>
      ${again}
    </span>`;
  }

  /**
   * @param {string} shape
   * @param {string} word
   * @param {string} code
   * @param {(button: HTMLElement) => void} act
   */
  #button(shape, word, code, act) {
    const label = this.#words(word, { code });
    return html`<button
      class="btn btn--quiet btn--icon btn--s"
      type="button"
      aria-label=${label}
      title=${label}
      @click=${(/** @type {Event} */ event) => act(/** @type {HTMLElement} */ (event.currentTarget))}
    >
      ${icon(shape)}
    </button>`;
  }
}

/**
 * `123 456`, in groups of three.
 * @param {string} code
 */
export function shownCode(code) {
  return code.replaceAll(" ", "").replaceAll(/(\d{3})(?=\d)/g, "$1 ");
}
