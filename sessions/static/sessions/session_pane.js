import { RecordTool } from "lens/record_tool.js";
import { need, show } from "portals/dom.js";
import { cloned, part } from "portals/parts.js";
import { showAnswers } from "sessions/answers_view.js";
import { ChatView } from "sessions/chat_view.js";
import { Connection } from "sessions/connection.js";
import { LeadBanner } from "sessions/lead_banner.js";
import { NotesView } from "sessions/notes_view.js";
import { PaneBar } from "sessions/pane_bar.js";
import { PaneGuests } from "sessions/pane_guests.js";
import { PaneMedia } from "sessions/pane_media.js";
import { PaneState } from "sessions/pane_state.js";
import { PaneVerbs } from "sessions/pane_verbs.js";
import { nameIn, sharesScreen } from "sessions/people.js";
import { durationText, momentText } from "sessions/server_clock.js";
import { stageMessage, stageNote } from "sessions/stage_texts.js";
import { Unread } from "sessions/unread.js";

/**
 * @typedef {import("sessions/protocol.js").SessionRow} SessionRow
 * @typedef {import("sessions/pane_state.js").Rights} Rights
 *
 * @typedef {object} PaneParts what all panes of a page share
 * @property {string} pageId
 * @property {import("portals/words.js").Words} words
 * @property {import("sessions/server_clock.js").ServerClock} clock
 * @property {import("portals/toasts.js").Toasts} toasts
 * @property {import("sessions/pane_guests.js").Dialogs} dialogs
 * @property {(error: unknown) => void} fail
 * @property {(error: unknown) => string} sentence
 * @property {(id: string) => void} accept join the session that a colleague asks into
 * @property {() => void} onChange called when what the list and the tabs show of a session has changed
 */

/** One open support session: its bar, stage, attendees, chat and notes, with the line and the peers behind them. */
export class SessionPane {
  #state;
  #shown = false;
  #caughtUp = false;
  #element;
  #words;
  #clock;
  #fail;
  #accept;
  #onChange;
  #connection;
  #verbs;
  #bar;
  #lead;
  #media;
  #guests;
  #chat;
  #notes;
  #unread;
  #record;

  /** @param {PaneParts & {row: SessionRow, rights: Rights}} parts */
  constructor({ row, rights, pageId, words, clock, toasts, dialogs, fail, sentence, accept, onChange }) {
    this.#state = new PaneState(row, rights);
    this.#words = words;
    this.#clock = clock;
    this.#fail = fail;
    this.#accept = accept;
    this.#onChange = onChange;
    const root = cloned(need("session-pane", HTMLTemplateElement), HTMLElement);
    this.#element = root;
    root.hidden = true;
    part(root, "work", HTMLElement).id = this.panelId;
    this.#unread = new Unread({ looking: () => this.#shown && !document.hidden, onChange });
    this.#connection = new Connection({ url: `/ws/sessions/${row.id}/?as=user`, pageId });
    this.#media = new PaneMedia({
      root: part(root, "stage", HTMLElement),
      name: row.name,
      words,
      connection: this.#connection,
      customer: () => this.#state.customer?.id,
      shares: (attendee) => sharesScreen(this.#state.attendees, attendee),
      nameOf: (attendee) => nameIn(this.#state.attendees, attendee),
      onChange: () => this.#draw(),
    });
    this.#record = new RecordTool({
      root: part(root, "stage", HTMLElement),
      id: row.id,
      connection: this.#connection,
      words,
      fail,
    });
    const { id, name } = row;
    const you = () => this.#connection.you;
    const { quality } = this.#media;
    this.#guests = new PaneGuests({ root, id, name, words, toasts, dialogs, fail, sentence, you, quality });
    this.#chat = new ChatView({
      log: part(root, "chat-log", HTMLElement),
      form: part(root, "chat-form", HTMLFormElement),
      input: part(root, "chat-input", HTMLInputElement),
      you,
      template: need("chat-line", HTMLTemplateElement),
      event: need("chat-event", HTMLTemplateElement),
      audience: part(root, "chat-audience", HTMLFieldSetElement),
    });
    for (const radio of root.querySelectorAll("[data-part=chat-audience] input"))
      radio.setAttribute("name", `audience-${row.id}`); // one group for each pane of the page
    this.#chat.onPost = (text, audience) => this.#connection.postChat(text, audience);
    this.#notes = new NotesView({
      id: row.id,
      field: part(root, "notes", HTMLTextAreaElement),
      state: part(root, "notes-state", HTMLElement),
      words,
      clock,
    });
    this.#verbs = new PaneVerbs({
      state: this.#state,
      media: this.#media,
      notes: this.#notes,
      words,
      fail,
      sentence,
      you,
      connect: () => this.connect(),
      onChange: () => this.#changed(),
    });
    this.#bar = new PaneBar({ root, id, verbs: this.#verbs });
    this.#lead = new LeadBanner({ root, words, act: (verb) => this.#verbs.lead(verb) });
    this.#listen();
    showAnswers(part(root, "answers", HTMLElement), row.answers);
    this.#draw();
  }

  get id() {
    return this.#state.row.id;
  }

  get name() {
    return this.#state.name;
  }

  get kind() {
    return this.#state.row.kind;
  }

  get element() {
    return this.#element;
  }

  get panelId() {
    return `session-${this.id}`;
  }

  /** What can be done with it, whoever asks: a button, a key, the list. */
  get verbs() {
    return this.#verbs;
  }

  /** Chat lines that came while this pane was not looked at. */
  get unread() {
    return this.#unread.count;
  }

  get isActive() {
    return this.#state.isActive;
  }

  /** Whether its line does not come back by itself. */
  get isShut() {
    return this.#state.isShut;
  }

  get isStarting() {
    return this.#state.busy === "start";
  }

  /** What stands beside the name on the tab; empty for a session that is simply active. */
  get label() {
    return this.#state.isActive ? "" : this.#state.label;
  }

  /** Whether it stays open while another is looked at. */
  get isKept() {
    const { status, isMine, isOver, busy } = this.#state;
    const talking = status === "waiting" && this.#chat.hasLines;
    const open = ["active", "on_hold", "transferring"].includes(status) && !isOver;
    return busy !== "" || this.#notes.unsaved || this.unread > 0 || (isMine && (open || talking));
  }

  /** Whether closing the page would lose something, or leave a customer without the lead. */
  get holdsPage() {
    return this.#notes.unsaved || this.leadsNow;
  }

  /** Whether this technician leads it and it is active: closing the page needs a decision. */
  get leadsNow() {
    return this.#state.isActive && !this.#state.isAgent;
  }

  connect() {
    if (!this.#state.isMine) return;
    this.#connection.connect();
    this.#notes.load();
  }

  /** End the line and all that flows; the pane is not used again. */
  close() {
    this.#connection.disconnect();
    this.#notes.close();
    this.#media.close();
    this.#record.close();
    this.#element.remove();
  }

  /** The page goes away: what is written is sent. */
  leavePage() {
    this.#notes.leave();
  }

  /** @param {boolean} shown */
  setShown(shown) {
    this.#shown = shown;
    show(this.#element, shown);
    if (!shown) this.#notes.flush();
    this.markRead();
  }

  scrollIntoView() {
    part(this.#element, "work", HTMLElement).scrollIntoView();
  }

  /** What is looked at counts as read. */
  markRead() {
    this.#unread.look();
  }

  /**
   * @param {SessionRow | undefined} row undefined: the list does not show it any more
   * @param {Rights} rights
   */
  update(row, rights) {
    const mine = this.#state.isMine;
    const isBack = this.#state.listed(row, rights);
    if (isBack || (!mine && this.#state.isMine)) this.connect();
    showAnswers(part(this.#element, "answers", HTMLElement), this.#state.row.answers);
    this.#draw();
  }

  /** Draw the running time anew. */
  drawTime() {
    this.#bar.setTime(durationText(this.#state.timeMs(this.#clock.now())));
  }

  #listen() {
    const on = (/** @type {string} */ name, /** @type {(detail: any) => void} */ act) =>
      this.#connection.addEventListener(name, (event) => act(/** @type {CustomEvent} */ (event).detail));
    on("welcome", (message) => {
      if (message.resync) part(this.#element, "chat-log", HTMLElement).replaceChildren();
      this.#heard(message);
    });
    on("changed", (message) => this.#heard(message));
    on("ready", () => {
      this.#caughtUp = true;
      this.#guests.catchUp();
    });
    on("durable", (message) => this.#remember(message));
    on("unsent", (lines) => this.#chat.pending(lines));
    on("refused", (message) => this.#fail(new Error(message.message)));
    on("state", (line) => this.#lineChanged(line));
  }

  /** @param {import("sessions/protocol.js").SessionChanged} message */
  #heard(message) {
    const { session, attendees } = message;
    this.#state.heard(session, attendees);
    if (this.isActive) {
      if (!this.isStarting) this.#verbs.openMicrophone(); // a Start opens it when it is done
    } else if (!["waiting", "transferring"].includes(session.status) && !this.#state.busy) {
      this.#media.silence();
    }
    this.#guests.heard(message);
    this.#changed();
  }

  /** @param {any} message */
  #remember(message) {
    this.#guests.happened(message);
    if (this.#caughtUp) this.#record.happened(message);
    if (!this.#chat.add(message) || message.type !== "chat.posted") return;
    this.#unread.came({ own: message.by.id === this.#connection.you, live: this.#caughtUp });
  }

  /** @param {{state: string, code?: number}} line */
  #lineChanged(line) {
    this.#state.line = line;
    if (line.state === "closed" && line.code !== 1000) this.#media.silence();
    this.#changed();
  }

  #changed() {
    this.#draw();
    this.#onChange();
  }

  #draw() {
    const root = this.#element;
    const state = this.#state;
    const { name, status, label, isOutgoing: outgoing } = state;
    part(root, "work", HTMLElement).setAttribute("aria-label", name);
    const shape = state.row.relation === "invited" ? "transferring" : status;
    this.#bar.draw({ name, status: shape, label, outgoing, offers: state.offers() });
    this.#guests.draw(state.isActive, state.row);
    this.#lead.draw({
      you: this.#connection.you,
      offer: state.session?.lead_offer ?? null,
      attendees: state.attendees,
      running: ["active", "on_hold"].includes(status) && !state.isShut,
      busy: state.busy !== "",
    });
    show(part(root, "people", HTMLElement), state.isMine);
    show(part(root, "stage-bar", HTMLElement), !state.isOver);
    const form = part(root, "chat-form", HTMLFormElement);
    for (const control of form.querySelectorAll("input, button"))
      control.toggleAttribute("disabled", state.isShut);
    this.#drawStage();
    this.drawTime();
  }

  #drawStage() {
    const media = this.#media;
    const seen = this.#state.seen({
      pictureLost: media.isLost,
      trouble: media.trouble,
      totals: this.#totals(),
      moment: momentText,
    });
    media.draw(this.isActive);
    this.#record.draw(this.#state.record());
    const useHere = () => this.#connection.connect();
    media.stage.say(stageMessage(seen, this.#words, { useHere, accept: () => this.#accept(this.id) }));
    const covered = seen.cameraOff && !media.showsScreen;
    media.stage.cover(covered || !["active", "transferring"].includes(seen.status));
    media.stage.setFrozen(seen.pictureLost);
    const { text, act } = stageNote(seen, this.#words, { tryAgain: () => this.#verbs.openMicrophone() });
    media.stage.note(text, act);
  }

  /** How long it took, at the end. */
  #totals() {
    const session = this.#state.session;
    if (!session?.ended_at || !session.started_at) return "";
    const text = (/** @type {number} */ ms) => durationText(ms);
    const { active_ms, held_ms, transferring_ms } = session;
    return this.#words(held_ms || transferring_ms ? "totals" : "total", {
      total: text(active_ms + held_ms + transferring_ms),
      active: text(active_ms),
      held: text(held_ms),
      transferring: text(transferring_ms),
    });
  }
}
