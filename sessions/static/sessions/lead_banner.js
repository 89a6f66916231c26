import { show } from "portals/dom.js";
import { part } from "portals/parts.js";

/**
 * @typedef {import("sessions/protocol.js").Attendee} Attendee
 * @typedef {"lead/take" | "lead/decline"} LeadVerb
 */

/** The line above the stage about the lead: offered to this technician, offered by this one, or lost. */
export class LeadBanner {
  #root;
  #words;

  /**
   * @param {object} parts
   * @param {HTMLElement} parts.root of the pane
   * @param {import("portals/words.js").Words} parts.words
   * @param {(verb: LeadVerb) => void} parts.act
   */
  constructor({ root, words, act }) {
    this.#root = root;
    this.#words = words;
    part(root, "lead-take", HTMLButtonElement).addEventListener("click", () => act("lead/take"));
    part(root, "lead-decline", HTMLButtonElement).addEventListener("click", () => act("lead/decline"));
  }

  /**
   * @param {object} seen
   * @param {string} seen.you this technician's attendee id
   * @param {string | null} seen.offer whom the lead offers the lead to
   * @param {Attendee[]} seen.attendees
   * @param {boolean} seen.running
   * @param {boolean} seen.busy
   */
  draw({ you, offer, attendees, running, busy }) {
    const found = running ? this.#found(you, offer, attendees) : null;
    show(part(this.#root, "lead-banner", HTMLElement), found !== null);
    const text = part(this.#root, "lead-text", HTMLElement);
    const words = found ? this.#words(found.word, { name: found.name }) : "";
    if (text.textContent !== words) text.textContent = words;
    this.#button("lead-take", found?.take, busy);
    this.#button("lead-decline", found?.decline, busy);
  }

  /**
   * @param {string} you
   * @param {string | null} offer
   * @param {Attendee[]} attendees
   * @returns {{word: string, name: string, take?: string, decline?: string} | null}
   */
  #found(you, offer, attendees) {
    const lead = attendees.find((attendee) => attendee.lead);
    const offered = attendees.find((attendee) => attendee.id === offer);
    if (offered && offered.id === you)
      return { word: "lead_offered", name: lead?.name ?? "", take: "lead_accept", decline: "lead_decline" };
    if (lead?.id === you)
      return offered ? { word: "lead_given", name: offered.name, decline: "lead_take_back" } : null;
    const lost = lead && lead.connection !== "connected";
    return lost ? { word: "lead_lost", name: lead.name, take: "lead_take" } : null;
  }

  /**
   * @param {string} name
   * @param {string | undefined} word
   * @param {boolean} busy
   */
  #button(name, word, busy) {
    const button = part(this.#root, name, HTMLButtonElement);
    show(button, word !== undefined);
    if (word) button.textContent = this.#words(word);
    button.toggleAttribute("aria-disabled", busy);
    if (busy) button.setAttribute("aria-disabled", "true");
  }
}
