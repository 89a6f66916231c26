/** How near a session is to its time-out. */

/**
 * @typedef {"none" | "soon" | "late"} Level
 * @typedef {{level: Level, leftMs: number}} Alarm
 */

const MINUTE_MS = 60_000;
const SOON_SHARE = 0.2; // of the limit
const LATE_SHARE = 0.1;
const SOONEST_MS = 24 * 60 * MINUTE_MS; // of a hold's 14 days, the last one is soon enough
const IDLE_SOON_MS = 5 * MINUTE_MS; // U-07: told at least 2 min before
const IDLE_LATE_MS = 2 * MINUTE_MS;

/**
 * What the row shows: nothing, "soon" in the last fifth of the limit, "late" in its last tenth.
 *
 * @param {{status: string, since: string, limit_at: string | null}} row
 * @param {number} now ms
 * @returns {Alarm}
 */
export function alarmOf({ status, since, limit_at }, now) {
  if (!limit_at) return { level: "none", leftMs: Number.POSITIVE_INFINITY };
  const limit = Date.parse(limit_at);
  const leftMs = Math.max(0, limit - now);
  const span = limit - Date.parse(since);
  // An idle limit counts from the last activity, which `since` is not.
  const idle = status === "active";
  const soon = idle ? IDLE_SOON_MS : Math.min(span * SOON_SHARE, SOONEST_MS);
  const late = idle ? IDLE_LATE_MS : Math.min(span * LATE_SHARE, SOONEST_MS);
  return { level: leftMs <= late ? "late" : leftMs <= soon ? "soon" : "none", leftMs };
}
