import { need } from "portals/dom.js";
import { EVERYTHING } from "sessions/list_filter.js";

/** @typedef {import("sessions/list_filter.js").Filter} Filter */

const STORED = "sightline.session-filter";

/** Search field and filter over the table *Sessions*, remembered as long as this browser tab lives. */
export class ListControls {
  #search = need("session-search", HTMLInputElement);
  #show = need("session-show", HTMLSelectElement);
  #onChange;

  /** @param {(filter: Filter) => void} onChange called at once with what is remembered */
  constructor(onChange) {
    this.#onChange = onChange;
    const { text, show } = remembered();
    this.#search.value = text;
    this.#show.value = show;
    if (this.#show.selectedIndex < 0) this.#show.value = EVERYTHING.show;
    this.#search.addEventListener("input", () => this.#changed());
    this.#show.addEventListener("change", () => this.#changed());
    this.#search.addEventListener("keydown", (event) => this.#pressed(event));
    this.#changed();
  }

  focus() {
    this.#search.focus();
    this.#search.select();
  }

  #changed() {
    const filter = { text: this.#search.value, show: this.#show.value };
    sessionStorage.setItem(STORED, JSON.stringify(filter));
    this.#onChange(filter);
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (event.key !== "Escape" || !this.#search.value) return;
    this.#search.value = "";
    this.#changed();
  }
}

/** @returns {Filter} */
function remembered() {
  try {
    return { ...EVERYTHING, ...JSON.parse(sessionStorage.getItem(STORED) ?? "{}") };
  } catch {
    return EVERYTHING;
  }
}
