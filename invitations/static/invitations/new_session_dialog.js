import { CodeCard } from "invitations/code_card.js";
import { NewSessionForm } from "invitations/new_session_form.js";
import { need, show } from "portals/dom.js";
import { readWords } from "portals/words.js";

/** The dialog *Create New Session*: the form, then the code with its time, its mail and how far the customer is. */
export class NewSessionDialog {
  #dialog = need("new-session", HTMLDialogElement);
  #made = need("new-session-made", HTMLElement);
  #form;
  #card;
  /** @type {import("sessions/protocol.js").ConsoleSnapshot | null} */
  #latest = null;

  /**
   * @param {object} parts
   * @param {import("sessions/server_clock.js").ServerClock} parts.clock
   * @param {import("invitations/code_actions.js").CodeActions} parts.actions
   * @param {(text: string) => void} parts.announce
   */
  constructor({ clock, actions, announce }) {
    const words = readWords("dialog-words");
    this.#card = new CodeCard({
      root: this.#made,
      words,
      clock,
      actions,
      announce,
      onDone: () => this.#dialog.close(),
    });
    this.#form = new NewSessionForm({ words, onMade: (made, asked) => this.#showMade(made, asked) });
    this.#form.element.querySelector("[data-close]")?.addEventListener("click", () => this.#dialog.close());
    this.#dialog.addEventListener("close", () => this.#closed());
  }

  open() {
    if (!this.#dialog.open) this.#dialog.showModal();
  }

  get isOpen() {
    return this.#dialog.open;
  }

  /**
   * Say in the dialog that something did not work.
   * @param {string} text
   */
  fail(text) {
    if (this.#made.hidden) this.#form.say(text);
    else this.#card.fail(text);
  }

  /** @param {import("sessions/protocol.js").ConsoleSnapshot} snapshot */
  update(snapshot) {
    this.#latest = snapshot;
    this.#form.update(snapshot.why_not_create);
    this.#card.update(snapshot);
  }

  /** Draw the remaining time anew. */
  draw() {
    this.#card.draw();
  }

  /**
   * @param {import("invitations/new_session_form.js").Made} made
   * @param {{name: string, to: string, via: string}} asked
   */
  #showMade(made, asked) {
    show(this.#form.element, false);
    show(this.#made, true);
    this.#form.reset();
    this.#card.show(made, asked);
    // A mail may have failed before the answer that made it was here; nothing would tell of it again.
    if (this.#latest) this.#card.update(this.#latest);
    // The dialog may have been closed while the server was at work; the code then stands under Pending codes.
    if (!this.#dialog.open) this.#closed();
  }

  #closed() {
    if (this.#made.hidden) return;
    this.#card.clear();
    show(this.#made, false);
    show(this.#form.element, true);
  }
}
