/** One calm line for what goes wrong: of all that is wrong now, the first in the order of its data attributes. */

export class NoticeBar {
  #element;
  /** @type {Map<string, string>} */
  #wrong = new Map();

  /** @param {HTMLElement} element with a sentence in `data-<key>` for each key */
  constructor(element) {
    this.#element = element;
  }

  /** @param {string} key */
  sentence(key) {
    return this.#element.dataset[key];
  }

  /**
   * @param {string} key
   * @param {boolean} on
   * @param {string} [sentence] in place of the element's own, such as one that the server gave
   */
  set(key, on, sentence) {
    if (on) this.#wrong.set(key, sentence || (this.#element.dataset[key] ?? ""));
    else this.#wrong.delete(key);
    const first = Object.keys(this.#element.dataset).find((known) => this.#wrong.has(known));
    const text = this.#wrong.get(first ?? "") ?? "";
    if (this.#element.textContent !== text) this.#element.textContent = text;
    this.#element.hidden = !text;
  }
}
