/** What somebody asks of a dialog: one after the other, none lost, and nothing twice while it waits or runs. */
export class InTurn {
  /** @type {Promise<void>} */
  #last = Promise.resolve();
  /** @type {Map<string, Promise<void>>} */
  #asked = new Map();

  /**
   * @param {string} name of what is asked; a second press of the same button asks for nothing new
   * @param {() => Promise<void>} act which tells of its own failures and never throws
   * @returns {Promise<void>} when it is done
   */
  run(name, act) {
    const same = this.#asked.get(name);
    if (same) return same;
    const done = this.#last.then(act).finally(() => this.#asked.delete(name));
    this.#asked.set(name, done);
    this.#last = done;
    return done;
  }
}
