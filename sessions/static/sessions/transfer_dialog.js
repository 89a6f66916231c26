import { ApiError, get, post } from "portals/api.js";
import { show } from "portals/dom.js";
import { part } from "portals/parts.js";
import { matchingTargets } from "sessions/list_filter.js";
import { openModal, sayProblem, setBusy } from "sessions/modal.js";
import { repeat } from "vendor/lit-html/directives/repeat.js";
import { html, nothing, render } from "vendor/lit-html/lit-html.js";

/** @typedef {{kind: string, id: string, name: string, detail: string, why_not: string}} Target */

const LOOK_AGAIN_MS = 5000; // people come and go while a technician chooses
const KINDS = ["technician", "group", "portal"];

/** The dialog *Transfer*: to whom, and a comment that the customer does not see. Nothing typed is lost by a refusal. */
export class TransferDialog {
  /** @type {Target[]} */
  #targets = [];
  #chosen = "";
  #busy = false;
  #url;
  #words;
  #sentence;
  #dialog;
  #timer;

  /**
   * @param {object} parts
   * @param {string} parts.id of the session
   * @param {string} parts.name the customer's
   * @param {import("portals/words.js").Words} parts.words
   * @param {(error: unknown) => string} parts.sentence
   */
  constructor({ id, name, words, sentence }) {
    this.#url = `/api/v1/sessions/${id}`;
    this.#words = words;
    this.#sentence = sentence;
    const dialog = openModal("transfer-dialog");
    this.#dialog = dialog;
    part(dialog, "who", HTMLElement).textContent = name;
    part(dialog, "search", HTMLInputElement).addEventListener("input", () => this.#draw());
    part(dialog, "comment", HTMLTextAreaElement).addEventListener("input", () => this.#drawCount());
    part(dialog, "form", HTMLFormElement).addEventListener("submit", (event) => this.#submit(event));
    dialog.addEventListener("change", (event) => this.#changed(event));
    dialog.addEventListener("close", () => clearInterval(this.#timer));
    this.#timer = setInterval(() => this.#load(), LOOK_AGAIN_MS);
    this.#drawCount();
    this.#load();
  }

  get #limit() {
    return Number(part(this.#dialog, "comment", HTMLTextAreaElement).dataset.limit);
  }

  get #comment() {
    return part(this.#dialog, "comment", HTMLTextAreaElement).value;
  }

  async #load() {
    try {
      this.#targets = await get(`${this.#url}/transfer-targets/`);
      this.#draw();
    } catch (error) {
      if (!this.#targets.length) this.#say(this.#sentence(error));
    }
  }

  /** @param {Event} event */
  #changed({ target }) {
    if (!(target instanceof HTMLInputElement) || target.name !== "target") return;
    this.#chosen = target.value;
    this.#say("");
  }

  /** @param {Event} event */
  async #submit(event) {
    event.preventDefault();
    const target = this.#targets.find((one) => keyOf(one) === this.#chosen);
    const problem = this.#problem(target);
    this.#say(problem);
    if (problem || !target || this.#busy) return;
    this.#setBusy(true);
    try {
      const { kind, id } = target;
      await post(`${this.#url}/transfer/`, { kind, target: id, comment: this.#comment });
      this.#dialog.close();
    } catch (error) {
      const fields = error instanceof ApiError ? Object.values(error.errors) : [];
      this.#say(fields.join(" ") || this.#sentence(error));
      this.#load();
    } finally {
      this.#setBusy(false);
    }
  }

  /** @param {Target | undefined} target */
  #problem(target) {
    if (!target) return this.#words("choose_target");
    if (target.why_not) return this.#words("target_not_free", { name: target.name, reason: target.why_not });
    const [count, limit] = [lengthOf(this.#comment), this.#limit];
    return count > limit ? this.#words("comment_too_long", { count, limit }) : "";
  }

  /** @param {boolean} busy */
  #setBusy(busy) {
    this.#busy = busy;
    setBusy(this.#dialog, busy);
  }

  /** @param {string} text */
  #say(text) {
    sayProblem(this.#dialog, text);
  }

  #drawCount() {
    const count = lengthOf(this.#comment);
    const line = part(this.#dialog, "count", HTMLElement);
    line.textContent = this.#words("characters", { count, limit: this.#limit });
    line.classList.toggle("field__error", count > this.#limit);
  }

  #draw() {
    const found = matchingTargets(this.#targets, part(this.#dialog, "search", HTMLInputElement).value);
    for (const kind of KINDS) {
      const group = found.filter((target) => target.kind === kind);
      show(part(this.#dialog, kind, HTMLElement), group.length);
      const lines = repeat(group, keyOf, (target) => this.#line(target));
      render(lines, part(this.#dialog, `${kind}-list`, HTMLElement));
    }
    const none = part(this.#dialog, "none", HTMLElement);
    const text = found.length ? "" : this.#words(this.#targets.length ? "no_match" : "no_targets");
    if (none.textContent !== text) none.textContent = text;
  }

  /** @param {Target} target */
  #line(target) {
    const key = keyOf(target);
    const off = target.why_not !== "";
    const hint = [target.detail, target.why_not].filter(Boolean).join(" · ");
    return html`<label class="choice choice--card">
      <input
        type="radio"
        name="target"
        value=${key}
        .checked=${key === this.#chosen}
        ?disabled=${off}
      /><span><b>${target.name}</b>${hint ? html`<span class="choice__hint">${hint}</span>` : nothing}</span>
    </label>`;
  }
}

/** @param {Target} target */
function keyOf({ kind, id }) {
  return `${kind}:${id}`;
}

/**
 * As the server counts: characters, not the units of UTF-16.
 * @param {string} text
 */
function lengthOf(text) {
  return [...text.trim()].length;
}
