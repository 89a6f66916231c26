import { icon } from "portals/icon.js";
import { repeat } from "vendor/lit-html/directives/repeat.js";
import { html, render } from "vendor/lit-html/lit-html.js";

/** @typedef {{key: string, text: string, tone: "info" | "warn"}} Toast */

/** What has to be told wherever one is on the page; it stays until it is put away. */
export class Toasts {
  /** @type {Toast[]} */
  #toasts = [];
  #region;
  #dismissLabel;
  #onDismiss;

  /**
   * @param {object} parts
   * @param {HTMLElement} parts.region with role status
   * @param {string} parts.dismissLabel
   * @param {(key: string) => void} [parts.onDismiss]
   */
  constructor({ region, dismissLabel, onDismiss = () => {} }) {
    this.#region = region;
    this.#dismissLabel = dismissLabel;
    this.#onDismiss = onDismiss;
  }

  /**
   * Show one; another of the same key is replaced.
   * @param {Toast} toast
   */
  show(toast) {
    this.#toasts = [...this.#toasts.filter((other) => other.key !== toast.key), toast];
    this.#draw();
  }

  /**
   * Make those whose key begins with `prefix` exactly these.
   * @param {string} prefix
   * @param {Toast[]} toasts
   */
  replace(prefix, toasts) {
    this.#toasts = [...this.#toasts.filter(({ key }) => !key.startsWith(prefix)), ...toasts];
    this.#draw();
  }

  /** @param {string} key */
  dismiss(key) {
    this.#toasts = this.#toasts.filter((toast) => toast.key !== key);
    this.#draw();
  }

  #draw() {
    render(
      repeat(
        this.#toasts,
        (toast) => toast.key,
        (toast) => this.#toast(toast),
      ),
      this.#region,
    );
  }

  /** @param {Toast} toast */
  #toast({ key, text, tone }) {
    return html`<div class="toast">
      ${icon(tone)}<span class="grow">${text}</span>
      <button class="btn btn--icon btn--s" type="button" aria-label=${this.#dismissLabel} @click=${() => this.#put(key)}>
        ${icon("x")}
      </button>
    </div>`;
  }

  /** @param {string} key */
  #put(key) {
    this.dismiss(key);
    this.#onDismiss(key);
  }
}
