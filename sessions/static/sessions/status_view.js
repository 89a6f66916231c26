import { icon } from "portals/icon.js";
import { html } from "vendor/lit-html/lit-html.js";

/** A status is a shape, a word, then a colour. */
const SHAPES = /** @type {Record<string, [icon: string, modifier: string]>} */ ({
  connecting: ["s-connecting", ""],
  waiting: ["s-waiting", "status--waiting"],
  active: ["s-active", "status--active"],
  on_hold: ["s-hold", "status--hold"],
  transferring: ["s-in", ""],
  outgoing: ["s-out", ""],
  closed: ["s-closed", "status--closed"],
  timed_out: ["s-timeout", "status--closed"],
  aborted: ["s-aborted", "status--closed"],
});

/** Near a time-out, the shape and the colour say so; the word stays. */
const ALARMS = /** @type {Record<string, string>} */ ({ soon: "status--soon", late: "status--alarm" });

/**
 * @param {string} status
 * @param {string} label
 * @param {{outgoing?: boolean, alarm?: import("sessions/alarm.js").Level}} [more]
 */
export function statusView(status, label, { outgoing = false, alarm = "none" } = {}) {
  const known = SHAPES[outgoing ? "outgoing" : status] ?? ["info", ""];
  const [shape, modifier] = ALARMS[alarm] ? ["warn", ALARMS[alarm]] : known;
  return html`<span class=${`status ${modifier}`}>${icon(shape)}${label}</span>`;
}
