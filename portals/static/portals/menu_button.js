/** A menu of one or several buttons (ARIA's menu button): a native popover below the button, walked with the arrow keys. */

export class MenuButton {
  #menu;
  /** @type {HTMLElement | null} the button it was opened from */
  #button = null;

  /**
   * @param {object} parts
   * @param {HTMLElement} parts.menu with role menu and the attribute popover
   * @param {string} parts.id unique in the page
   * @param {(item: HTMLElement) => void} parts.onChoose not called for an item that is off
   */
  constructor({ menu, id, onChoose }) {
    this.#menu = menu;
    menu.id = id;
    menu.addEventListener("toggle", (event) => this.#toggled(/** @type {ToggleEvent} */ (event)));
    menu.addEventListener("keydown", (event) => this.#pressed(event));
    menu.addEventListener("click", ({ target }) => {
      const item = target instanceof Element ? target.closest('[role="menuitem"]') : null;
      if (!(item instanceof HTMLElement) || item.getAttribute("aria-disabled") === "true") return;
      this.close();
      onChoose(item);
    });
  }

  /** @returns {HTMLElement[]} */
  get #items() {
    return [...this.#menu.querySelectorAll('[role="menuitem"]')].filter(
      (item) => item instanceof HTMLElement,
    );
  }

  /**
   * Open below this button, or close where it is open there.
   * @param {HTMLElement} button
   */
  toggle(button) {
    const open = this.#menu.matches(":popover-open");
    this.close();
    if (open && this.#button === button) return;
    this.#button = button;
    this.#menu.showPopover();
  }

  close() {
    if (this.#menu.matches(":popover-open")) this.#menu.hidePopover();
  }

  /** @param {ToggleEvent} event */
  #toggled({ newState }) {
    const open = newState === "open";
    this.#button?.setAttribute("aria-expanded", String(open));
    if (!open) return this.#button?.focus();
    this.#place();
    this.#items[0]?.focus();
  }

  /** Below the button, ending where it ends, and never beyond the edge of the window. */
  #place() {
    if (!this.#button) return;
    const { bottom, right } = this.#button.getBoundingClientRect();
    const { width, height } = this.#menu.getBoundingClientRect();
    const { clientWidth, clientHeight } = document.documentElement;
    const left = Math.max(8, Math.min(right, clientWidth - 8) - width);
    const top = Math.max(8, Math.min(bottom + 4, clientHeight - 8 - height));
    this.#menu.style.setProperty("inset", `${top}px auto auto ${left}px`);
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const items = this.#items;
    const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const last = items.length - 1;
    /** @type {Record<string, number>} */
    const moves = {
      ArrowDown: at === last ? 0 : at + 1,
      ArrowUp: at <= 0 ? last : at - 1,
      Home: 0,
      End: last,
    };
    if (event.key === "Tab") this.close();
    if (!(event.key in moves)) return;
    event.preventDefault();
    items[moves[event.key]]?.focus();
  }
}
