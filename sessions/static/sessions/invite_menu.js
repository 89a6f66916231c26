import { show } from "portals/dom.js";
import { MenuButton } from "portals/menu_button.js";
import { part } from "portals/parts.js";

/** @typedef {"specialists" | "agents"} Invited */
/** @typedef {Record<Invited, string>} WhyNot empty where it is offered */

/** @type {readonly Invited[]} */
const ITEMS = ["specialists", "agents"];

/** The menu *Invite to Session*: whom to invite, and why not where something is missing. */
export class InviteMenu {
  #root;
  #menu;

  /**
   * @param {object} parts
   * @param {HTMLElement} parts.root of the pane
   * @param {string} parts.id of the session
   * @param {(invited: Invited) => void} parts.onChoose
   */
  constructor({ root, id, onChoose }) {
    this.#root = root;
    const button = part(root, "invite-button", HTMLButtonElement);
    this.#menu = new MenuButton({
      menu: part(root, "invite-menu", HTMLElement),
      id: `invite-menu-${id}`,
      onChoose: (item) => onChoose(/** @type {Invited} */ (item.dataset.invite)),
    });
    button.setAttribute("aria-controls", `invite-menu-${id}`);
    button.addEventListener("click", () => this.#menu.toggle(button));
  }

  /**
   * @param {boolean} shown
   * @param {WhyNot} whyNot
   */
  draw(shown, whyNot) {
    if (!shown) this.#menu.close();
    show(part(this.#root, "invite", HTMLElement), shown);
    for (const name of ITEMS) {
      const item = this.#root.querySelector(`[data-invite="${name}"]`);
      item?.setAttribute("aria-disabled", String(whyNot[name] !== ""));
      const why = part(this.#root, `${name}-why`, HTMLElement);
      if (why.textContent !== whyNot[name]) why.textContent = whyNot[name];
    }
  }
}
