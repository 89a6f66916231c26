import { copyFrom } from "invitations/copy_button.js";
import { sentMails } from "invitations/sent_mails.js";
import { ApiError, get, post } from "portals/api.js";
import { show } from "portals/dom.js";
import { InTurn } from "portals/in_turn.js";
import { openMail } from "portals/mail_program.js";
import { part } from "portals/parts.js";
import { readWords } from "portals/words.js";
import { matchingTargets } from "sessions/list_filter.js";
import { openModal, sayProblem } from "sessions/modal.js";
import { repeat } from "vendor/lit-html/directives/repeat.js";
import { html, nothing, render } from "vendor/lit-html/lit-html.js";

/**
 * @typedef {{kind: string, id: string, name: string, detail: string, availability: string, sessions: number, why_not: string}} Colleague
 * @typedef {{id: string, to: string, by: string, comment: string}} Asked
 * @typedef {{id: string, code: string, code_display: string, link: string, mailto: string}} Code
 * @typedef {import("sessions/protocol.js").DeliveryState} DeliveryState
 * @typedef {{invitation: Code | null, mails: DeliveryState[], colleagues: Colleague[], requests: Asked[], inside: number, limit: number, advised: number}} Agents
 */

const LOOK_AGAIN_MS = 5000; // people come and go while a technician chooses

/** The dialog *Invite Agents*: the session's code and URL for technicians of any company, and colleagues by name. */
export class InviteAgentsDialog {
  /** @type {Agents | null} */
  #agents = null;
  /** @type {Code | null} */
  #code = null;
  #turns = new InTurn();
  #words = readWords("agent-words");
  #url;
  #sentence;
  #dialog;
  #timer;

  /**
   * @param {object} parts
   * @param {string} parts.id of the session
   * @param {string} parts.name the customer's
   * @param {(error: unknown) => string} parts.sentence
   */
  constructor({ id, name, sentence }) {
    this.#url = `/api/v1/sessions/${id}/agents/`;
    this.#sentence = sentence;
    const dialog = openModal("invite-agents-dialog");
    this.#dialog = dialog;
    part(dialog, "who", HTMLElement).textContent = name;
    part(dialog, "search", HTMLInputElement).addEventListener("input", () => this.#draw());
    part(dialog, "copy", HTMLButtonElement).addEventListener("click", () => this.#copy());
    part(dialog, "mail-form", HTMLFormElement).addEventListener("submit", (event) => this.#mail(event));
    part(dialog, "mail-form", HTMLFormElement).addEventListener("change", () => this.#drawMail());
    part(dialog, "cancel-code", HTMLButtonElement).addEventListener("click", () => this.#cancelCode());
    part(dialog, "colleagues", HTMLElement).addEventListener("click", (event) => this.#clicked(event));
    dialog.addEventListener("close", () => clearInterval(this.#timer));
    this.#timer = setInterval(() => this.#load(), LOOK_AGAIN_MS);
    part(dialog, "copy", HTMLButtonElement).focus();
    this.#open();
  }

  async #open() {
    await this.#try("open", () => this.#needCode());
    await this.#load();
  }

  /** The session's code and URL, made where there is none. */
  async #needCode() {
    this.#code ??= /** @type {Code} */ (await post(`${this.#url}invitation/`));
    this.#drawCode();
    return this.#code;
  }

  async #load() {
    try {
      this.#agents = await get(this.#url);
      this.#draw();
    } catch (error) {
      if (!this.#agents) sayProblem(this.#dialog, this.#sentence(error));
    }
  }

  /**
   * One request after the other, also what is pressed before the first answer; what was refused is said in the dialog.
   * @param {string} verb
   * @param {() => Promise<unknown>} act
   */
  #try(verb, act) {
    return this.#turns.run(verb, async () => {
      sayProblem(this.#dialog, "");
      try {
        await act();
      } catch (error) {
        const fields = error instanceof ApiError ? Object.values(error.errors) : [];
        sayProblem(this.#dialog, fields.join(" ") || this.#sentence(error));
      }
    });
  }

  #copy() {
    const link = this.#code?.link;
    if (!link) return;
    copyFrom(part(this.#dialog, "copy", HTMLButtonElement), link, (done) =>
      this.#announce(this.#words(done ? "copied" : "not_copied", { link })),
    );
  }

  get #byServer() {
    const form = part(this.#dialog, "mail-form", HTMLFormElement);
    return new FormData(form).get("via") === "server";
  }

  #drawMail() {
    show(part(this.#dialog, "to-field", HTMLElement), this.#byServer);
  }

  /** @param {Event} event */
  #mail(event) {
    event.preventDefault();
    const field = part(this.#dialog, "to", HTMLInputElement);
    const byServer = this.#byServer;
    return this.#try("mail", async () => {
      const { mailto } = await this.#needCode();
      if (!byServer) return openMail(mailto);
      const { to } = await post(`${this.#url}mail/`, { to: field.value });
      field.value = "";
      this.#announce(this.#words("mailed", { to }));
      await this.#load();
    });
  }

  /** @param {DeliveryState} mail */
  #mailAgain({ id, to }) {
    return this.#try(`again ${id}`, async () => {
      await post(`/api/v1/deliveries/${id}/retry/`);
      this.#announce(this.#words("mailed", { to }));
      await this.#load();
    });
  }

  #cancelCode() {
    const id = this.#code?.id;
    return this.#try("cancel", async () => {
      await post(`/api/v1/invitations/${id}/cancel/`);
      this.#code = null;
      this.#drawCode();
      this.#announce(this.#words("cancelled"));
    });
  }

  /** @param {Event} event */
  async #clicked({ target }) {
    const button = target instanceof Element ? target.closest("button") : null;
    if (!(button instanceof HTMLButtonElement)) return;
    const { ask, withdraw } = button.dataset;
    if (withdraw) {
      const request = this.#agents?.requests.find(({ id }) => id === withdraw);
      await this.#try(`withdraw ${withdraw}`, async () => {
        await post(`/api/v1/agent-requests/${withdraw}/withdraw/`);
        this.#announce(this.#words("was_withdrawn", { name: request?.to ?? "" }));
      });
    }
    const chosen = ask && this.#agents?.colleagues.find((one) => keyOf(one) === ask);
    if (chosen) {
      const comment = part(this.#dialog, "comment", HTMLInputElement);
      await this.#try(`ask ${ask}`, async () => {
        const { kind, id: target, name } = chosen;
        await post(`${this.#url}requests/`, { kind, target, comment: comment.value });
        comment.value = "";
        this.#announce(this.#words("was_invited", { name }));
      });
    }
    await this.#load();
  }

  /** @param {string} text */
  #announce(text) {
    part(this.#dialog, "none", HTMLElement).textContent = text;
  }

  #drawCode() {
    const code = this.#code;
    const output = part(this.#dialog, "code", HTMLElement);
    output.textContent = code?.code_display ?? "";
    output.setAttribute("aria-label", code ? [...code.code].join(" ") : "");
    const copy = part(this.#dialog, "copy", HTMLButtonElement);
    if (code) copy.removeAttribute("aria-disabled");
    else copy.setAttribute("aria-disabled", "true");
    show(part(this.#dialog, "cancel-code", HTMLElement), code !== null);
    show(part(this.#dialog, "cancel-hint", HTMLElement), code !== null);
  }

  #draw() {
    const agents = this.#agents;
    if (!agents) return;
    const mails = {
      words: this.#words,
      onAgain: (/** @type {DeliveryState} */ mail) => this.#mailAgain(mail),
    };
    render(sentMails(agents.mails, mails), part(this.#dialog, "mails", HTMLElement));
    const found = matchingTargets(agents.colleagues, part(this.#dialog, "search", HTMLInputElement).value);
    const asked = agents.requests.map((request) => this.#asked(request));
    const lines = repeat(found, keyOf, (colleague) => this.#line(colleague, agents.inside >= agents.limit));
    render([...asked, lines], part(this.#dialog, "colleagues", HTMLElement));
    const { inside, limit, advised } = agents;
    part(this.#dialog, "inside", HTMLElement).textContent = this.#words("inside", { count: inside, limit });
    const full = inside >= limit;
    const crowded = inside - 1 >= advised;
    show(part(this.#dialog, "crowd", HTMLElement), crowded);
    const crowd = crowded ? this.#words(full ? "full" : "crowded", { limit, advised }) : "";
    const text = part(this.#dialog, "crowd-text", HTMLElement);
    if (text.textContent !== crowd) text.textContent = crowd;
    if (!found.length) this.#announce(this.#words(agents.colleagues.length ? "no_match" : "no_colleagues"));
  }

  /** @param {Asked} request */
  #asked({ id, to, by, comment }) {
    const hint = [this.#words("invited_by", { name: by }), comment].filter(Boolean).join(" · ");
    return html`<li class="colleague">
      <span class="grow"><b>${to}</b><span class="table__sub">${hint}</span></span>
      <button class="btn btn--s" type="button" data-withdraw=${id} aria-label=${this.#words("withdraw_whom", { name: to })}>
        ${this.#words("withdraw")}
      </button>
    </li>`;
  }

  /**
   * @param {Colleague} colleague
   * @param {boolean} full
   */
  #line(colleague, full) {
    const { name, why_not: whyNot } = colleague;
    if (whyNot && this.#agents?.requests.some(({ to }) => to === name)) return nothing; // it stands above
    return html`<li class=${`colleague ${whyNot ? "is-off" : ""}`}>
      <span class="grow"><b>${name}</b><span class="table__sub">${this.#about(colleague)}</span></span>
      ${
        whyNot
          ? html`<span class="small muted">${whyNot}</span>`
          : html`<button
              class="btn btn--s"
              type="button"
              data-ask=${keyOf(colleague)}
              aria-disabled=${full ? "true" : nothing}
              aria-label=${this.#words("invite_whom", { name })}
            >
              ${this.#words("invite")}
            </button>`
      }
    </li>`;
  }

  /** @param {Colleague} colleague */
  #about({ kind, detail, availability, sessions }) {
    const load = this.#words(sessions === 1 ? "session_one" : "sessions", { count: sessions });
    if (kind !== "technician") return [this.#words(kind), detail].join(" · ");
    return [detail, this.#words(availability), load].join(" · ");
  }
}

/** @param {Colleague} colleague */
function keyOf({ kind, id }) {
  return `${kind}:${id}`;
}
