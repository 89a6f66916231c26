/** Who is new in the list and waits for an answer. */

/** @typedef {import("sessions/protocol.js").SessionRow} SessionRow */

/**
 * Whether somebody waits for this technician: a customer, or a colleague who hands a session over.
 * @param {SessionRow} row
 */
export function isWaiting(row) {
  return row.status === "waiting" || row.relation === "incoming" || row.relation === "invited";
}

/**
 * Those who have begun to wait since the list before. The first list tells of nobody: it is read anyway.
 *
 * @param {SessionRow[] | null} before
 * @param {SessionRow[]} now
 */
export function arrivals(before, now) {
  if (!before) return [];
  const known = new Set(before.filter(isWaiting).map((row) => row.id));
  return now.filter((row) => isWaiting(row) && !known.has(row.id));
}
