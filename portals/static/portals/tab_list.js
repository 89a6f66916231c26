/**
 * Tabs as people expect them: one is in the tab order, arrow keys, Home and End move, and what is focused is chosen.
 * A tab with `aria-disabled` can be reached, so that its reason is heard, and is not chosen.
 */
export class TabList {
  #list;
  #onChoose;

  /**
   * @param {HTMLElement} list the element with role tablist
   * @param {(tab: HTMLElement) => void} onChoose
   */
  constructor(list, onChoose) {
    this.#list = list;
    this.#onChoose = onChoose;
    list.addEventListener("click", (event) => this.#clicked(event));
    list.addEventListener("keydown", (event) => this.#pressed(event));
  }

  /** @param {HTMLElement} chosen */
  choose(chosen) {
    if (chosen.getAttribute("aria-disabled") === "true") return;
    for (const tab of this.#tabs()) tab.setAttribute("aria-selected", String(tab === chosen));
    this.#reach(chosen);
    this.#onChoose(chosen);
  }

  /** @returns {HTMLElement[]} */
  #tabs() {
    return [...this.#list.querySelectorAll("[role=tab]")].filter((tab) => tab instanceof HTMLElement);
  }

  /** @param {HTMLElement} reached */
  #reach(reached) {
    for (const tab of this.#tabs()) tab.tabIndex = tab === reached ? 0 : -1;
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    const tab = event.target instanceof Element ? event.target.closest("[role=tab]") : null;
    if (tab instanceof HTMLElement) this.choose(tab);
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const tabs = this.#tabs();
    const at = tabs.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const next = nextPlace(event.key, at, tabs.length, getComputedStyle(this.#list).direction === "rtl");
    if (at < 0 || next === null) return;
    event.preventDefault();
    tabs[next].focus();
    this.#reach(tabs[next]);
    this.choose(tabs[next]);
  }
}

/**
 * @param {string} key
 * @param {number} at
 * @param {number} count
 * @param {boolean} backwards whether the list runs from right to left
 * @returns {number | null}
 */
function nextPlace(key, at, count, backwards) {
  const step = backwards ? -1 : 1;
  if (key === "ArrowRight") return (at + step + count) % count;
  if (key === "ArrowLeft") return (at - step + count) % count;
  if (key === "Home") return 0;
  return key === "End" ? count - 1 : null;
}
