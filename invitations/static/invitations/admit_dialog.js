import { ApiError, get, post } from "portals/api.js";
import { part } from "portals/parts.js";
import { readWords } from "portals/words.js";
import { openModal, sayProblem } from "sessions/modal.js";
import { repeat } from "vendor/lit-html/directives/repeat.js";
import { html, render } from "vendor/lit-html/lit-html.js";

/** @typedef {{id: string, name: string, way: string, address: string, network: string, wrong_codes: number}} Waiting */

const LOOK_AGAIN_MS = 2000;

/** Who waits to be let in, with what is known of where they come from (S-17); the lead admits or turns away. */
export class AdmitDialog {
  #url;
  #sentence;
  #words = readWords("specialists-words");
  #dialog;
  #timer;

  /** @param {import("sessions/pane_guests.js").DialogParts} parts */
  constructor({ id, sentence }) {
    this.#url = `/api/v1/sessions/${id}/specialists`;
    this.#sentence = sentence;
    this.#dialog = openModal("admit-dialog");
    this.#dialog.addEventListener("close", () => clearInterval(this.#timer));
    this.#timer = setInterval(() => this.#load(), LOOK_AGAIN_MS);
    this.#load();
  }

  async #load() {
    try {
      this.#draw(await get(`${this.#url}/waiting/`));
    } catch (error) {
      this.#fail(error);
    }
  }

  /** @param {string} id @param {"admit" | "turn-away"} verb */
  async #act(id, verb) {
    try {
      await post(`${this.#url}/${id}/${verb}/`);
      sayProblem(this.#dialog, "");
    } catch (error) {
      this.#fail(error);
    }
    this.#load();
  }

  /** @param {unknown} error */
  #fail(error) {
    sayProblem(this.#dialog, (error instanceof ApiError && error.message) || this.#sentence(error));
  }

  /** @param {Waiting[]} waiting */
  #draw(waiting) {
    const lines = repeat(
      waiting,
      ({ id }) => id,
      (one) => this.#line(one),
    );
    render(lines, part(this.#dialog, "list", HTMLElement));
    const none = part(this.#dialog, "none", HTMLElement);
    const text = waiting.length ? "" : this.#words("none_waits");
    if (none.textContent !== text) none.textContent = text;
  }

  /** @param {Waiting} waiting */
  #line({ id, name, way, address, network, wrong_codes: count }) {
    const words = this.#words;
    return html`<li class="stack stack--s">
      <div><b class="entry__text">${name}</b>
        <p class="small">${words("from", { address: address || "–", network: network || "–", way })}</p>
        <p class="small muted">${count ? words("wrong", { count }) : words("no_wrong")}</p></div>
      <div class="row">
        <button class="btn btn--primary" type="button" aria-label=${words("admit_one", { name })} @click=${() => this.#act(id, "admit")}>${words("admit")}</button>
        <button class="btn" type="button" aria-label=${words("turn_away_one", { name })} @click=${() => this.#act(id, "turn-away")}>${words("turn_away")}</button>
      </div>
    </li>`;
  }
}
