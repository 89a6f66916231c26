/** Which rows of the table *Sessions* a technician wants to see. */

/**
 * @typedef {import("sessions/protocol.js").SessionRow} SessionRow
 * @typedef {{text: string, show: string}} Filter
 */

/** @type {Record<string, (row: SessionRow) => boolean>} */
const SHOWN = {
  mine: (row) => ["own", "outgoing", "agent"].includes(row.relation),
  waiting: (row) => row.status === "waiting",
  incoming: (row) => row.relation === "incoming" || row.relation === "invited",
  outgoing: (row) => row.relation === "outgoing",
  active: (row) => row.status === "active",
  on_hold: (row) => row.status === "on_hold",
};

/** @type {Filter} */
export const EVERYTHING = Object.freeze({ text: "", show: "all" });

/**
 * The rows that match: each word of the text stands somewhere in the name, the portal or a technician's name.
 * An unknown `show` hides nothing.
 *
 * @param {SessionRow[]} rows
 * @param {Filter} filter
 */
export function filtered(rows, { text, show }) {
  const shown = SHOWN[show] ?? (() => true);
  return matching(rows.filter(shown), text, (row) => [row.name, row.portal, row.lead, row.counterpart]);
}

/**
 * Those to whom a session might be handed over, by name or by what is said about them.
 *
 * @template {{name: string, detail: string}} T
 * @param {T[]} targets
 * @param {string} text
 */
export function matchingTargets(targets, text) {
  return matching(targets, text, (target) => [target.name, target.detail]);
}

/**
 * @template T
 * @param {T[]} things
 * @param {string} text
 * @param {(thing: T) => string[]} where
 */
function matching(things, text, where) {
  const words = folded(text).split(/\s+/u).filter(Boolean);
  return things.filter((thing) => {
    const haystack = folded(where(thing).join(" "));
    return words.every((word) => haystack.includes(word));
  });
}

/**
 * Without accents and case, so that `perez` finds `Pérez`.
 * @param {string} text
 */
function folded(text) {
  return text.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLocaleLowerCase();
}
