import { copyText } from "portals/clipboard.js";

const TOLD_MS = 2500;

/**
 * Copy and say so on the button itself: its icon becomes a tick for a moment, and `announce` tells it aloud.
 *
 * @param {HTMLElement} button
 * @param {string} text
 * @param {(done: boolean) => void} announce
 */
export async function copyFrom(button, text, announce) {
  const done = await copyText(text);
  announce(done);
  const use = button.querySelector("use");
  if (!done || !use || use.dataset.before) return;
  use.dataset.before = use.getAttribute("href") ?? "";
  use.setAttribute("href", "#i-check");
  setTimeout(() => {
    use.setAttribute("href", use.dataset.before ?? "");
    delete use.dataset.before;
  }, TOLD_MS);
}
