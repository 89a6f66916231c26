/** @typedef {import("sessions/protocol.js").Attendee} Attendee */

/**
 * The name of an attendee; empty when nobody has this id.
 * @param {Attendee[]} attendees
 * @param {string} id
 */
export function nameIn(attendees, id) {
  return attendees.find((attendee) => attendee.id === id)?.name ?? "";
}

/**
 * Whether an attendee may show a screen.
 * @param {Attendee[]} attendees
 * @param {string} id
 */
export function sharesScreen(attendees, id) {
  const found = attendees.find((attendee) => attendee.id === id);
  return found?.role === "specialist" && found.rights.includes("share_screen");
}
