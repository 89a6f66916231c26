import { copyFrom } from "invitations/copy_button.js";
import { post } from "portals/api.js";

/** @typedef {import("sessions/protocol.js").PendingCode} PendingCode */

/** What can be done with a code that nobody has used yet, from the list and from the dialog alike. */
export class CodeActions {
  #announce;
  #fail;
  #words;

  /**
   * @param {object} parts
   * @param {import("portals/words.js").Words} parts.words
   * @param {(text: string) => void} parts.announce told to screen readers
   * @param {(error: unknown) => void} parts.fail shown to everyone
   */
  constructor({ words, announce, fail }) {
    this.#words = words;
    this.#announce = announce;
    this.#fail = fail;
  }

  /**
   * @param {HTMLElement} button
   * @param {Pick<PendingCode, "code">} code
   */
  copyCode(button, code) {
    return copyFrom(button, code.code.replaceAll(" ", ""), (done) => this.#copied(done, "code_copied"));
  }

  /**
   * @param {HTMLElement} button
   * @param {Pick<PendingCode, "link">} code
   */
  copyLink(button, code) {
    return copyFrom(button, code.link, (done) => this.#copied(done, "link_copied"));
  }

  /**
   * @param {HTMLElement} button
   * @param {string} text of an SMS
   */
  copyText(button, text) {
    return copyFrom(button, text, (done) => this.#copied(done, "text_copied"));
  }

  /** @param {Pick<PendingCode, "id">} code */
  async cancel(code) {
    return this.#tried(post(`/api/v1/invitations/${code.id}/cancel/`));
  }

  /** @param {Pick<import("sessions/protocol.js").DeliveryState, "id">} delivery */
  async sendAgain(delivery) {
    return this.#tried(post(`/api/v1/deliveries/${delivery.id}/retry/`));
  }

  /**
   * @param {boolean} done
   * @param {string} word
   */
  #copied(done, word) {
    if (done) this.#announce(this.#words(word));
    else this.#fail(new Error(this.#words("copy_failed")));
  }

  /**
   * @param {Promise<unknown>} request
   * @returns {Promise<boolean>} whether the server did it
   */
  async #tried(request) {
    try {
      await request;
      return true;
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }
}
