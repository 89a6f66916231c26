import { AdmitDialog } from "invitations/admit_dialog.js";
import { CodeActions } from "invitations/code_actions.js";
import { InviteAgentsDialog } from "invitations/invite_agents_dialog.js";
import { openJoinDialog } from "invitations/join_dialog.js";
import { NewSessionDialog } from "invitations/new_session_dialog.js";
import { PendingCodes } from "invitations/pending_codes.js";
import { SpecialistsDialog } from "invitations/specialists_dialog.js";
import { ApiError, post } from "portals/api.js";
import { need } from "portals/dom.js";
import { LiveSocket } from "portals/live_socket.js";
import { isHandingOver } from "portals/mail_program.js";
import { Toasts } from "portals/toasts.js";
import { readWords } from "portals/words.js";
import { Alerts } from "sessions/alerts.js";
import { arrivals, isWaiting } from "sessions/arrivals.js";
import { ConsoleSwitches } from "sessions/console_switches.js";
import { ListControls } from "sessions/list_controls.js";
import { Notices } from "sessions/notices.js";
import { OpenSessions } from "sessions/open_sessions.js";
import { Switch } from "sessions/preferences.js";
import { ServerClock } from "sessions/server_clock.js";
import { SessionList } from "sessions/session_list.js";
import { listenForShortcuts } from "sessions/shortcuts.js";

/**
 * @typedef {import("sessions/protocol.js").ConsoleSnapshot} ConsoleSnapshot
 * @typedef {import("sessions/protocol.js").SessionRow} SessionRow
 */

const TICK_MS = 1000;
const PAGE_ID_BYTES = 16;
const FAILED = "failed:"; // of what was refused or not answered, the last is shown

const words = readWords("console-words");
const codeWords = readWords("code-words");
const clock = new ServerClock();
/** @type {SessionRow[] | null} null until the first snapshot */
let rows = null;
let joined = ""; // a session that is to be shown once the list has it

const toasts = new Toasts({
  region: need("toasts", HTMLElement),
  dismissLabel: words("dismiss"),
  onDismiss: (key) => notices.dismissed(key),
});
const notices = new Notices(toasts);
const actions = new CodeActions({ words: codeWords, announce, fail });
const dialog = new NewSessionDialog({ clock, actions, announce });
const codes = new PendingCodes({
  list: need("pending-codes", HTMLElement),
  count: need("pending-codes-count", HTMLElement),
  words: codeWords,
  clock,
  actions,
});
const list = new SessionList({
  body: need("session-rows", HTMLElement),
  notes: need("session-notes", HTMLElement),
  words,
  clock,
  onOpen: open,
  onStart: start,
  onAnswer: answerCall,
});
const controls = new ListControls((filter) => list.filter(filter));
const sound = new Switch("sound", true);
const keys = new Switch("shortcuts", true);
const alerts = new Alerts(sound);
const switches = new ConsoleSwitches({ sound, keys, alerts, words, announce });
const openSessions = new OpenSessions({
  home: need("console", HTMLElement),
  empty: need("nothing-open", HTMLElement),
  tabs: need("session-tabs", HTMLElement),
  words,
  shared: {
    pageId: randomId(),
    words: readWords("pane-words"),
    clock,
    toasts,
    dialogs: {
      specialists: (parts) => new SpecialistsDialog(parts),
      admit: (parts) => new AdmitDialog(parts),
      agents: (parts) => new InviteAgentsDialog(parts),
    },
    fail,
    sentence,
    accept,
  },
  onChange: () => {
    list.markOpen(openSessions.shownId);
    list.markStarting(openSessions.startingId);
    drawTitle();
  },
});

/** @param {string} id */
function open(id) {
  const row = rows?.find((one) => one.id === id);
  return row && openSessions.open(row);
}

/** @param {string} id */
function start(id) {
  const row = rows?.find((one) => one.id === id);
  if (row) openSessions.start(row);
}

/** @param {string} id of a session that a colleague asks into */
function accept(id) {
  const row = rows?.find((one) => one.id === id);
  if (row?.request) answerCall(row, "accept");
}

/**
 * @param {SessionRow} row
 * @param {"accept" | "decline"} answer
 */
async function answerCall({ id, request }, answer) {
  try {
    await post(`/api/v1/agent-requests/${request}/${answer}/`);
    if (answer === "accept") openOnceListed(id);
  } catch (error) {
    fail(error);
  }
}

/**
 * Show a session that was just joined: the list tells of it in a moment, if it has not done so already.
 * @param {string} id
 */
function openOnceListed(id) {
  joined = id;
  openJoined();
}

function openJoined() {
  const row = rows?.find((one) => one.id === joined);
  if (!row || row.relation === "invited") return;
  joined = "";
  openSessions.open(row);
}

/** Who came in by a link is led here with the session's id behind the #. */
function openFromAddress() {
  const id = new URLSearchParams(location.hash.slice(1)).get("session");
  if (!id) return;
  history.replaceState(null, "", location.pathname);
  openOnceListed(id);
}

/** @param {ConsoleSnapshot} snapshot */
function update(snapshot) {
  clock.set(snapshot.now);
  const now = snapshot.sessions;
  const came = arrivals(rows, now);
  const first = rows === null;
  rows = now;
  list.update(now);
  codes.update(snapshot.pending);
  dialog.update(snapshot);
  openSessions.update(now, {
    whyNotHold: snapshot.why_not_hold,
    whyNotTransfer: snapshot.why_not_transfer,
    takesBack: words("takes_back"),
    notLead: words("not_lead"),
  });
  notices.update(snapshot.notices);
  const { active, active_limit: limit } = snapshot;
  need("session-count", HTMLElement).textContent = words("active", { count: active, limit });
  drawTitle();
  tell(came);
  if (first) openSessions.restore(now);
  if (joined) openJoined();
}

/** @param {SessionRow[]} came */
function tell(came) {
  if (!came.length) return;
  const told = came.map((row) => {
    const { id, name, portal, relation, counterpart: from } = row;
    const text = words(relation === "own" ? "is_waiting" : `is_${relation}`, { name, portal, from });
    alerts.notify({ id, text, onClick: () => open(id) });
    return text;
  });
  announce(told.join(" "));
  alerts.ring();
}

function drawTitle() {
  const count = (rows ?? []).filter(isWaiting).length + openSessions.unread;
  document.title = count ? words("title_waiting", { count }) : words("title");
}

/** @param {{state: string, code?: number}} line */
function lineChanged({ state, code }) {
  if (state === "open") toasts.replace(FAILED, []); // what could not be reached can be tried again
  if (state === "waiting") need("session-count", HTMLElement).textContent = words("reconnecting_list");
  if (state === "closed" && code !== 1000)
    toasts.show({ key: "line", text: words("signed_out"), tone: "warn" });
}

/**
 * Tell screen readers; what is outside an open dialog is not heard, so the dialog has a region of its own.
 * @param {string} text
 */
function announce(text) {
  for (const region of document.querySelectorAll("[data-announcer]")) region.textContent = text;
}

/** @param {unknown} error */
function fail(error) {
  const text = sentence(error);
  if (dialog.isOpen) dialog.fail(text);
  else toasts.replace(FAILED, [{ key: FAILED + text, text, tone: "warn" }]);
}

/** @param {unknown} error */
function sentence(error) {
  if (!(error instanceof ApiError)) return error instanceof Error ? error.message : String(error);
  if (error.code === "not_authenticated") return words("signed_out");
  return error.message || words(error.status ? "server_error" : "unreachable");
}

function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(PAGE_ID_BYTES));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function wireAvailability() {
  const select = need("availability", HTMLSelectElement);
  let stored = select.value;
  select.addEventListener("change", async () => {
    try {
      await post("/api/v1/me/availability/", { availability: select.value });
      stored = select.value;
    } catch (error) {
      select.value = stored;
      fail(error);
    }
  });
}

/** The row that the focus is in, else the session that is shown. */
function selected() {
  const row = document.activeElement?.closest("#session-rows tr");
  const id = row?.querySelector("[data-open]")?.getAttribute("data-open");
  return id ? open(id) : openSessions.shown;
}

listenForShortcuts({
  enabled: keys,
  verbs: {
    new: () => dialog.open(),
    search: () => controls.focus(),
    start: () => selected()?.verbs.start(),
    hold: () => openSessions.shown?.verbs.hold(),
    transfer: () => openSessions.shown?.verbs.transfer(),
    end: () => openSessions.shown?.verbs.end(),
    mute: () => switches.toggleSound(),
    help: () => switches.showKeys(),
    tab: (place) => openSessions.showAt(place),
  },
});
globalThis.addEventListener("beforeunload", (event) => {
  if (!openSessions.holdPage || isHandingOver()) return;
  event.preventDefault();
  // The browser asks in its own words; who stays is asked in ours. Nothing runs any more in a page that goes away.
  setTimeout(() => openSessions.askToLeave(), 0);
});
globalThis.addEventListener("pagehide", () => openSessions.leavePage());

const newSession = need("new-session-button", HTMLButtonElement);
newSession.addEventListener("click", () => dialog.open());
const joinSession = need("join-session-button", HTMLButtonElement);
joinSession.addEventListener("click", () => openJoinDialog({ onJoined: openOnceListed, sentence }));
for (const button of [newSession, joinSession]) button.disabled = false; // a press before would have done nothing
openFromAddress();
globalThis.addEventListener("hashchange", openFromAddress);
wireAvailability();
setInterval(() => {
  list.draw();
  codes.draw();
  dialog.draw();
  openSessions.drawTimes();
}, TICK_MS);

const socket = new LiveSocket({ url: "/ws/console/" });
socket.addEventListener("message", (event) => {
  const message = /** @type {CustomEvent} */ (event).detail;
  if (message.type === "console.snapshot") update(message);
});
socket.addEventListener("state", (event) => lineChanged(/** @type {CustomEvent} */ (event).detail));
socket.open();
