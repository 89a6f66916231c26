import { html } from "vendor/lit-html/lit-html.js";

/**
 * An icon of the page's sprite, as the template tag `icon` prints it.
 *
 * @param {string} name
 * @param {string} [modifiers]
 */
export function icon(name, modifiers = "") {
  return html`<svg class=${`icon ${modifiers}`} aria-hidden="true"><use href=${`#i-${name}`} /></svg>`;
}
