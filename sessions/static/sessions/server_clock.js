/** The server's time as this page knows it, and times of day and durations as people read them. */

const SECOND_MS = 1000;
const DAY_S = 24 * 3600;

export class ServerClock {
  /** Server time minus this computer's, in ms. */
  #skew = 0;

  /** @param {string} now the server's time, ISO 8601 */
  set(now) {
    this.#skew = Date.parse(now) - Date.now();
  }

  now() {
    return Date.now() + this.#skew;
  }

  /**
   * Milliseconds since a moment, never below 0.
   * @param {string} moment ISO 8601
   */
  since(moment) {
    return Math.max(0, this.now() - Date.parse(moment));
  }

  /**
   * Milliseconds until a moment, never below 0.
   * @param {string} moment ISO 8601
   */
  until(moment) {
    return Math.max(0, Date.parse(moment) - this.now());
  }
}

/**
 * `9:40`, `41:07`, `1:12:48`, `2d 4h`.
 * @param {number} ms
 */
export function durationText(ms) {
  const seconds = Math.floor(ms / SECOND_MS);
  if (seconds >= DAY_S) return `${unit("day", seconds / DAY_S)} ${unit("hour", (seconds % DAY_S) / 3600)}`;
  const two = (/** @type {number} */ value) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/**
 * What is left, so that `0:00` means over: started seconds count.
 * @param {number} ms
 */
export function remainingText(ms) {
  return durationText(Math.ceil(ms / SECOND_MS) * SECOND_MS);
}

/**
 * What is left, no finer than a reader needs: `5 hr`, `3 min`, and below two minutes `1:18`.
 * @param {number} ms
 */
export function roughlyText(ms) {
  const minutes = ms / SECOND_MS / 60;
  if (minutes < 2) return remainingText(ms);
  return minutes < 120 ? unit("minute", minutes, "short") : unit("hour", minutes / 60, "short");
}

/**
 * @param {string} name
 * @param {number} value rounded down
 * @param {"narrow" | "short"} [display]
 */
function unit(name, value, display = "narrow") {
  return new Intl.NumberFormat([], { style: "unit", unit: name, unitDisplay: display }).format(
    Math.floor(value),
  );
}

/**
 * `10:55`, on the reader's own clock.
 * @param {string | number} moment
 */
export function timeOfDay(moment) {
  return new Date(moment).toLocaleTimeString([], { timeStyle: "short" });
}

/**
 * `10:55`, and with the date when that was on another day.
 * @param {string} moment
 */
export function momentText(moment) {
  const then = new Date(moment);
  if (then.toDateString() === new Date().toDateString()) return timeOfDay(moment);
  return then.toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
}
