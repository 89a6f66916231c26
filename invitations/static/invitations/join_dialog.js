import { ApiError, post } from "portals/api.js";
import { part } from "portals/parts.js";
import { openModal, sayProblem, setBusy } from "sessions/modal.js";

/**
 * The dialog *Join Session*: an agent types the 8-digit code of somebody else's session.
 *
 * @param {object} parts
 * @param {(session: string) => void} parts.onJoined
 * @param {(error: unknown) => string} parts.sentence
 */
export function openJoinDialog({ onJoined, sentence }) {
  const dialog = openModal("join-dialog");
  const field = part(dialog, "code", HTMLInputElement);
  let busy = false;
  /** @param {string} text */
  const say = (text) => {
    sayProblem(dialog, text);
    field.toggleAttribute("aria-invalid", text !== "");
    if (text) field.setAttribute("aria-invalid", "true");
  };
  part(dialog, "form", HTMLFormElement).addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    setBusy(dialog, true);
    say("");
    try {
      const { session } = await post("/api/v1/join/", { code: field.value });
      dialog.close();
      onJoined(session);
    } catch (error) {
      const fields = error instanceof ApiError ? Object.values(error.errors) : [];
      say(fields.join(" ") || sentence(error));
      field.focus();
    } finally {
      busy = false;
      setBusy(dialog, false);
    }
  });
}
