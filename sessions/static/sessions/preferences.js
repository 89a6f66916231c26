/** Switches that a browser remembers. Preferences only: nothing that opens a door is ever kept here. */

const PREFIX = "sightline.";

export class Switch {
  #key;
  #on;

  /**
   * @param {string} name
   * @param {boolean} fallback what holds until somebody chooses
   */
  constructor(name, fallback) {
    this.#key = PREFIX + name;
    this.#on = stored(this.#key) ?? fallback;
  }

  get on() {
    return this.#on;
  }

  set on(on) {
    this.#on = on;
    try {
      localStorage.setItem(this.#key, on ? "on" : "off");
    } catch {} // a browser that keeps nothing still has the switch until the page is closed
  }
}

/** @param {string} key */
function stored(key) {
  try {
    const value = localStorage.getItem(key);
    return value === null ? null : value === "on";
  } catch {
    return null;
  }
}
