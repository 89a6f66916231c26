import { linkPart, smsPart } from "invitations/code_ways.js";
import { shownCode } from "invitations/pending_codes.js";
import { icon } from "portals/icon.js";
import { openMail } from "portals/mail_program.js";
import { remainingText, timeOfDay } from "sessions/server_clock.js";
import { html, nothing, render } from "vendor/lit-html/lit-html.js";

/**
 * @typedef {import("sessions/protocol.js").ConsoleSnapshot} ConsoleSnapshot
 * @typedef {import("sessions/protocol.js").DeliveryState} DeliveryState
 * @typedef {import("invitations/new_session_form.js").Made} Made
 * @typedef {{name: string, to: string, via: string}} Asked
 */

const MINUTE_MS = 60_000;
const TOLD_AT_MINUTES = [5, 1];
const MAIL_STEPS = ["queued", "sent", "delivered"];

/** The second half of *Create New Session*: the code that was made, kept up to date by the console's snapshots. */
export class CodeCard {
  /** @type {{made: Made, asked: Asked, name: string, madeAt: number} | null} */
  #shown = null;
  /** @type {DeliveryState | null} */
  #delivery = null;
  #used = false;
  #problem = "";
  #seen = false;
  /** @type {"open" | "arrived" | "cancelled" | "over"} */
  #state = "open";
  #over = "";
  #leftMs = 0;
  #root;
  #words;
  #clock;
  #actions;
  #announce;
  #onDone;

  /**
   * @param {object} parts
   * @param {HTMLElement} parts.root
   * @param {import("portals/words.js").Words} parts.words
   * @param {import("sessions/server_clock.js").ServerClock} parts.clock
   * @param {import("invitations/code_actions.js").CodeActions} parts.actions
   * @param {(text: string) => void} parts.announce
   * @param {() => void} parts.onDone
   */
  constructor({ root, words, clock, actions, announce, onDone }) {
    this.#root = root;
    this.#words = words;
    this.#clock = clock;
    this.#actions = actions;
    this.#announce = announce;
    this.#onDone = onDone;
  }

  /**
   * @param {Made} made
   * @param {Asked} asked
   */
  show(made, asked) {
    this.#shown = {
      made,
      asked,
      name: asked.name.trim() || this.#words("customer"),
      madeAt: this.#clock.now(),
    };
    this.#delivery = made.delivery && {
      ...made.delivery,
      label: this.#words(made.delivery.state),
      can_retry: false,
    };
    this.#used = false;
    this.#problem = "";
    this.#seen = false;
    this.#state = "open";
    this.#leftMs = Number.POSITIVE_INFINITY;
    this.draw();
    this.#root.querySelector("h2")?.focus();
    if (made.mailto) openMail(made.mailto);
  }

  /**
   * Say that something did not work.
   * @param {string} text
   */
  fail(text) {
    this.#problem = text;
    this.draw();
  }

  clear() {
    this.#shown = null;
    render(nothing, this.#root);
  }

  /** @param {ConsoleSnapshot} snapshot */
  update(snapshot) {
    if (!this.#shown || this.#state === "cancelled") return;
    const { made } = this.#shown;
    const pending = snapshot.pending.find((code) => code.id === made.invitation.id);
    if (pending) {
      this.#seen = true;
      this.#shown.name = pending.name;
      this.#delivery = pending.delivery;
      this.#used = pending.code === "";
    } else if (snapshot.sessions.some((row) => row.id === made.id)) {
      this.#state = "arrived";
      this.#problem = "";
    } else if (this.#seen) {
      this.#state = "over";
      this.#problem = "";
      this.#over = snapshot.notices.find((notice) => notice.session === made.id)?.text ?? this.#words("over");
    }
    this.draw();
  }

  /** Draw the card and the time it has left anew. */
  draw() {
    if (!this.#shown) return;
    this.#tellTime(this.#clock.until(this.#shown.made.invitation.expires_at));
    render(this.#card(this.#shown), this.#root);
  }

  /**
   * Say the remaining time aloud at five minutes and at one, and at no other time.
   * @param {number} leftMs
   */
  #tellTime(leftMs) {
    const crossed = TOLD_AT_MINUTES.find(
      (minutes) => this.#leftMs > minutes * MINUTE_MS && leftMs <= minutes * MINUTE_MS,
    );
    if (crossed && this.#state === "open" && !this.#used && Number.isFinite(this.#leftMs)) {
      this.#announce(this.#words(`minutes_left_${crossed}`));
    }
    this.#leftMs = leftMs;
  }

  /** @param {{made: Made, asked: Asked, name: string, madeAt: number}} shown */
  #card(shown) {
    const { made, asked } = shown;
    const open = this.#state === "open";
    const usable = open && !this.#used;
    return html`<header class="dialog__head">
        <h2 tabindex="-1">${this.#words("title")}</h2>
        <button
          class="btn btn--quiet btn--icon"
          type="button"
          aria-label=${this.#words("close")}
          @click=${() => this.#onDone()}
        >
          ${icon("x")}
        </button>
      </header>
      <div class="dialog__body">
        ${
          this.#problem
            ? html`<p class="banner banner--danger" role="alert">${icon("warn")}<span>${this.#problem}</span></p>`
            : nothing
        }
        <p>${this.#words(madeWord(made, asked), { name: shown.name, to: made.delivery?.to ?? made.sms?.phone ?? "" })}</p>
        ${open ? this.#code(shown) : nothing} ${usable ? this.#way(made) : nothing}
        <div class="pair pair--steps">${this.#mailSteps()}${this.#customerSteps()}</div>
        <p class=${`banner small ${open ? "" : "banner--info"}`} role="status">
          ${icon("info")}<span>${this.#where(shown.name)}</span>
        </p>
      </div>
      <footer class="dialog__foot">
        ${
          open
            ? html`<button class="btn btn--danger" type="button" @click=${() => this.#cancel(made)}>
              ${this.#words("cancel_code")}
            </button>`
            : nothing
        }
        <span class="grow"></span>
        ${
          usable
            ? html`<button
              class="btn"
              type="button"
              @click=${(/** @type {Event} */ event) => this.#actions.copyLink(target(event), made.invitation)}
            >
              ${icon("link")}${this.#words("copy_link")}
            </button>`
            : nothing
        }
        <button class="btn btn--primary" type="button" @click=${() => this.#onDone()}>${this.#words("done")}</button>
      </footer>`;
  }

  /** @param {{made: Made, madeAt: number}} shown */
  #code({ made, madeAt }) {
    const { code, expires_at } = made.invitation;
    const left = this.#clock.until(expires_at);
    const share = Math.min(1, left / Math.max(1, Date.parse(expires_at) - madeAt));
    return html`<div class="codebox">
      <span class="small muted" id="made-code-label">${this.#words("pin_code")}</span>
      <div class="row row--between">
        <span class="pin pin--l" role="img" aria-label=${[...code.replaceAll(" ", "")].join(" ")}>${shownCode(code)}</span>
        <button
          class="btn"
          type="button"
          ?disabled=${this.#used}
          @click=${(/** @type {Event} */ event) => this.#actions.copyCode(target(event), made.invitation)}
        >
          ${icon("copy")}${this.#words("copy")}
        </button>
      </div>
      ${this.#used ? html`<p class="small">${this.#words("used")}</p>` : this.#timeLeft(expires_at, share)}
    </div>`;
  }

  /**
   * @param {string} expiresAt
   * @param {number} share what is left of the whole, 0 to 1
   */
  #timeLeft(expiresAt, share) {
    const left = this.#clock.until(expiresAt);
    return html`<div class="row row--between small">
        <span><b class="countdown">${this.#words("time_left", { time: remainingText(left) })}</b></span>
        <span class="muted">${this.#words("until", { time: timeOfDay(expiresAt) })}</span>
      </div>
      <svg class="meter" viewBox="0 0 100 4" preserveAspectRatio="none" width="100%" height="4" aria-hidden="true">
        <rect class="meter__fill" width=${share * 100} height="4" />
      </svg>`;
  }

  /**
   * What the technician passes on, for the methods that leave it to them.
   * @param {Made} made
   */
  #way(made) {
    if (made.qr) return linkPart(made, this.#words);
    if (made.mailto) return this.#mailto(made.mailto);
    if (!made.sms) return nothing;
    return smsPart(made.sms, this.#words, (button, text) => this.#actions.copyText(button, text));
  }

  /** @param {string} mailto */
  #mailto(mailto) {
    return html`<p class="small">
      ${this.#words("mail_client_hint")} <a href=${mailto}>${this.#words("open_mail_again")}</a>
    </p>`;
  }

  #mailSteps() {
    if (!this.#delivery) return nothing;
    const delivery = this.#delivery;
    const failed = delivery.state === "failed" || delivery.state === "bounced";
    const reached = failed ? 0 : MAIL_STEPS.indexOf(delivery.state);
    const steps = failed ? MAIL_STEPS.slice(0, 1) : MAIL_STEPS;
    return html`<div>
      <h3 class="small">${this.#words(this.#shown?.made.sms ? "sms" : "mail")}</h3>
      <ol class="steps small">
        ${steps.map((step, index) => this.#step(this.#words(step), index <= reached))}
        ${failed ? this.#failure(delivery) : nothing}
      </ol>
    </div>`;
  }

  /** @param {DeliveryState} delivery */
  #failure(delivery) {
    return html`<li class="step step--failed" data-state="now">
      ${icon("warn", "icon--s")}
      <span
        ><b>${delivery.label}</b> ${delivery.reason}
        ${
          delivery.can_retry && this.#state === "open"
            ? html`<button class="btn btn--s" type="button" @click=${() => this.#actions.sendAgain(delivery)}>
              ${this.#words("send_again")}
            </button>`
            : nothing
        }</span
      >
    </li>`;
  }

  #customerSteps() {
    const arrived = this.#state === "arrived";
    return html`<div>
      <h3 class="small">${this.#words("customer")}</h3>
      <ol class="steps small">
        ${this.#step(this.#words("step_opened"), arrived || this.#used)}
        ${this.#step(this.#words("step_accepted"), arrived)}
      </ol>
    </div>`;
  }

  /**
   * @param {string} label
   * @param {boolean} done
   */
  #step(label, done) {
    return html`<li class="step" data-state=${done ? "done" : "todo"}>
      ${icon(done ? "check" : "s-connecting", "icon--s")}<span>${label}</span>
    </li>`;
  }

  /** @param {string} name */
  #where(name) {
    if (this.#state === "over") return this.#over;
    if (this.#state === "cancelled") return this.#words("cancelled");
    return this.#words(this.#state === "arrived" ? "arrived" : "where", { name });
  }

  /** @param {Made} made */
  async #cancel(made) {
    if (!(await this.#actions.cancel(made.invitation)) || this.#shown?.made !== made) return;
    this.#state = "cancelled";
    this.draw();
    this.#root.querySelector("h2")?.focus();
  }
}

/**
 * @param {Made} made
 * @param {Asked} asked
 */
function madeWord({ invitation, delivery }, { via }) {
  if (invitation.method === "sms") return delivery ? "made_sms_server" : "made_sms";
  return `made_${invitation.method === "email" ? via : invitation.method}`;
}

/** @param {Event} event */
function target(event) {
  return /** @type {HTMLElement} */ (event.currentTarget);
}
