/** Single keys that act in the console; off by one switch (U-12). */

/** Key to verb; digits choose a tab. */
export const KEYS = Object.freeze({
  n: "new",
  "/": "search",
  s: "start",
  h: "hold",
  t: "transfer",
  e: "end",
  m: "mute",
  "?": "help",
});

const WRITING = "input, textarea, select, [contenteditable]:not([contenteditable=false])";

/**
 * What a key press asks for; null when it is meant for something else: a field, a dialog, a menu, the browser.
 *
 * @param {KeyboardEvent} event
 * @returns {{verb: string, place: number} | null} place: which tab, from 0; -1 for other verbs
 */
export function shortcutOf(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return null;
  const [target] = event.composedPath();
  if (event.defaultPrevented || (target instanceof Element && isTaken(target))) return null;
  if (/^[1-9]$/.test(event.key)) return { verb: "tab", place: Number(event.key) - 1 };
  const verb = new Map(Object.entries(KEYS)).get(event.key.toLowerCase());
  return verb ? { verb, place: -1 } : null;
}

/** @param {Element} target */
function isTaken(target) {
  // A dialog that was just closed keeps the focus until the next frame; nobody writes in it any more.
  const writing = target.closest(WRITING) !== null && target.closest("dialog:not([open])") === null;
  return writing || document.querySelector("dialog[open], [popover]:popover-open") !== null;
}

/**
 * Act on keys while the switch is on.
 *
 * @param {object} parts
 * @param {import("sessions/preferences.js").Switch} parts.enabled
 * @param {Record<string, (place: number) => void>} parts.verbs
 */
export function listenForShortcuts({ enabled, verbs }) {
  document.addEventListener("keydown", (event) => {
    const found = enabled.on ? shortcutOf(event) : null;
    if (!found || !verbs[found.verb]) return;
    event.preventDefault();
    verbs[found.verb](found.place);
  });
}
