import { need } from "portals/dom.js";
import { cloned, part } from "portals/parts.js";

/**
 * Open the dialog that a template holds; it is gone from the page when it is closed, and the focus is back where it was.
 * Its parts `close` close it; its part `problem` is a banner for what was refused.
 *
 * @param {string} templateId
 */
export function openModal(templateId) {
  const dialog = cloned(need(templateId, HTMLTemplateElement), HTMLDialogElement);
  for (const button of dialog.querySelectorAll('[data-part="close"]'))
    button.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/**
 * Say in the dialog why something did not work; an empty text takes it back.
 *
 * @param {HTMLDialogElement} dialog
 * @param {string} text
 */
export function sayProblem(dialog, text) {
  part(dialog, "problem", HTMLElement).hidden = !text;
  part(dialog, "problem-text", HTMLElement).textContent = text;
}

/**
 * While a request is under way, a second press does nothing.
 *
 * @param {HTMLDialogElement} dialog
 * @param {boolean} busy
 */
export function setBusy(dialog, busy) {
  for (const button of dialog.querySelectorAll(".dialog__foot .btn")) {
    if (busy) button.setAttribute("aria-disabled", "true");
    else button.removeAttribute("aria-disabled");
  }
}
