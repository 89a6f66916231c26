import { ApiError, post } from "portals/api.js";
import { need, show } from "portals/dom.js";
import { TabList } from "portals/tab_list.js";

/**
 * What the server made.
 *
 * @typedef {object} Made
 * @property {string} id of the support session
 * @property {{id: string, code: string, code_display: string, link: string, expires_at: string, method: string}} invitation
 * @property {{id: string, to: string, state: import("sessions/protocol.js").DeliveryState["state"], reason: string} | null} delivery
 * @property {string | null} mailto
 * @property {{phone: string, text: string, link: string} | null} sms
 * @property {string | null} qr the link as a picture
 */

/** The first half of *Create New Session*: what is asked for, and what was wrong with it. */
export class NewSessionForm {
  #form = need("new-session-form", HTMLFormElement);
  #summary = need("new-session-summary", HTMLElement);
  #problems = need("new-session-problems", HTMLElement);
  #list = need("new-session-tabs", HTMLElement);
  #method = "";
  #whyNot = "";
  #busy = false;
  #tabs;
  #words;
  #onMade;

  /**
   * @param {object} parts
   * @param {import("portals/words.js").Words} parts.words
   * @param {(made: Made, asked: {name: string, to: string, via: string}) => void} parts.onMade
   */
  constructor({ words, onMade }) {
    this.#words = words;
    this.#onMade = onMade;
    this.#tabs = new TabList(this.#list, (tab) => this.#choose(tab.dataset.method ?? ""));
    this.#chooseFirst();
    this.#drawSubmit();
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
  }

  /** Empty for the next customer; the chosen tab stays. */
  reset() {
    this.#form.reset();
    this.#chooseKind();
    this.#clearProblems();
  }

  get element() {
    return this.#form;
  }

  /**
   * What a manager has turned on or off since the page was loaded. What is typed and chosen stays where it may.
   * @param {Record<string, string>} whyNot by what is offered; empty where it is allowed
   */
  update(whyNot) {
    const told = JSON.stringify(whyNot);
    if (told === this.#whyNot) return;
    this.#whyNot = told;
    const off = whyNot.private;
    explain("private", off);
    for (const kind of this.#form.querySelectorAll("[name=kind]"))
      if (kind instanceof HTMLInputElement) turn(kind, off, whyNot[kind.value]);
    this.#chooseKind();
    for (const name of ["name", "portal"])
      this.#form.querySelector(`[name=${name}]`)?.toggleAttribute("disabled", off !== "");
    for (const tab of this.#allTabs) turnTab(tab, off, whyNot[tab.dataset.method ?? ""]);
    if (!this.#allTabs.some((tab) => isOpen(tab) && tab.dataset.method === this.#method)) this.#chooseFirst();
    this.#drawSubmit();
  }

  get #allTabs() {
    return /** @type {HTMLElement[]} */ ([...this.#list.querySelectorAll("[role=tab]")]);
  }

  #chooseFirst() {
    const first = this.#allTabs.find(isOpen);
    if (first) this.#tabs.choose(first);
    else this.#showNone(this.#allTabs);
  }

  #chooseKind() {
    const kinds = /** @type {HTMLInputElement[]} */ ([...this.#form.querySelectorAll("[name=kind]")]);
    for (const kind of kinds) if (kind.disabled) kind.checked = false;
    const first = kinds.find((kind) => !kind.disabled);
    if (first && !kinds.some((kind) => kind.checked)) first.checked = true;
  }

  /** @param {string} method */
  #choose(method) {
    this.#method = method;
    for (const panel of this.#form.querySelectorAll("[role=tabpanel]")) {
      show(panel, panel.getAttribute("data-method") === method);
    }
    for (const button of this.#form.querySelectorAll("[data-submit]")) {
      show(button, button.getAttribute("data-submit") === method);
    }
    this.#clearProblems();
  }

  /**
   * No way in is open: what would be there is seen, and why it is not.
   * @param {HTMLElement[]} tabs
   */
  #showNone(tabs) {
    this.#choose("");
    for (const tab of tabs) tab.setAttribute("aria-selected", "false");
    tabs[0].tabIndex = 0;
    for (const button of this.#form.querySelectorAll('[data-submit="pin"]')) show(button, true);
  }

  get #canSubmit() {
    return !this.#busy && this.#method !== "" && new FormData(this.#form).has("kind");
  }

  async #submit() {
    if (!this.#canSubmit) return;
    this.#setBusy(true);
    this.#clearProblems();
    const values = new FormData(this.#form);
    const asked = {
      kind: String(values.get("kind") ?? ""),
      name: String(values.get("name") ?? ""),
      portal: String(values.get("portal") ?? ""),
      method: this.#method,
      via: this.#method === "email" ? String(values.get("via")) : "",
      to: this.#method === "email" ? String(values.get("to")) : "",
      phone: this.#method === "sms" ? String(values.get("phone")) : "",
    };
    try {
      const { via, ...rest } = asked;
      this.#onMade(await post("/api/v1/sessions/", via ? asked : rest), asked);
    } catch (error) {
      this.#showProblems(error);
    } finally {
      this.#setBusy(false);
    }
  }

  /** @param {boolean} busy */
  #setBusy(busy) {
    this.#busy = busy;
    this.#drawSubmit();
  }

  #drawSubmit() {
    for (const button of this.#form.querySelectorAll("[data-submit]")) {
      if (this.#canSubmit) button.removeAttribute("aria-disabled");
      else button.setAttribute("aria-disabled", "true");
    }
  }

  #clearProblems() {
    show(this.#summary, false);
    this.#problems.replaceChildren();
    for (const input of this.#form.querySelectorAll("[aria-invalid]")) {
      input.removeAttribute("aria-invalid");
      const described = (input.getAttribute("aria-describedby") ?? "")
        .split(" ")
        .filter((id) => !id.endsWith("-error"));
      if (described.join("")) input.setAttribute("aria-describedby", described.join(" "));
      else input.removeAttribute("aria-describedby");
    }
    for (const sentence of this.#form.querySelectorAll(".field__error")) sentence.remove();
  }

  /** @param {unknown} error */
  #showProblems(error) {
    if (!(error instanceof ApiError)) throw error;
    const known = Object.entries(error.errors).filter(([name, sentence]) => this.#mark(name, sentence));
    const lines = known.map(([name, sentence]) => this.#link(name, sentence));
    this.#summarize(lines.length ? lines : [this.#line(error.message || this.#fallback(error))]);
  }

  /**
   * Say a problem that is no field's.
   * @param {string} text
   */
  say(text) {
    this.#summarize([this.#line(text)]);
  }

  /** @param {HTMLElement[]} lines */
  #summarize(lines) {
    this.#problems.replaceChildren(...lines);
    show(this.#summary, true);
    this.#summary.focus();
  }

  /** @param {ApiError} error */
  #fallback(error) {
    return Object.values(error.errors)[0] ?? this.#words(error.status ? "server_error" : "unreachable");
  }

  /**
   * Say it at the field itself.
   *
   * @param {string} name
   * @param {string} sentence
   * @returns {boolean} whether there is such a field to say it at
   */
  #mark(name, sentence) {
    const input = this.#form.elements.namedItem(name);
    if (
      !(input instanceof HTMLInputElement || input instanceof HTMLSelectElement) ||
      input.type === "hidden"
    ) {
      return false;
    }
    const line = this.#line(sentence);
    line.className = "field__error";
    line.id = `${input.id}-error`;
    input.setAttribute("aria-invalid", "true");
    input.setAttribute(
      "aria-describedby",
      `${input.getAttribute("aria-describedby") ?? ""} ${line.id}`.trim(),
    );
    input.after(line);
    return true;
  }

  /** @param {string} sentence */
  #line(sentence) {
    const line = document.createElement("p");
    line.textContent = sentence;
    return line;
  }

  /**
   * A line of the summary that leads to its field.
   * @param {string} name
   * @param {string} sentence
   */
  #link(name, sentence) {
    const input = /** @type {HTMLInputElement} */ (this.#form.elements.namedItem(name));
    const line = document.createElement("p");
    const anchor = document.createElement("a");
    anchor.href = `#${input.id}`;
    anchor.textContent = sentence;
    anchor.addEventListener("click", (event) => {
      event.preventDefault();
      input.focus();
    });
    line.append(anchor);
    return line;
  }
}

/** @param {HTMLElement} tab */
function isOpen(tab) {
  return tab.getAttribute("aria-disabled") !== "true";
}

/**
 * @param {string} offer
 * @param {string} why empty: nothing to explain
 */
function explain(offer, why) {
  const line = need(`${offer}-why`, HTMLElement);
  if (why) part(line, why);
  show(line, why !== "");
}

/**
 * @param {HTMLElement} line
 * @param {string} text
 */
function part(line, text) {
  const words = line.querySelector("span");
  if (words) words.textContent = text;
}

/**
 * A kind of session, with its hint or the reason why it is off.
 *
 * @param {HTMLInputElement} kind
 * @param {string} off why nothing may be created at all
 * @param {string} why
 */
function turn(kind, off, why) {
  const hint = need(`${kind.value}-why`, HTMLElement);
  hint.textContent = why || (hint.dataset.hint ?? "");
  kind.disabled = off !== "" || why !== "";
  describe(kind, off ? "private-why" : why ? hint.id : "");
}

/**
 * @param {HTMLElement} tab
 * @param {string} off why nothing may be created at all
 * @param {string} why
 */
function turnTab(tab, off, why) {
  const method = tab.dataset.method ?? "";
  const line = need(`why-${method}`, HTMLElement);
  if (why) part(line, why);
  show(line, why !== "");
  tab.toggleAttribute("aria-disabled", false);
  if (off || why) tab.setAttribute("aria-disabled", "true");
  describe(tab, off ? "private-why" : why ? line.id : "");
}

/**
 * @param {HTMLElement} element
 * @param {string} id of what describes it; empty for nothing
 */
function describe(element, id) {
  if (id) element.setAttribute("aria-describedby", id);
  else element.removeAttribute("aria-describedby");
}
