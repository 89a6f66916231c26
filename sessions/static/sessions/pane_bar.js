import { show } from "portals/dom.js";
import { part } from "portals/parts.js";
import { statusView } from "sessions/status_view.js";
import { render } from "vendor/lit-html/lit-html.js";

/**
 * @typedef {"start" | "hold" | "transfer" | "end" | "leave"} Verb
 * @typedef {object} Offer
 * @property {boolean} shown
 * @property {boolean} [busy]
 * @property {string} [why] why it would be refused; empty when it would not
 * @property {string} [hint] what it does here, where the word alone does not say it
 */

/** @type {readonly Verb[]} */
const VERBS = ["start", "hold", "transfer", "end", "leave"];

/** The bar above the stage: who it is, the status, the time, and what can be done, each with the reason why not. */
export class PaneBar {
  #root;

  /**
   * @param {object} parts
   * @param {HTMLElement} parts.root of the pane
   * @param {string} parts.id of the session
   * @param {Record<Verb, () => void>} parts.verbs
   */
  constructor({ root, id, verbs }) {
    this.#root = root;
    for (const verb of VERBS) {
      const button = part(root, verb, HTMLButtonElement);
      const why = part(root, `${verb}-why`, HTMLElement);
      why.id = `${verb}-why-${id}`;
      button.setAttribute("aria-describedby", why.id);
      button.addEventListener("click", () => verbs[verb]());
    }
  }

  /**
   * @param {object} seen
   * @param {string} seen.name
   * @param {string} seen.status
   * @param {string} seen.label
   * @param {boolean} seen.outgoing
   * @param {Record<Verb, Offer>} seen.offers
   */
  draw({ name, status, label, outgoing, offers }) {
    part(this.#root, "name", HTMLElement).textContent = name;
    render(statusView(status, label, { outgoing }), part(this.#root, "status", HTMLElement));
    for (const verb of VERBS) this.#drawVerb(verb, offers[verb]);
  }

  /** @param {string} text */
  setTime(text) {
    part(this.#root, "time", HTMLElement).textContent = text;
  }

  /**
   * @param {Verb} verb
   * @param {Offer} offer
   */
  #drawVerb(verb, { shown, busy = false, why = "", hint = "" }) {
    const button = part(this.#root, verb, HTMLButtonElement);
    show(button, shown);
    if (shown && (busy || why)) button.setAttribute("aria-disabled", "true");
    else button.removeAttribute("aria-disabled");
    part(this.#root, `${verb}-why`, HTMLElement).textContent = shown ? why || hint : "";
  }
}
