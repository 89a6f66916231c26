import { copyFrom } from "invitations/copy_button.js";
import { invitationCard } from "invitations/specialists_card.js";
import { ApiError, get, post } from "portals/api.js";
import { show } from "portals/dom.js";
import { openMail } from "portals/mail_program.js";
import { part } from "portals/parts.js";
import { readWords } from "portals/words.js";
import { openModal, sayProblem, setBusy } from "sessions/modal.js";
import { nothing, render } from "vendor/lit-html/lit-html.js";

/**
 * @typedef {{id: string, name: string, way: string, right_label: string, joined_at: string, left_at: string | null}} Joined
 * @typedef {{id: string, code: string, code_display: string, link: string, join_page: string,
 *   portal: {address: string, why_not: string}, qr: string, mailto: string, right: string, right_label: string,
 *   comment: string, joined: Joined[], mails: import("sessions/protocol.js").DeliveryState[]}} Invitation
 * @typedef {{why_not_control: string, limit: number, inside: number, admits: boolean, invitation: Invitation | null}} Card
 */

const LOOK_MS = 1000; // whether the attendees have changed
const LOOK_AGAIN_EVERY = 5; // and the server is asked in any case

/** The dialog *Invite External Specialists*: the rights first, then the four ways in and who has come by them. */
export class SpecialistsDialog {
  #url;
  #sentence;
  #version;
  #words = readWords("specialists-words");
  #dialog;
  #timer;
  /** @type {Card | null} */
  #card = null;
  #seen = -1;
  #looks = 0;
  #busy = false;
  #mail = { via: "client", to: "", told: "", problem: "" };

  /** @param {import("sessions/pane_guests.js").DialogParts} parts */
  constructor({ id, name, sentence, version }) {
    this.#url = `/api/v1/sessions/${id}`;
    this.#sentence = sentence;
    this.#version = version;
    const dialog = openModal("specialists-dialog");
    this.#dialog = dialog;
    part(dialog, "who", HTMLElement).textContent = name;
    part(dialog, "form", HTMLFormElement).addEventListener("submit", (event) => this.#create(event));
    part(dialog, "cancel", HTMLButtonElement).addEventListener("click", () => this.#cancel());
    dialog.addEventListener("close", () => clearInterval(this.#timer));
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
    this.#load();
  }

  #look() {
    this.#looks += 1;
    if (this.#busy || (this.#seen === this.#version() && this.#looks % LOOK_AGAIN_EVERY)) return;
    this.#load();
  }

  async #load() {
    this.#seen = this.#version();
    try {
      this.#show(await get(`${this.#url}/specialists/`));
    } catch (error) {
      this.#fail(error);
      show(part(this.#dialog, "loading", HTMLElement), false);
    }
  }

  /** @param {Card} card */
  #show(card) {
    this.#card = card;
    this.#draw();
  }

  #draw() {
    const card = this.#card;
    if (!card) return;
    const dialog = this.#dialog;
    const invitation = card.invitation;
    show(part(dialog, "loading", HTMLElement), false);
    show(part(dialog, "before", HTMLElement), !invitation);
    const create = part(dialog, "create", HTMLButtonElement);
    create.disabled = false; // not before: the dialog grows when it is known, and a press would miss the button
    show(create, !invitation);
    for (const name of ["after", "cancel", "cancel-hint", "right"])
      show(part(dialog, name, HTMLElement), invitation);
    part(dialog, "right", HTMLElement).textContent = invitation?.right_label ?? "";
    if (!invitation) this.#drawBefore(card);
    const parts = {
      words: this.#words,
      mail: this.#mail,
      onMail: () => this.#sendMail(),
      onAgain: (/** @type {{id: string}} */ { id }) => this.#post(`/api/v1/deliveries/${id}/retry/`),
      onVia: (/** @type {string} */ via) => this.#change({ via, told: "", problem: "" }),
      onTo: (/** @type {string} */ to) => Object.assign(this.#mail, { to }),
      onCopy: (/** @type {HTMLElement} */ button, /** @type {string} */ text) =>
        copyFrom(button, text, (done) => this.#announce(this.#words(done ? "copied" : "not_copied"))),
      onRemove: (/** @type {string} */ id) => this.#post(`${this.#url}/attendees/${id}/remove/`),
    };
    const after = part(dialog, "after", HTMLElement);
    render(invitation ? invitationCard(card, invitation, parts) : nothing, after);
  }

  /** @param {Card} card */
  #drawBefore({ why_not_control, limit, admits }) {
    const control = part(this.#dialog, "control", HTMLInputElement);
    const hint = part(this.#dialog, "control-hint", HTMLElement);
    control.disabled = why_not_control !== "";
    if (control.disabled && control.checked) control.checked = false;
    hint.textContent = why_not_control || (hint.dataset.hint ?? "");
    const line = part(this.#dialog, "limit", HTMLElement);
    line.textContent = (line.dataset.text ?? "").replace("{limit}", String(limit));
    show(part(this.#dialog, "admits", HTMLElement), admits);
  }

  /** @param {Event} event */
  async #create(event) {
    event.preventDefault();
    if (this.#card?.invitation) return this.#sendMail();
    const form = new FormData(part(this.#dialog, "form", HTMLFormElement));
    const asked = {
      right: form.get("right") ?? "view_only",
      comment: part(this.#dialog, "comment", HTMLTextAreaElement).value,
    };
    await this.#run(async () => this.#show(await post(`${this.#url}/specialists/`, asked)));
    this.#dialog.querySelector("h2")?.focus();
  }

  async #cancel() {
    const invitation = this.#card?.invitation;
    if (!invitation) return;
    await this.#post(`/api/v1/invitations/${invitation.id}/cancel/`);
    if (!this.#card?.invitation) this.#announce(this.#words("cancelled"));
  }

  async #sendMail() {
    const invitation = this.#card?.invitation;
    if (!invitation) return;
    const { via, to } = this.#mail;
    if (via === "client") {
      openMail(invitation.mailto.replace("mailto:", `mailto:${encodeURIComponent(to.trim())}`));
      return this.#change({ told: this.#words("mail_ready"), problem: "" });
    }
    try {
      const { to: cleaned } = await post(`/api/v1/invitations/${invitation.id}/mail/`, { to });
      this.#change({ told: this.#words("mail_queued", { to: cleaned }), problem: "", to: "" });
      this.#load();
    } catch (error) {
      const field = error instanceof ApiError ? error.errors.to : "";
      this.#change({ told: "", problem: field || this.#sentence(error) });
    }
  }

  /** @param {Partial<{via: string, to: string, told: string, problem: string}>} mail */
  #change(mail) {
    Object.assign(this.#mail, mail);
    this.#draw();
    if (mail.told) this.#announce(mail.told);
  }

  /** @param {string} url */
  #post(url) {
    return this.#run(async () => {
      await post(url);
      await this.#load();
    });
  }

  /** @param {() => Promise<void>} work */
  async #run(work) {
    if (this.#busy) return;
    this.#busy = true;
    setBusy(this.#dialog, true);
    try {
      await work();
      sayProblem(this.#dialog, "");
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#busy = false;
      setBusy(this.#dialog, false);
    }
  }

  /** @param {unknown} error */
  #fail(error) {
    const fields = error instanceof ApiError ? Object.values(error.errors).join(" ") : "";
    sayProblem(this.#dialog, fields || this.#sentence(error));
  }

  /** @param {string} text */
  #announce(text) {
    part(this.#dialog, "announcer", HTMLElement).textContent = text;
  }
}
