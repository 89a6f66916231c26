/** The room of an external specialist: the customer's picture and everybody's sound, who is there, and the chat. */

import { ConnectionDetails } from "lens/connection_details.js";
import { OwnScreen } from "lens/own_screen.js";
import { OWN } from "lens/quality_watch.js";
import { RecordingView } from "lens/recording_view.js";
import { need, show } from "portals/dom.js";
import { Toasts } from "portals/toasts.js";
import { readWords } from "portals/words.js";
import { AttendeesView, markOf } from "sessions/attendees_view.js";
import { ChatView } from "sessions/chat_view.js";
import { Comings } from "sessions/comings.js";
import { Connection } from "sessions/connection.js";
import { PaneMedia } from "sessions/pane_media.js";
import { nameIn, sharesScreen } from "sessions/people.js";
import { durationText, ServerClock } from "sessions/server_clock.js";
import { totalMs } from "sessions/session_time.js";
import { statusView } from "sessions/status_view.js";
import { render } from "vendor/lit-html/lit-html.js";

/** @typedef {import("sessions/protocol.js").Attendee} Attendee */
/** @typedef {import("sessions/protocol.js").SessionState} SessionState */

const CLOSE_ENDED = 4000;
const CLOSE_ELSEWHERE = 4002;
const TICK_MS = 1000;

const page = need("special", HTMLElement);
const words = readWords("room-words");
const customerName = page.dataset.customer ?? "";
const clock = new ServerClock();
const pageId = Array.from(crypto.getRandomValues(new Uint32Array(3)), (part) => part.toString(36)).join("");
const connection = new Connection({ url: page.dataset.socket ?? "", pageId });
/** @type {SessionState | null} */
let head = null;
/** @type {Attendee[]} */
let people = [];
let lost = false;
let elsewhere = false;

const media = new PaneMedia({
  root: need("special", HTMLElement),
  name: customerName,
  words,
  connection,
  customer: () => people.find((person) => person.role === "customer")?.id,
  shares: (attendee) => sharesScreen(people, attendee),
  nameOf: (attendee) => nameIn(people, attendee),
  onChange: draw,
});
const recording = new RecordingView(page, connection);
const list = new AttendeesView({
  list: need("attendees", HTMLElement),
  count: need("attendees-count", HTMLElement),
  words,
  level: ({ id }) => media.quality.level(id === connection.you ? OWN : id),
});
media.quality.addEventListener("levels", () => list.update(people, connection.you));
const details = new ConnectionDetails({ root: page, words, watch: media.quality });
const chat = new ChatView({
  log: need("chat-log", HTMLElement),
  form: need("chat-form", HTMLFormElement),
  input: need("message", HTMLInputElement),
  you: () => connection.you,
  template: need("chat-line", HTMLTemplateElement),
  event: need("chat-event", HTMLTemplateElement),
});
const toasts = new Toasts({ region: need("toasts", HTMLElement), dismissLabel: words("dismiss") });
const comings = new Comings({ toasts, words, you: () => connection.you });
const screen = new OwnScreen({
  button: need("share-screen", HTMLButtonElement),
  hint: need("share-hint", HTMLElement),
  onChange: (track) => media.shareScreen(track),
  onRefused: () => toasts.show({ key: "screen", text: words("screen_refused"), tone: "warn" }),
});
chat.onPost = (text) => connection.postChat(text);
show(need("share-screen-tip", HTMLElement), OwnScreen.isPossible);
show(need("no-screen", HTMLElement), !OwnScreen.isPossible);

/** @param {{session: SessionState, attendees: Attendee[]}} state */
function changed({ session, attendees }) {
  head = session;
  people = attendees;
  list.update(attendees, connection.you);
  details.update(attendees, connection.you);
  recording.update(session.recording);
  const me = attendees.find((person) => person.id === connection.you);
  need("my-mark", HTMLElement).className = markOf(people, connection.you);
  tellRight(me);
  screen.setAllowed(Boolean(me?.rights.includes("share_screen")));
  if (session.status === "active" && session.kind === "lens") media.openMicrophone();
  else if (session.status !== "transferring") rest();
  draw();
}

/** On hold nothing is sent or seen. */
function rest() {
  screen.stop();
  media.silence();
}

/** A live region speaks whenever it is written to: only what is new is written. @param {string} id @param {string} text */
function write(id, text) {
  const element = need(id, HTMLElement);
  if (element.textContent !== text) element.textContent = text;
}

/** @param {Attendee | undefined} me */
function tellRight(me) {
  const name = head?.lead_name ?? "";
  write("right", me ? words("right", { right: words(me.right || "view_only"), name }) : "");
  if (name) write("led", (need("led", HTMLElement).dataset.text ?? "").replace("{name}", name));
}

function stageText() {
  const customer = people.find((person) => person.role === "customer");
  if (head?.status === "on_hold") return words("on_hold", { name: customerName });
  if (head?.kind === "screen") return words("screen_session", { name: customerName });
  if (customer?.camera === false) return words("camera_off", { name: customerName });
  return words("connecting", { name: customerName });
}

function draw() {
  if (!head) return;
  const flows = head.status === "active" || head.status === "transferring";
  const customer = people.find((person) => person.role === "customer");
  render(statusView(head.status, head.status_label, {}), need("status", HTMLElement));
  media.draw(flows);
  const useHere = { label: words("use_here"), run: () => connection.connect() };
  media.stage.say(elsewhere ? { text: words("elsewhere"), act: useHere } : { text: stageText() });
  media.stage.cover(!media.showsScreen && (!flows || customer?.camera === false));
  media.stage.setFrozen(media.isLost);
  drawNote();
  drawTime();
}

function drawNote() {
  const { trouble } = media;
  if (lost) return media.stage.note(words("connection_lost"));
  if (media.isLost) return media.stage.note(words("picture_lost", { name: customerName }));
  if (!trouble) return media.stage.note("");
  const again = { label: words("try_again"), run: () => media.openMicrophone() };
  media.stage.note(words(`microphone_${trouble}`, { name: head?.lead_name ?? "" }), again);
}

function drawTime() {
  if (head) need("time", HTMLElement).textContent = durationText(totalMs(head, clock.now()));
}

/** @param {{state: string, code?: number}} line */
function lineChanged({ state, code }) {
  lost = state === "waiting" || (lost && state !== "open");
  elsewhere = code === CLOSE_ELSEWHERE;
  if (elsewhere) rest();
  else if (state === "closed" && code && code >= CLOSE_ENDED) return leave();
  draw();
}

/** The server knows why: its page says so. */
function leave() {
  rest();
  recording.close();
  connection.disconnect();
  location.reload();
}

/** @type {Record<string, (detail: any) => void>} */
const handlers = {
  welcome: (message) => {
    if (message.resync) chat.clear();
    changed(message);
  },
  ready: () => comings.catchUp(),
  changed,
  durable: (message) => {
    chat.add(message);
    comings.heard(message);
  },
  unsent: (lines) => chat.pending(lines),
  refused: (message) => toasts.show({ key: "refused", text: message.message, tone: "warn" }),
  state: lineChanged,
};
for (const [name, handle] of Object.entries(handlers)) {
  connection.addEventListener(name, (event) => handle(/** @type {CustomEvent} */ (event).detail));
}
setInterval(drawTime, TICK_MS);
connection.connect();
