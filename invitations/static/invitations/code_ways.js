import { icon } from "portals/icon.js";
import { html } from "vendor/lit-html/lit-html.js";

/**
 * @typedef {import("invitations/new_session_form.js").Made} Made
 * @typedef {import("portals/words.js").Words} Words
 */

/**
 * The link, to select and as a square code to scan.
 *
 * @param {Made} made
 * @param {Words} words
 */
export function linkPart({ invitation, qr }, words) {
  return html`<div class="waybox">
    <div class="field grow">
      <label class="field__label" for="made-link">${words("link")}</label>
      <input class="input" id="made-link" readonly .value=${invitation.link} @focus=${selectAll} />
      <p class="field__hint">${words("qr_hint")}</p>
    </div>
    <img class="qr" src=${qr ?? ""} alt=${words("qr_alt")} width="148" height="148" />
  </div>`;
}

/**
 * The text for the technician's own phone, as it will be sent.
 *
 * @param {NonNullable<Made["sms"]>} sms
 * @param {Words} words
 * @param {(button: HTMLElement, text: string) => void} copy
 */
export function smsPart(sms, words, copy) {
  return html`<div class="field">
    <label class="field__label" for="made-sms">${words("sms_text", { phone: sms.phone })}</label>
    <textarea class="input" id="made-sms" rows="4" readonly .value=${sms.text} @focus=${selectAll}></textarea>
    <p class="row">
      <a class="btn btn--primary" href=${sms.link}>${icon("phone")}${words("open_sms")}</a>
      <button
        class="btn"
        type="button"
        @click=${(/** @type {Event} */ event) =>
          copy(/** @type {HTMLElement} */ (event.currentTarget), sms.text)}
      >
        ${icon("copy")}${words("copy_text")}
      </button>
    </p>
  </div>`;
}

/** @param {FocusEvent} event */
function selectAll(event) {
  const field = event.target;
  if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) field.select();
}
