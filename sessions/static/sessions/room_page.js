/** The customer's room of a Screen session: waiting, chat, hold, transfer. Its buttons are plain forms. */

import { need, show } from "portals/dom.js";
import { readWords } from "portals/words.js";
import { ChatView } from "sessions/chat_view.js";
import { Connection } from "sessions/connection.js";
import { waitingTexts } from "sessions/waiting_line.js";

/** @typedef {import("sessions/protocol.js").SessionState} SessionState */

const ENDED = ["closed", "timed_out", "aborted"];
const CLOSE_ENDED = 4000;
const CLOSE_ELSEWHERE = 4002;
const COMING_MS = 7000;

const page = need("room", HTMLElement);
const elsewhere = need("elsewhere", HTMLElement);
const heading = need("heading", HTMLElement);
const line = need("line", HTMLElement);
const notice = need("notice", HTMLElement);
const words = readWords("room-words");
const waitingWords = need("waiting-words", HTMLTemplateElement).dataset;
const pageId = Array.from(crypto.getRandomValues(new Uint32Array(3)), (part) => part.toString(36)).join("");
const connection = new Connection({ url: page.dataset.socket ?? "", pageId });
const chat = new ChatView({
  log: need("chat-log", HTMLElement),
  form: need("chat-form", HTMLFormElement),
  input: need("message", HTMLInputElement),
  you: () => connection.you,
  template: need("chat-line", HTMLTemplateElement),
  event: need("chat-event", HTMLTemplateElement),
});
chat.onPost = (text) => connection.postChat(text);
let lost = false;
let away = "";
let coming = "";
let comingTimer = 0;
let ready = false;

/** @param {SessionState} head */
function texts(head) {
  const name = head.lead_name;
  if (head.status === "waiting") return waitingTexts(head, waitingWords);
  if (head.status === "on_hold") return { heading: words("hold"), line: words("hold_line", { name }) };
  if (head.status === "transferring")
    return { heading: words("transferring", { name }), line: words("transferring_line") };
  return { heading: words("with", { name }), line: words("with_line") };
}

/** A live region speaks whenever it is written to: only what is new is written. @param {HTMLElement} element @param {string} text */
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function showNotice() {
  const text = lost ? words("lost") : away || coming;
  write(notice, text);
  show(notice, text);
}

/** @param {{session: SessionState, attendees: {role: string, name: string, lead: boolean, connection: string}[]}} state */
function changed({ session, attendees }) {
  if (ENDED.includes(session.status)) return leave();
  const told = texts(session);
  write(heading, told.heading);
  write(line, told.line);
  document.title = `${told.heading} · ${page.dataset.company}`;
  const lead = attendees.find((person) => person.lead);
  const gone = session.status === "active" && lead && lead.connection !== "connected";
  away = gone ? words("away", { name: lead.name }) : "";
  showNotice();
}

/** A brief notice of who has come or gone. @param {import("sessions/chat_view.js").Durable} message */
function tellComing({ type, attendee }) {
  const word = { "attendee.joined": "has_joined", "attendee.left": "has_left" }[type];
  if (!ready || !word || !attendee || attendee.id === connection.you) return;
  coming = words(word, { name: attendee.name });
  showNotice();
  clearTimeout(comingTimer);
  comingTimer = setTimeout(() => {
    coming = "";
    showNotice();
  }, COMING_MS);
}

function leave() {
  connection.disconnect();
  location.replace(page.dataset.ended ?? "/");
}

/** @param {{state: string, code?: number}} found */
function lineChanged({ state, code }) {
  lost = state === "waiting" || (lost && state !== "open");
  showNotice();
  if (code === CLOSE_ELSEWHERE) {
    show(page, false);
    show(elsewhere, true);
    elsewhere.querySelector("h1")?.focus();
  } else if (state === "closed" && code && code >= CLOSE_ENDED) leave();
}

/** @type {Record<string, (detail: any) => void>} */
const handlers = {
  welcome: (message) => {
    if (message.resync) chat.clear();
    changed(message);
  },
  ready: () => {
    ready = true;
  },
  changed,
  durable: (message) => {
    chat.add(message);
    tellComing(message);
  },
  unsent: (lines) => chat.pending(lines),
  state: lineChanged,
};
for (const [name, handle] of Object.entries(handlers)) {
  connection.addEventListener(name, (event) => handle(/** @type {CustomEvent} */ (event).detail));
}
need("use-here", HTMLButtonElement).addEventListener("click", () => {
  show(elsewhere, false);
  show(page, true);
  connection.connect();
});
connection.connect();
