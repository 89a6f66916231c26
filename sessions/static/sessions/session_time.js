/** How long a session has been running, and whether it is: active, hold and transfer count, waiting does not. */

const ENDED = new Set(["closed", "timed_out", "aborted"]);
const COUNTED = new Set(["active", "on_hold", "transferring"]);

/**
 * @typedef {object} Totals
 * @property {string} status
 * @property {string} since
 * @property {number} active_ms
 * @property {number} held_ms
 * @property {number} transferring_ms
 */

/**
 * The time that a row of the list shows: of one's own sessions the running total, else how long somebody waits.
 *
 * @param {{status: string, relation: string, since: string, counted_ms: number}} row
 * @param {number} now ms
 */
export function rowTimeMs({ status, relation, since, counted_ms }, now) {
  const own = relation === "own" || relation === "outgoing";
  const counted = own && COUNTED.has(status) ? counted_ms : 0;
  return counted + Math.max(0, now - Date.parse(since));
}

/**
 * The total of a session that is open: 0 before the first Start, standing still after the end.
 *
 * @param {Totals} session
 * @param {number} now ms
 */
export function totalMs(session, now) {
  const running = COUNTED.has(session.status) ? Math.max(0, now - Date.parse(session.since)) : 0;
  return session.active_ms + session.held_ms + session.transferring_ms + running;
}

/** @param {string} status */
export function isEnded(status) {
  return ENDED.has(status);
}
