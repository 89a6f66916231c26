import { show } from "portals/dom.js";
import { part } from "portals/parts.js";

/**
 * What the customer wrote into a portal's form; hidden where there is nothing.
 *
 * @param {HTMLElement} panel with a part "answers-list"
 * @param {string[][]} answers each a question and its answer
 */
export function showAnswers(panel, answers) {
  show(panel, answers.length);
  const lines = answers.map(([question, answer]) => [line("dt", question), line("dd", answer)]);
  part(panel, "answers-list", HTMLElement).replaceChildren(...lines.flat());
}

/**
 * @param {"dt" | "dd"} tag
 * @param {string} text
 */
function line(tag, text) {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}
