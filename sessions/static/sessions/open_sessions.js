import { icon } from "portals/icon.js";
import { TabList } from "portals/tab_list.js";
import { SessionPane } from "sessions/session_pane.js";
import { repeat } from "vendor/lit-html/directives/repeat.js";
import { html, nothing, render } from "vendor/lit-html/lit-html.js";

/**
 * @typedef {import("sessions/protocol.js").SessionRow} SessionRow
 * @typedef {import("sessions/pane_state.js").Rights} Rights
 */

const STORED = "sightline.open-sessions";
const SPARES = 3; // customers who wait longest: those a technician starts next
const LINES = 6; // panes with which no spare is held any more: the server counts an account's sockets
const ONE_COLUMN = "(max-width: 63.999rem)"; // the same as in console.css

/**
 * The sessions that are open in this page, with their tabs. One is shown; those that go on keep their line and their
 * unread count while another is looked at, any other is closed with its pane.
 *
 * For the customers who wait longest a spare pane is held, without a tab: with its line open the peers connect before
 * Start is pressed, so that Start only lets media flow.
 */
export class OpenSessions {
  /** @type {Map<string, SessionPane>} */
  #panes = new Map();
  /** @type {Set<string>} */
  #spare = new Set();
  #shownId = "";
  #restored = false;
  /** @type {Rights} */
  #rights = { whyNotHold: "", whyNotTransfer: "", takesBack: "", notLead: "" };
  #home;
  #empty;
  #tabs;
  #words;
  #parts;
  #onChange;

  /**
   * @param {object} parts
   * @param {HTMLElement} parts.home where panes go
   * @param {HTMLElement} parts.empty what stands there while none is open
   * @param {HTMLElement} parts.tabs
   * @param {import("portals/words.js").Words} parts.words
   * @param {Omit<import("sessions/session_pane.js").PaneParts, "onChange">} parts.shared what each pane needs
   * @param {() => void} parts.onChange
   */
  constructor({ home, empty, tabs, words, shared, onChange }) {
    this.#home = home;
    this.#empty = empty;
    this.#tabs = tabs;
    this.#words = words;
    this.#onChange = onChange;
    this.#parts = { ...shared, onChange: () => this.#draw() };
    new TabList(tabs, (tab) => this.#show(tab.dataset.session ?? ""));
    document.addEventListener("visibilitychange", () => this.shown?.markRead());
  }

  get shownId() {
    return this.#shownId;
  }

  get shown() {
    return this.#panes.get(this.#shownId);
  }

  /** The id of a session that is being started; empty when none is. */
  get startingId() {
    return [...this.#panes.values()].find((pane) => pane.isStarting)?.id ?? "";
  }

  /** Chat lines that nobody has looked at, over all sessions. */
  get unread() {
    return [...this.#panes.values()].reduce((sum, pane) => sum + pane.unread, 0);
  }

  /** Whether closing the page would lose something, or leave a customer alone. */
  get holdPage() {
    return [...this.#panes.values()].some((pane) => pane.holdsPage);
  }

  /** Somebody was about to close the page: what becomes of the session that this technician leads? */
  askToLeave() {
    const leading = [...this.#panes.values()].filter((pane) => pane.leadsNow);
    const first = leading.find((pane) => pane === this.shown) ?? leading[0];
    if (!first) return;
    this.#show(first.id);
    first.verbs.end();
  }

  /**
   * @param {SessionRow} row
   * @returns {SessionPane}
   */
  open(row) {
    const pane = this.#panes.get(row.id) ?? this.#create(row);
    if (this.#adopt(pane) && pane.isShut) pane.connect(); // another tab has taken its line
    this.#show(row.id);
    return pane;
  }

  /**
   * Press its Start, and show it.
   * @param {SessionRow} row
   */
  start(row) {
    const pane = this.#panes.get(row.id) ?? this.#create(row);
    pane.verbs.start(); // first: the request needs no drawn page
    this.open(row);
  }

  /**
   * Open again what was open before the page was loaded anew, with the one on top that was on top.
   * @param {SessionRow[]} rows
   */
  restore(rows) {
    const [shown, ...others] = remembered().flatMap((id) => rows.find((row) => row.id === id) ?? []);
    this.#restored = true;
    for (const row of others)
      if (row.status === "active" && ["own", "agent"].includes(row.relation)) this.#adopt(this.#create(row));
    if (shown) this.open(shown);
    else this.#draw();
  }

  /**
   * Show the tab at this place, from 0.
   * @param {number} place
   */
  showAt(place) {
    const id = this.#tabbed[place]?.id;
    if (id) this.#show(id);
  }

  /**
   * @param {SessionRow[]} rows
   * @param {Rights} rights
   */
  update(rows, rights) {
    this.#rights = rights;
    const byId = new Map(rows.map((row) => [row.id, row]));
    for (const pane of this.#panes.values()) pane.update(byId.get(pane.id), rights);
    this.#holdSpares(rows);
    this.#draw();
  }

  /** Draw running times anew. */
  drawTimes() {
    for (const pane of this.#panes.values()) pane.drawTime();
  }

  /** The page goes away. */
  leavePage() {
    for (const pane of this.#panes.values()) pane.leavePage();
  }

  /** @param {SessionRow[]} rows */
  #holdSpares(rows) {
    const wanted = rows
      .filter(isStartable)
      .filter(({ id }) => this.#spare.has(id) || !this.#panes.has(id))
      .sort((one, other) => Date.parse(one.since) - Date.parse(other.since))
      .slice(0, Math.max(0, Math.min(SPARES, LINES - this.#tabbed.length)));
    const ids = new Set(wanted.map(({ id }) => id));
    for (const id of this.#spare) if (!ids.has(id)) this.#close(id);
    for (const row of wanted) {
      if (this.#spare.has(row.id)) continue;
      this.#spare.add(row.id);
      this.#create(row);
    }
  }

  get #tabbed() {
    return [...this.#panes.values()].filter(({ id }) => !this.#spare.has(id));
  }

  /** @param {string} id */
  #close(id) {
    this.#panes.get(id)?.close();
    this.#panes.delete(id);
    this.#spare.delete(id);
  }

  /** @param {SessionRow} row */
  #create(row) {
    const pane = new SessionPane({ row, rights: this.#rights, ...this.#parts });
    this.#panes.set(row.id, pane);
    pane.connect();
    return pane;
  }

  /**
   * Give the pane its tab and its place in the page; a spare one stands outside, where nothing finds its fields.
   * @param {SessionPane} pane
   * @returns {boolean} whether it was spare
   */
  #adopt(pane) {
    if (!pane.element.isConnected) this.#home.append(pane.element);
    return this.#spare.delete(pane.id);
  }

  /** @param {string} id */
  #show(id) {
    const before = this.shown;
    const pane = this.#panes.get(id);
    if (!pane || pane === before) return;
    this.#shownId = id;
    before?.setShown(false);
    if (before && !before.isKept) this.#close(before.id);
    this.#empty.hidden = true;
    pane.setShown(true);
    if (matchMedia(ONE_COLUMN).matches) pane.scrollIntoView();
    this.#draw();
  }

  #remember() {
    if (!this.#restored) return;
    const others = this.#tabbed.map(({ id }) => id).filter((id) => id !== this.#shownId);
    sessionStorage.setItem(STORED, JSON.stringify([this.#shownId, ...others].filter(Boolean)));
  }

  #draw() {
    for (const pane of this.#panes.values()) if (pane.unread) this.#adopt(pane); // news deserve a tab
    const panes = this.#tabbed;
    render(
      repeat(
        panes,
        (pane) => pane.id,
        (pane) => this.#tab(pane),
      ),
      this.#tabs,
    );
    this.#tabs.hidden = !panes.length;
    this.#remember();
    this.#onChange();
  }

  /** @param {SessionPane} pane */
  #tab(pane) {
    const shown = pane.id === this.#shownId;
    const unread = pane.unread
      ? html`<span class="badge"
          ><span class="visually-hidden">${this.#words("unread")}</span>${pane.unread}</span
        >`
      : nothing;
    return html`<button
      class="tab"
      role="tab"
      type="button"
      data-session=${pane.id}
      aria-selected=${shown}
      aria-controls=${pane.panelId}
      tabindex=${shown ? 0 : -1}
    >
      ${icon(pane.kind === "lens" ? "camera" : "screen", "icon--s")}<span class="tab__name">${pane.name}</span>
      ${pane.label ? html`<span class="muted xs">${pane.label}</span>` : nothing} ${unread}
    </button>`;
  }
}

/** @param {SessionRow} row */
function isStartable({ status, relation, can_start, why_not }) {
  return status === "waiting" && relation === "own" && can_start && !why_not;
}

/** The sessions this tab had open before it was loaded anew, the one that was shown first. @returns {string[]} */
function remembered() {
  try {
    return JSON.parse(sessionStorage.getItem(STORED) ?? "[]");
  } catch {
    return [];
  }
}
