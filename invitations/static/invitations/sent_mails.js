import { icon } from "portals/icon.js";
import { html, nothing } from "vendor/lit-html/lit-html.js";

/** @typedef {import("sessions/protocol.js").DeliveryState} DeliveryState */

/**
 * What became of the mails that the server sends, each with its reason and a way on where it failed.
 *
 * @param {DeliveryState[]} mails
 * @param {object} parts
 * @param {import("portals/words.js").Words} parts.words
 * @param {(mail: DeliveryState) => void} parts.onAgain
 */
export function sentMails(mails, { words, onAgain }) {
  if (!mails.length) return nothing;
  return html`<ul class="sent-mails small" role="list" aria-label=${words("sent_mails")}>
    ${mails.map((mail) => line(mail, words, onAgain))}
  </ul>`;
}

/**
 * @param {DeliveryState} mail
 * @param {import("portals/words.js").Words} words
 * @param {(mail: DeliveryState) => void} onAgain
 */
function line(mail, words, onAgain) {
  const failed = mail.state === "failed" || mail.state === "bounced";
  const shape = failed ? "warn" : mail.state === "queued" ? "s-connecting" : "check";
  return html`<li class=${failed ? "sent-mail is-failed" : "sent-mail"}>
    ${icon(shape, "icon--s")}
    <span class="grow">${mail.to}: <b>${mail.label}</b>${mail.reason ? html` ${mail.reason}` : nothing}</span>
    ${
      mail.can_retry
        ? html`<button
            class="btn btn--s"
            type="button"
            aria-label=${words("send_again_to", { to: mail.to })}
            @click=${() => onAgain(mail)}
          >
            ${words("send_again")}
          </button>`
        : nothing
    }
  </li>`;
}
