/** The customer's one page: permission, own picture, terms, waiting room, live. Each step asks for one thing. */

import { LocalMedia, permission } from "lens/local_media.js";
import { NoticeBar } from "lens/notice_bar.js";
import { watchLevel } from "lens/sound_level.js";
import { need, show } from "portals/dom.js";

const HEARD = 0.2; // share of a full voice
const RETRY_MS = 2000;
const RETRIES = 30;

const page = need("camera", HTMLElement);
const notice = new NoticeBar(need("notice", HTMLElement));
const media = new LocalMedia();
const pictures = /** @type {NodeListOf<HTMLVideoElement>} */ (document.querySelectorAll(".own-picture"));
const showers = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".show-camera"));
/** @typedef {import("sessions/protocol.js").SessionState} SessionState */
/** @type {import("lens/room.js").Room | null} */
let room = null;
let held = false;
/** What to do when a step is left. */
let leaveStep = () => {};
let wish = { camera: true, microphone: true };

/**
 * @param {string} id
 * @param {() => unknown} act
 */
function onClick(id, act) {
  need(id, HTMLButtonElement).addEventListener("click", act);
}

/**
 * @param {string} step
 * @param {boolean} [focus]
 */
function go(step, focus = true) {
  if (document.body.dataset.step === step) return;
  leaveStep();
  leaveStep = () => {};
  document.body.dataset.step = step;
  for (const section of page.querySelectorAll(".step, .loading")) show(section, section.id === step);
  // In the live view the sentence beside *Stop* is the heading, so that Stop is the next stop of the Tab key.
  const heading = need(step === "live" ? "sharing" : step, HTMLElement).querySelector("h1");
  document.title = `${heading?.textContent} · ${page.dataset.company}`;
  showMedia();
  // After what else was to be done in this turn: both lay the page out, and a picture may be about to be sent.
  queueMicrotask(() => {
    if (focus) heading?.focus();
    scrollTo(0, 0);
  });
}

/** The own picture where the step shows it, and a way to it where there is none. */
function showMedia() {
  const { camera } = media;
  for (const video of pictures) {
    const source = video.closest(".step[hidden]") ? null : camera;
    const stream = /** @type {MediaStream | null} */ (video.srcObject);
    if ((stream?.getTracks()[0] ?? null) !== source) video.srcObject = source && new MediaStream([source]);
    show(video, source);
  }
  for (const button of showers) show(button, !camera);
}

/** @param {{camera: boolean, microphone: boolean}} asked */
async function ask(asked) {
  wish = asked;
  show(need("ask-silent", HTMLButtonElement), false); // the browser asks now: one question at a time
  const troubles = await media.open(wish);
  if (media.camera) return preview();
  const { explainTrouble } = await import("lens/permission_help.js");
  await explainTrouble(troubles);
  document.body.dataset.step = ""; // a second trouble is told anew
  go("trouble");
}

async function preview() {
  go("preview");
  show(need("switch-preview", HTMLElement), await media.hasSecondCamera());
  const { microphone } = media;
  const heard = need("heard", HTMLElement);
  if (!microphone) {
    heard.textContent = heard.dataset.off ?? "";
    return;
  }
  const level = document.getElementById("level");
  leaveStep = watchLevel(microphone, (loudness) => {
    level?.style.setProperty("--level", `${Math.round(loudness * 100)}%`);
    if (loudness > HEARD) heard.textContent = heard.dataset.works ?? "";
  });
}

/**
 * @param {string | undefined} url
 * @param {Record<string, string>} [data]
 */
async function post(url = "", data = {}) {
  const token = document.querySelector("meta[name=csrf-token]")?.getAttribute("content") ?? "";
  const body = new URLSearchParams(data);
  const answer = await fetch(url, {
    method: "POST",
    headers: { "X-CSRFToken": token },
    body,
    keepalive: true,
  });
  return { ok: answer.ok, ...(await answer.json()) };
}

function readTerms() {
  go("terms");
  import("lens/room.js").catch(() => {}); // while they read; accept() loads it again where it failed
}

async function accept() {
  const button = need("accept", HTMLButtonElement);
  button.disabled = true;
  try {
    await import("lens/room.js");
    const answer = await post(page.dataset.accept, { terms_version: page.dataset.terms ?? "" });
    notice.set("failed", !answer.ok, answer.message);
    if (answer.ok) await enter(true);
  } catch {
    notice.set("failed", true);
  }
  button.disabled = false;
}

/** @param {boolean} [waiting] whether it is known already what comes next */
async function enter(waiting = false) {
  const { Room } = await import("lens/room.js");
  room = new Room({ url: page.dataset.socket ?? "", media, notice });
  room.addEventListener("status", (event) => follow(/** @type {CustomEvent} */ (event).detail));
  room.addEventListener("ended", finish);
  room.addEventListener("elsewhere", () => {
    const state = history.state;
    media.stop();
    history.replaceState(state, "");
    room?.live?.rest();
    go("elsewhere");
  });
  if (waiting) go("waiting");
  room.connect();
}

/** @param {{status: string, head: SessionState | null}} now */
function follow({ status, head }) {
  held = status === "on_hold";
  if (held) hold();
  const live = status === "active" || (status === "transferring" && head?.started_at);
  if (!live) {
    room?.live?.rest();
    room?.tellWaiting();
    return go("waiting");
  }
  if (!room?.live) return;
  room.live.setViewers(head?.lead_name || (page.dataset.company ?? ""), room.others);
  room.live.begin((focus) => go("live", focus));
}

/** Camera and microphone end now. They come back by the customer's own click; whether that asks for both is kept. */
function hold() {
  room?.live?.askAnew();
  if (!media.camera && !media.microphone) return;
  const voice = Boolean(media.microphone) && !media.muted;
  media.stop();
  history.replaceState({ camera: false, microphone: false, voice }, "");
}

/** Everything off, whatever the server says or does not say. */
function stopAll() {
  media.stop();
  room?.close();
  for (const key of ["offline", "paused", "away", "handing", "handed"]) notice.set(key, false);
}

/** Off and told: what comes next is on a page that needs no camera. */
function finish() {
  stopAll();
  location.replace(page.dataset.ended ?? "/");
}

/**
 * End it from this side: off at once, then tell the server until it has heard.
 * @param {string | undefined} url
 * @param {string} reason
 */
async function end(url, reason) {
  stopAll();
  const text = need("end-text", HTMLElement);
  text.textContent = text.dataset[reason] ?? "";
  go("ended");
  for (let attempt = 0; attempt < RETRIES; attempt += 1) {
    try {
      await post(url);
      return location.replace(page.dataset.ended ?? "/");
    } catch {
      await new Promise((done) => setTimeout(done, RETRY_MS));
    }
  }
}

/** What is on, for a reload of this page in this tab; nothing else remembers it. */
function remember() {
  history.replaceState({ camera: Boolean(media.camera), microphone: !media.muted }, "");
}

/** After a reload: what was on comes back without a question where the browser allows it, else by the button. */
async function comeBack() {
  const { camera, microphone } = history.state ?? {};
  await media.open({
    camera: camera && (await permission("camera")) === "granted",
    microphone: microphone && (await permission("microphone")) === "granted",
  });
}

onClick("ask", () => ask({ camera: true, microphone: true }));
onClick("ask-silent", () => ask({ camera: true, microphone: false }));
onClick("again", () => ask(wish));
onClick("no-camera", () => {
  for (const button of showers) button.lastChild?.replaceWith(button.dataset.first ?? "");
  readTerms();
});
onClick("switch-preview", async () => notice.set("camera", Boolean(await media.switchCamera())));
onClick("to-terms", readTerms);
onClick("accept", accept);
onClick("decline", () => end(page.dataset.decline, "terms_declined"));
onClick("leave", () => end(page.dataset.leave, "by_waiting_customer"));
onClick("stop", () => end(page.dataset.leave, "by_customer"));
onClick("report", () => end(page.dataset.report, "reported"));
onClick("report-early", () => end(page.dataset.report, "reported"));
onClick("use-here", async () => {
  await comeBack();
  room?.connect();
});
for (const button of showers) {
  button.addEventListener("click", async () => {
    const { microphone: before, voice = before !== false } = history.state ?? {};
    const microphone = !media.microphone && voice;
    notice.set("camera", Boolean((await media.open({ camera: true, microphone })).camera));
  });
}
// A camera that was being opened when the hold came is not kept either.
media.addEventListener("change", () => held && (media.camera || media.microphone) && hold());
media.addEventListener("change", showMedia);
media.addEventListener("change", remember);
media.addEventListener("paused", (event) => notice.set("paused", /** @type {CustomEvent} */ (event).detail));

const first = page.dataset.step ?? "permission";
if (first === "waiting" || first === "live") {
  comeBack();
  enter(first === "waiting");
} else if (first === "held") enter();
else go(first);
