import { ConnectionDetails } from "lens/connection_details.js";
import { OWN } from "lens/quality_watch.js";
import { post, put } from "portals/api.js";
import { show } from "portals/dom.js";
import { icon } from "portals/icon.js";
import { MenuButton } from "portals/menu_button.js";
import { part } from "portals/parts.js";
import { AttendeesView } from "sessions/attendees_view.js";
import { Comings } from "sessions/comings.js";
import { InviteMenu } from "sessions/invite_menu.js";
import { html, nothing, render } from "vendor/lit-html/lit-html.js";

/**
 * @typedef {import("sessions/protocol.js").Attendee} Attendee
 * @typedef {import("sessions/protocol.js").Person} Person
 * @typedef {import("sessions/protocol.js").SessionState} SessionState
 *
 * @typedef {object} DialogParts what a dialog about one session is opened with
 * @property {string} id of the session
 * @property {string} name the customer's
 * @property {(error: unknown) => string} sentence
 * @property {() => number} version counts what has changed among the attendees
 *
 * @typedef {Record<"specialists" | "agents" | "admit", ((parts: DialogParts) => unknown) | undefined>} Dialogs
 */

const ACTIONS = ["lead", "view_only", "control", "remove", "remove_all"];
const ADVISED_AGENTS = 4; // with more of them picture and sound get slower; the server has the same number
/** @type {Record<string, string>} */
const ICONS = { lead: "transfer", control: "control", view_only: "eye" };

/** Who else is in an open session: the list with the lead's verbs, the menu to invite, who waits, who comes and goes. */
export class PaneGuests {
  #root;
  #words;
  #fail;
  #parts;
  #dialogs;
  #toasts;
  #crowded = false;
  #you;
  #invite;
  #menu;
  #list;
  #comings;
  #details;
  /** @type {Attendee[]} */
  #attendees = [];
  /** @type {Attendee | null} whose menu is open */
  #chosen = null;
  #leads = false;
  #version = 0;
  /** @type {import("sessions/invite_menu.js").WhyNot} */
  #whyNot = { specialists: "", agents: "" };
  #whyNotControl = "";

  /**
   * @param {object} parts
   * @param {HTMLElement} parts.root of the pane
   * @param {string} parts.id of the session
   * @param {string} parts.name the customer's
   * @param {import("portals/words.js").Words} parts.words
   * @param {import("portals/toasts.js").Toasts} parts.toasts
   * @param {Dialogs} parts.dialogs
   * @param {(error: unknown) => void} parts.fail
   * @param {(error: unknown) => string} parts.sentence
   * @param {() => string} parts.you
   * @param {import("lens/quality_watch.js").QualityWatch} parts.quality
   */
  constructor({ root, id, name, words, toasts, dialogs, fail, sentence, you, quality }) {
    this.#root = root;
    this.#words = words;
    this.#fail = fail;
    this.#dialogs = dialogs;
    this.#toasts = toasts;
    this.#you = you;
    this.#parts = { id, name, sentence, version: () => this.#version };
    this.#invite = new InviteMenu({ root, id, onChoose: (invited) => this.#open(invited) });
    this.#menu = new MenuButton({
      menu: part(root, "attendee-menu", HTMLElement),
      id: `attendee-menu-${id}`,
      onChoose: (item) => this.#act(item.dataset.action ?? ""),
    });
    this.#list = new AttendeesView({
      list: part(root, "attendees", HTMLElement),
      count: part(root, "attendees-count", HTMLElement),
      words,
      side: (attendee) => this.#button(attendee),
      level: ({ id }) => quality.level(id === you() ? OWN : id),
    });
    quality.addEventListener("levels", () => this.#list.update(this.#attendees, you()));
    this.#details = new ConnectionDetails({ root, words, watch: quality });
    this.#comings = new Comings({ toasts, words, you });
    part(root, "admit", HTMLButtonElement).addEventListener("click", () => this.#open("admit"));
  }

  /** All that was missed has been told. */
  catchUp() {
    this.#comings.catchUp();
  }

  /** @param {any} message a durable one */
  happened(message) {
    this.#comings.heard(message);
  }

  /** @param {{session: SessionState, attendees: Attendee[], waiting: Person[]}} message */
  heard({ session, attendees, waiting }) {
    this.#version += 1;
    this.#attendees = attendees;
    this.#leads = session.lead === this.#you() && session.ended_at === null;
    this.#list.update(attendees, this.#you());
    this.#details.update(attendees, this.#you());
    this.#drawWaiting(this.#leads ? waiting : []);
    this.#warnOfCrowd(attendees);
    if (!attendees.some(({ id }) => id === this.#chosen?.id)) this.#menu.close();
  }

  /**
   * The lead is told once when the fifth agent comes in; nobody is kept out.
   * @param {Attendee[]} attendees
   */
  #warnOfCrowd(attendees) {
    const agents = attendees.filter(({ role, lead }) => role === "technician" && !lead).length;
    const crowded = agents > ADVISED_AGENTS;
    if (this.#leads && crowded && !this.#crowded) {
      const text = this.#words("crowd", { count: agents, advised: ADVISED_AGENTS });
      this.#toasts.show({ key: `crowd:${this.#parts.id}`, text, tone: "warn" });
    }
    this.#crowded = crowded;
  }

  /**
   * @param {boolean} active
   * @param {import("sessions/protocol.js").SessionRow} row
   */
  draw(active, row) {
    this.#whyNot = { specialists: row.why_not_specialists, agents: row.why_not_agents };
    this.#whyNotControl = row.why_not_control;
    this.#invite.draw(active, this.#whyNot);
  }

  /** @param {"specialists" | "agents" | "admit"} dialog */
  #open(dialog) {
    this.#dialogs[dialog]?.(this.#parts);
  }

  /** @param {Person[]} waiting */
  #drawWaiting(waiting) {
    show(part(this.#root, "waiting", HTMLElement), waiting.length);
    const names = waiting.map(({ name }) => name).join(", ");
    const text = waiting.length ? this.#words("wants_in", { names }) : "";
    const line = part(this.#root, "waiting-text", HTMLElement);
    if (line.textContent !== text) line.textContent = text;
  }

  /** @param {Attendee} attendee */
  #button(attendee) {
    const guest = attendee.role === "specialist" || (attendee.role === "technician" && !attendee.lead);
    if (!this.#leads || !guest) return nothing;
    const label = this.#words("actions_for", { name: attendee.name });
    return html`<button
      class="btn btn--quiet btn--icon btn--s"
      type="button"
      aria-haspopup="menu"
      aria-expanded="false"
      aria-label=${label}
      @click=${(/** @type {Event} */ event) => this.#openMenu(attendee, event)}
    >
      ${icon("more")}
    </button>`;
  }

  /**
   * @param {Attendee} attendee
   * @param {Event} event
   */
  #openMenu(attendee, { currentTarget }) {
    this.#chosen = attendee;
    const specialists = this.#attendees.filter(({ role }) => role === "specialist").length;
    const whyNot = attendee.role === "specialist" ? this.#whyNotControl : "";
    const lowered = attendee.right === "view_only";
    const shown = ACTIONS.filter((action) => {
      if (action === "lead") return attendee.role === "technician";
      if (action === "remove_all") return attendee.role === "specialist" && specialists > 1;
      if (action === "remove") return true;
      return (action === "control") === lowered;
    });
    const items = shown.map((action) => this.#item(action, action === "control" ? whyNot : ""));
    render(items, part(this.#root, "attendee-menu", HTMLElement));
    this.#menu.toggle(/** @type {HTMLElement} */ (currentTarget));
  }

  /**
   * @param {string} action
   * @param {string} whyNot
   */
  #item(action, whyNot) {
    return html`<button
      class="menu__item"
      role="menuitem"
      type="button"
      tabindex="-1"
      data-action=${action}
      aria-disabled=${String(whyNot !== "")}
    >
      ${icon(ICONS[action] ?? "x")}<span>${this.#words(`do_${action}`)}</span>
      ${whyNot ? html`<span class="menu__why xs muted">${whyNot}</span>` : nothing}
    </button>`;
  }

  /** @param {string} action */
  async #act(action) {
    const url = `/api/v1/sessions/${this.#parts.id}`;
    const one = `${url}/attendees/${this.#chosen?.id}`;
    try {
      if (action === "lead") await post(`${url}/lead/offer/`, { attendee: this.#chosen?.id });
      else if (action === "remove") await post(`${one}/remove/`);
      else if (action === "remove_all") await post(`${url}/specialists/remove/`);
      else await put(`${one}/right/`, { right: action });
    } catch (error) {
      this.#fail(error);
    }
  }
}
