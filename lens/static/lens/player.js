/** Recordings in the record of a session: the timeline goes in step with them, and several pictures run together. */

const STEP_MS = 250; // two pictures that are further apart are put together again
const LOOK_AGAIN_MS = 4000; // at one that is being made ready

/** @typedef {{at: number, from: number, length: number}} Span when it happened, where it is in the files; ms */

/** One recording: its pictures run as one. The one that is shown, or the first, carries the sound. */
class Player {
  #root;
  #videos;
  /** @type {Span[]} */
  #spans;
  #began;
  #shown;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#root = root;
    this.#videos = [...root.querySelectorAll("video")];
    const told = JSON.parse(root.querySelector('script[type="application/json"]')?.textContent ?? "[]");
    this.#spans = told.map((/** @type {[string, number, number]} */ [at, from, length]) => {
      return { at: Date.parse(at), from, length };
    });
    this.#began = Date.parse(root.dataset.began ?? "");
    this.#shown = this.#videos[0];
    this.#wireSources();
    for (const video of this.#videos) {
      for (const event of ["play", "pause", "seeked", "ratechange", "timeupdate"])
        video.addEventListener(event, () => this.#follow(video));
    }
  }

  /** Where it stands, in ms. */
  get position() {
    return this.#shown.currentTime * 1000;
  }

  get isPlaying() {
    return !this.#shown.paused;
  }

  /** @param {() => void} act */
  onMove(act) {
    for (const event of ["timeupdate", "seeked"])
      for (const video of this.#videos) video.addEventListener(event, act);
  }

  /**
   * Where in the recording something is that happened at a moment; undefined if it was not recorded.
   * @param {number} moment ms since the epoch
   */
  positionOf(moment) {
    const span = this.#spans.find(({ at, length }) => moment >= at && moment < at + length);
    if (span) return span.from + moment - span.at;
    // From the word that it began to the first picture a moment passes.
    return moment >= this.#began && moment < this.#spans[0]?.at ? 0 : undefined;
  }

  /** @param {number} ms */
  seek(ms) {
    this.#shown.currentTime = ms / 1000;
  }

  #wireSources() {
    const choice = this.#root.querySelector("fieldset");
    if (!choice) return;
    choice.hidden = false;
    choice.addEventListener("change", (event) => {
      if (event.target instanceof HTMLInputElement) this.#show(event.target.value);
    });
    this.#show(this.#videos[0].dataset.number ?? "");
  }

  /** @param {string} wanted the number of a file, or "all" */
  #show(wanted) {
    const before = this.#shown;
    const next = this.#videos.find((video) => video.dataset.number === wanted) ?? this.#videos[0];
    this.#shown = next;
    for (const video of this.#videos) {
      const figure = video.closest("figure");
      if (figure) figure.hidden = wanted !== "all" && video !== next;
      video.muted = video !== next;
      video.controls = video === next;
    }
    this.#root.querySelector(".player")?.classList.toggle("player--all", wanted === "all");
    if (next === before) return this.#follow(next);
    next.currentTime = before.currentTime;
    if (!before.paused) next.play().catch(() => {}); // a browser that refuses waits for the person to press
    before.pause();
  }

  /** The others do as the one that is shown. @param {HTMLVideoElement} video */
  #follow(video) {
    if (video !== this.#shown) return;
    for (const other of this.#videos) {
      if (other === video) continue;
      if (video.paused || other.closest("figure")?.hidden) other.pause();
      else other.play().catch(() => {}); // muted pictures may run; where not, they are stills
      other.playbackRate = video.playbackRate;
      if (Math.abs(other.currentTime - video.currentTime) * 1000 > STEP_MS)
        other.currentTime = video.currentTime;
    }
  }
}

/** Timeline entries that can be looked at: a press leads there, and the one that stands now is marked. */
class Transcript {
  #player;
  /** @type {{element: HTMLElement, at: number}[]} */
  #lines = [];

  /** @param {Player} player @param {HTMLElement[]} entries */
  constructor(player, entries) {
    this.#player = player;
    for (const element of entries) {
      const time = element.querySelector("time");
      const at = time ? player.positionOf(Date.parse(time.dateTime)) : undefined;
      if (!time || at === undefined) continue;
      this.#lines.push({ element, at });
      const button = document.createElement("button");
      button.type = "button";
      button.className = "entry__time entry__seek";
      time.className = "";
      time.replaceWith(button);
      button.append(time);
      element.classList.add("entry--seekable");
      element.addEventListener("click", () => {
        if (!getSelection()?.toString()) player.seek(at);
      });
    }
    this.#lines.sort((one, other) => one.at - other.at);
    player.onMove(() => this.#mark());
  }

  #mark() {
    const now = this.#player.position + 1;
    const current = this.#lines.filter(({ at }) => at <= now).at(-1)?.element;
    for (const { element } of this.#lines) {
      if (element !== current) element.removeAttribute("aria-current");
      else if (!element.hasAttribute("aria-current")) {
        element.setAttribute("aria-current", "true");
        if (this.#player.isPlaying) showIn(element);
      }
    }
  }
}

/** Scroll the list, and not the page. @param {HTMLElement} element */
function showIn(element) {
  const list = element.closest("ol");
  if (!list) return;
  const { top, bottom } = element.getBoundingClientRect();
  const frame = list.getBoundingClientRect();
  if (bottom > frame.bottom) list.scrollTop += bottom - frame.bottom;
  else if (top < frame.top) list.scrollTop -= frame.top - top;
}

const entries = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(".timeline .entry")]);
for (const root of document.querySelectorAll("[data-recording]")) {
  if (root instanceof HTMLElement && root.querySelector("video")) new Transcript(new Player(root), entries);
}

/** Whether somebody is in the middle of writing, or of watching. */
function isBusy() {
  const active = document.activeElement;
  const writes = active instanceof HTMLTextAreaElement || active instanceof HTMLSelectElement;
  return writes || [...document.querySelectorAll("video")].some((video) => video.currentTime > 0);
}

if (document.querySelector('[data-recording="finishing"]'))
  setInterval(() => {
    if (!isBusy()) location.reload();
  }, LOOK_AGAIN_MS);
