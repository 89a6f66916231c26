/** Chat lines that came while nobody looked at them. */
export class Unread {
  #count = 0;
  #looking;
  #onChange;

  /**
   * @param {object} parts
   * @param {() => boolean} parts.looking whether the chat is on the screen of a page that is looked at
   * @param {() => void} parts.onChange
   */
  constructor({ looking, onChange }) {
    this.#looking = looking;
    this.#onChange = onChange;
  }

  get count() {
    return this.#count;
  }

  /**
   * A line was added. One's own, and what is replayed after opening, is no news.
   * @param {{own: boolean, live: boolean}} line
   */
  came({ own, live }) {
    if (own || !live || this.#looking()) return;
    this.#count += 1;
    this.#onChange();
  }

  /** What is looked at counts as read. */
  look() {
    if (!this.#count || !this.#looking()) return;
    this.#count = 0;
    this.#onChange();
  }
}
