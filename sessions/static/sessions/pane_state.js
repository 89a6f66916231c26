import { isEnded, rowTimeMs, totalMs } from "sessions/session_time.js";

/**
 * @typedef {import("sessions/protocol.js").SessionRow} SessionRow
 * @typedef {import("sessions/protocol.js").SessionState} SessionState
 * @typedef {import("sessions/protocol.js").Attendee} Attendee
 * @typedef {{whyNotHold: string, whyNotTransfer: string, takesBack: string, notLead: string}} Rights
 * @typedef {Record<import("sessions/pane_bar.js").Verb, import("sessions/pane_bar.js").Offer>} Offers
 */

const CLOSE_ENDED = 4000;
const CLOSE_NOT_INSIDE = 4001;
const CLOSE_ELSEWHERE = 4002;
const LINE_DOWN = new Set(["waiting", "connecting"]);

/** What a pane knows of its session: the list's row, what the line told, and which verbs follow from both. */
export class PaneState {
  /** @type {SessionRow} */
  row;
  /** @type {SessionState | null} */
  session = null;
  /** @type {Attendee[]} */
  attendees = [];
  /** @type {"" | "start" | "hold" | "lead/take" | "lead/decline"} the verb that is under way */
  busy = "";
  /** Whether this technician has left by pressing Leave. */
  hasLeft = false;
  /** @type {{state: string, code?: number}} */
  #line = { state: "none" };
  #lineWasOpen = false;
  #isListed = true;
  #rights;

  /**
   * @param {SessionRow} row
   * @param {Rights} rights
   */
  constructor(row, rights) {
    this.row = row;
    this.#rights = rights;
  }

  /**
   * The list was read anew.
   * @param {SessionRow | undefined} row
   * @param {Rights} rights
   * @returns {boolean} whether the technician is inside again, after having been out
   */
  listed(row, rights) {
    const wasListed = this.#isListed;
    this.#rights = rights;
    this.#isListed = row !== undefined;
    if (!row) return false;
    this.row = row;
    // It came back to this technician after it was given away: what the line told then is not true any more.
    if (!this.isMine && this.#line.state === "closed") this.session = null;
    const isBack = !wasListed && this.isOutside;
    if (isBack) {
      this.session = null;
      this.#line = { state: "none" };
      this.hasLeft = false;
    }
    return isBack;
  }

  /**
   * @param {SessionState} session
   * @param {Attendee[]} attendees
   */
  heard(session, attendees) {
    this.session = session;
    this.attendees = attendees;
    this.#lineWasOpen = true;
  }

  /** A verb was done: whatever it was, the session is this technician's. */
  taken() {
    if (!this.isMine) this.row = { ...this.row, relation: "own", status: "active", why_not: "" };
  }

  set line(/** @type {{state: string, code?: number}} */ line) {
    this.#line = line;
  }

  get name() {
    return this.session?.name ?? this.row.name;
  }

  /**
   * What the line told, unless the list knows better: either may be first to tell of a change.
   * @returns {SessionState | null}
   */
  get #told() {
    const { session, row } = this;
    return session && Date.parse(session.since) >= Date.parse(row.status_since) ? session : null;
  }

  get status() {
    return this.#told?.status ?? this.row.status;
  }

  get label() {
    // "Outgoing" and "Incoming" are the list's words; the line has one for all.
    if (this.status === "transferring" && this.row.status === "transferring") return this.row.status_label;
    return this.#told?.status_label ?? this.row.status_label;
  }

  /** Whether this technician is inside, as lead or as an agent. */
  get isMine() {
    return ["own", "outgoing", "agent"].includes(this.row.relation);
  }

  /** Whether somebody else leads. */
  get isAgent() {
    return this.row.relation === "agent";
  }

  get isActive() {
    return this.status === "active" && this.isMine && !this.isOutside;
  }

  get isOutgoing() {
    return this.status === "transferring" && this.isMine && !this.isAgent;
  }

  get isOver() {
    return isEnded(this.status) || this.#line.code === CLOSE_ENDED;
  }

  get isOutside() {
    return this.isMine && this.#line.code === CLOSE_NOT_INSIDE;
  }

  /** Whether nothing can be written here. */
  get isShut() {
    return this.isOver || this.isOutside || this.#line.code === CLOSE_ELSEWHERE || !this.isMine;
  }

  get wasStarted() {
    return Boolean(this.session?.started_at) || this.isActive;
  }

  get lead() {
    return this.attendees.find((attendee) => attendee.lead);
  }

  get customer() {
    return this.attendees.find((attendee) => attendee.role === "customer");
  }

  /**
   * Whether another technician is inside, who could go on.
   * @param {string} you
   */
  canLeave(you) {
    return this.attendees.some((attendee) => attendee.role === "technician" && attendee.id !== you);
  }

  /** @param {number} now ms */
  timeMs(now) {
    const told = this.#told;
    if (told && told.status !== "waiting" && told.status !== "connecting") return totalMs(told, now);
    return this.isOver ? 0 : rowTimeMs(this.row, now);
  }

  /** @returns {Offers} */
  offers() {
    const status = this.status;
    const open = !this.isOver && !this.isOutside && (this.isMine || this.#isListed);
    const mine = open && this.isMine;
    const busy = this.busy !== "";
    const startable = ["waiting", "on_hold", "transferring"].includes(status);
    const notLead = this.isAgent ? this.#rights.notLead : "";
    return {
      start: {
        shown: open && startable,
        busy,
        why: this.row.why_not,
        hint: this.isOutgoing ? this.#rights.takesBack : "",
      },
      hold: { shown: mine && status === "active", busy, why: notLead || this.#rights.whyNotHold },
      transfer: {
        shown: mine && ["active", "waiting"].includes(status),
        busy,
        why: notLead || this.#rights.whyNotTransfer,
      },
      end: { shown: mine, busy, why: notLead },
      leave: { shown: mine && this.isAgent, busy },
    };
  }

  /** What the tool *Record* goes by. */
  record() {
    const recording = this.isShut ? null : this.session?.recording;
    return { recording, active: this.isActive, why: this.row.why_not_record };
  }

  /**
   * @param {object} more
   * @param {boolean} more.pictureLost
   * @param {import("lens/capture.js").Trouble | null} more.trouble
   * @param {string} more.totals
   * @param {(moment: string) => string} more.moment
   * @returns {import("sessions/stage_texts.js").Seen}
   */
  seen({ pictureLost, trouble, totals, moment }) {
    const active = this.isActive;
    const lost = active && (pictureLost || (this.customer?.connection ?? "connected") !== "connected");
    const { relation } = this.row;
    return {
      id: this.row.id,
      kind: this.row.kind,
      name: this.name,
      status: this.status,
      since: moment(this.#told?.since ?? this.row.since),
      portal: this.row.portal,
      starting: this.busy === "start",
      heldBack: this.row.why_not !== "",
      offer: this.isMine ? "" : /** @type {import("sessions/stage_texts.js").Offer} */ (relation),
      gone: !this.isMine && !this.#isListed,
      counterpart: this.row.counterpart,
      comment: this.row.comment,
      over: this.isOver,
      endReason: this.session?.end_reason ? this.session.status_label : "",
      totals,
      elsewhere: this.#line.code === CLOSE_ELSEWHERE,
      outside: this.isOutside,
      hasLeft: this.hasLeft,
      lineLost: this.#lineWasOpen && LINE_DOWN.has(this.#line.state),
      pictureLost: lost,
      cameraOff: active && !lost && this.customer?.camera === false,
      trouble: active ? trouble : null,
    };
  }
}
