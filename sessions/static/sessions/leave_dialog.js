import { show } from "portals/dom.js";
import { part } from "portals/parts.js";
import { openModal, sayProblem, setBusy } from "sessions/modal.js";

/** @typedef {{id: string, name: string, company: string, why_not: string}} Heir */

/**
 * The dialog *Leave session*: end it for all, or leave it to a colleague who is inside; how it went, and notes. An agent
 * only leaves.
 *
 * @param {object} parts
 * @param {string} parts.name the customer's
 * @param {boolean} parts.started whether there is anything to say about how it went
 * @param {boolean} parts.canEnd whether this technician leads
 * @param {boolean} parts.canLeave whether another technician is inside
 * @param {import("sessions/notes_view.js").NotesView} parts.notes
 * @param {import("portals/words.js").Words} parts.words
 * @param {() => Promise<Heir[]>} parts.heirs the other technicians inside
 * @param {(verb: "end" | "leave", data: object) => Promise<void>} parts.act throws what is to be said in the dialog
 * @param {(error: unknown) => string} parts.sentence
 */
export function openLeaveDialog({ name, started, canEnd, canLeave, notes, words, heirs, act, sentence }) {
  const dialog = openModal("leave-dialog");
  part(dialog, "who", HTMLElement).textContent = name;
  show(part(dialog, "outcome", HTMLElement), started && canEnd);
  show(part(dialog, "notes-field", HTMLElement), canEnd);
  show(part(dialog, "end-hint", HTMLElement), canEnd);
  show(part(dialog, "leave-hint", HTMLElement), !canEnd);
  const leave = part(dialog, "leave", HTMLButtonElement);
  show(leave, canLeave);
  const heir = part(dialog, "heir", HTMLSelectElement);
  if (canEnd && canLeave)
    heirs().then(
      (found) => offerHeirs(dialog, found, words),
      () => {}, // without the list, who is inside longest leads
    );
  const field = part(dialog, "notes", HTMLTextAreaElement);
  field.value = notes.text;
  field.disabled = !notes.isOpen;
  field.addEventListener("input", () => notes.write(field.value));

  const run = async (/** @type {"end" | "leave"} */ verb) => {
    if (part(dialog, verb, HTMLButtonElement).getAttribute("aria-disabled") === "true") return;
    const chosen = dialog.querySelector("input[name=outcome]:checked");
    const outcome = started && chosen instanceof HTMLInputElement ? chosen.value : "";
    setBusy(dialog, true);
    sayProblem(dialog, "");
    try {
      await act(verb, verb === "end" ? { outcome } : heir.value ? { heir: heir.value } : {});
      dialog.close();
    } catch (error) {
      sayProblem(dialog, sentence(error));
    } finally {
      setBusy(dialog, false);
    }
  };
  const end = part(dialog, "end", HTMLButtonElement);
  show(end, canEnd);
  end.addEventListener("click", () => run("end"));
  leave.addEventListener("click", () => run("leave"));
  (canEnd ? end : leave).focus();
  return dialog;
}

/**
 * Who leads next; those who cannot stand there with the reason. With nobody who can, Leave is not offered.
 *
 * @param {HTMLDialogElement} dialog
 * @param {Heir[]} found
 * @param {import("portals/words.js").Words} words
 */
function offerHeirs(dialog, found, words) {
  const able = found.some((heir) => !heir.why_not);
  show(part(dialog, "leave", HTMLButtonElement), able);
  show(part(dialog, "heir-field", HTMLElement), able);
  const options = found.map(({ id, name, company, why_not: reason }) => {
    const who = company ? words("heir_guest", { name, company }) : name;
    const option = new Option(reason ? words("heir_why_not", { name: who, reason }) : who, id);
    option.disabled = reason !== "";
    return option;
  });
  part(dialog, "heir", HTMLSelectElement).replaceChildren(new Option(words("heir_longest"), ""), ...options);
}
