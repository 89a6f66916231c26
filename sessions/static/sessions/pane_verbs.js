import { get, post } from "portals/api.js";
import { openLeaveDialog } from "sessions/leave_dialog.js";
import { TransferDialog } from "sessions/transfer_dialog.js";

/** What a technician does with an open session: start, hold, transfer, end, leave, and the lead that goes over. */
export class PaneVerbs {
  /** @type {HTMLDialogElement | null} */
  #leaving = null;
  #state;
  #media;
  #notes;
  #words;
  #fail;
  #sentence;
  #you;
  #connect;
  #onChange;

  /**
   * @param {object} parts
   * @param {import("sessions/pane_state.js").PaneState} parts.state
   * @param {import("sessions/pane_media.js").PaneMedia} parts.media
   * @param {import("sessions/notes_view.js").NotesView} parts.notes
   * @param {import("portals/words.js").Words} parts.words
   * @param {(error: unknown) => void} parts.fail
   * @param {(error: unknown) => string} parts.sentence
   * @param {() => string} parts.you this technician's attendee id
   * @param {() => void} parts.connect open the line of what has become this technician's
   * @param {() => void} parts.onChange
   */
  constructor({ state, media, notes, words, fail, sentence, you, connect, onChange }) {
    this.#state = state;
    this.#media = media;
    this.#notes = notes;
    this.#words = words;
    this.#fail = fail;
    this.#sentence = sentence;
    this.#you = you;
    this.#connect = connect;
    this.#onChange = onChange;
  }

  /** Pick up, take up again, accept, or take back. The microphone is asked for once that is done, and is not waited for. */
  async start() {
    const { shown, why } = this.#state.offers().start;
    if (!shown) return;
    const hasLine = this.#state.isMine && !this.#state.isShut;
    if (!(await this.#run("start", why))) return;
    this.openMicrophone();
    if (!hasLine) this.#connect();
  }

  hold() {
    const { shown, why } = this.#state.offers().hold;
    return shown && this.#run("hold", why);
  }

  transfer() {
    const { shown, why } = this.#state.offers().transfer;
    if (!shown) return;
    if (why) return this.#fail(new Error(why));
    const { row, name } = this.#state;
    new TransferDialog({ id: row.id, name, words: this.#words, sentence: this.#sentence });
  }

  /** End it for all, or leave it to somebody who is inside. */
  end() {
    const { shown, why } = this.#state.offers().end;
    if (!shown) return;
    if (why) return this.#fail(new Error(why));
    this.#openLeaving({ canEnd: true, canLeave: this.#state.canLeave(this.#you()) });
  }

  /** As an agent: the session goes on. */
  leave() {
    if (this.#state.offers().leave.shown) this.#openLeaving({ canEnd: false, canLeave: true });
  }

  /** @param {import("sessions/lead_banner.js").LeadVerb} verb */
  lead(verb) {
    this.#run(verb, "");
  }

  /** A Screen session is held in the chat; only a Lens session has sound. */
  openMicrophone() {
    if (this.#state.row.kind === "lens") this.#media.openMicrophone();
  }

  /** @param {{canEnd: boolean, canLeave: boolean}} choice */
  #openLeaving(choice) {
    if (this.#leaving?.open) return;
    this.#leaving = openLeaveDialog({
      ...choice,
      name: this.#state.name,
      started: this.#state.wasStarted,
      notes: this.#notes,
      words: this.#words,
      heirs: () => get(this.#url("lead")),
      act: async (verb, data) => {
        this.#state.hasLeft = verb === "leave";
        await post(this.#url(verb), data).catch((error) => {
          this.#state.hasLeft = false;
          throw error;
        });
        this.#media.silence();
      },
      sentence: this.#sentence,
    });
  }

  /** @param {string} verb */
  #url(verb) {
    return `/api/v1/sessions/${this.#state.row.id}/${verb}/`;
  }

  /**
   * One request at a time. Returns whether it was done; what was refused has been told.
   *
   * @param {"start" | "hold" | import("sessions/lead_banner.js").LeadVerb} verb
   * @param {string | undefined} why
   */
  async #run(verb, why) {
    if (this.#state.busy) return false;
    if (why) {
      this.#fail(new Error(why));
      return false;
    }
    this.#state.busy = verb;
    const done = post(this.#url(verb)); // on its way first: to draw takes the page longer
    this.#onChange();
    try {
      await done;
      if (verb === "start") this.#state.taken();
      return true;
    } catch (error) {
      this.#fail(error);
      return false;
    } finally {
      this.#state.busy = "";
      this.#onChange();
    }
  }
}
