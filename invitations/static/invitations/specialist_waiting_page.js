/** Before the door: a sign of life every few seconds; once there is something new, the page is loaded anew. */

import { need } from "portals/dom.js";

const KNOCK_MS = 3000;

const url = need("waiting", HTMLElement).dataset.knock ?? "";
const line = need("line", HTMLElement);
const token = document.querySelector('meta[name="csrf-token"]')?.getAttribute("content") ?? "";

/** @param {string} text */
function say(text) {
  if (line.textContent !== text) line.textContent = text;
}

async function knock() {
  try {
    const answer = await fetch(url, { method: "POST", headers: { "X-CSRFToken": token } });
    if (!answer.ok) return location.reload();
    const { state, line: told } = await answer.json();
    if (state !== "waiting") return location.reload();
    say(told);
  } catch {
    say(line.dataset.lost ?? "");
  }
  setTimeout(knock, KNOCK_MS);
}

knock();
