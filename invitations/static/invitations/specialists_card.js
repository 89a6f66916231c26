import { sentMails } from "invitations/sent_mails.js";
import { icon } from "portals/icon.js";
import { timeOfDay } from "sessions/server_clock.js";
import { html, nothing } from "vendor/lit-html/lit-html.js";

/**
 * @typedef {import("invitations/specialists_dialog.js").Card} Card
 * @typedef {import("invitations/specialists_dialog.js").Invitation} Invitation
 * @typedef {import("invitations/specialists_dialog.js").Joined} Joined
 *
 * @typedef {object} Parts
 * @property {import("portals/words.js").Words} words
 * @property {{via: string, to: string, told: string, problem: string}} mail
 * @property {() => void} onMail
 * @property {(mail: import("sessions/protocol.js").DeliveryState) => void} onAgain
 * @property {(via: string) => void} onVia
 * @property {(to: string) => void} onTo
 * @property {(button: HTMLElement, text: string) => void} onCopy
 * @property {(id: string) => void} onRemove
 */

/**
 * The invitation that lives: its code, the four ways in, and who has come.
 *
 * @param {Card} card
 * @param {Invitation} invitation
 * @param {Parts} parts
 */
export function invitationCard(card, invitation, parts) {
  const { words } = parts;
  return html`<div class="codebox codebox--qr">
      <div class="stack stack--s">
        <span class="small muted">${words("session_code")}</span>
        <div class="row">
          <output class="pin pin--m" aria-label=${[...invitation.code].join(" ")}>${invitation.code_display}</output
          >${copyButton(invitation.code_display, words("copy"), parts, { shown: true })}
        </div>
        <span class="small muted">${words("good_while")}</span>
      </div>
      <img class="qr" src=${invitation.qr} alt=${words("qr_alt")} width="128" height="128" />
    </div>
    ${invitation.comment ? html`<p class="small muted">${words("comment", { comment: invitation.comment })}</p>` : nothing}
    <ol class="ways">
      ${mailWay(invitation, parts)}
      ${way(words("by_link"), invitation.link, linkButton(invitation, parts))}
      ${portalWay(invitation, parts)}
      ${way(
        words("at_join_page"),
        words("then_code", { address: invitation.join_page }),
        copyButton(`${invitation.join_page} ${invitation.code_display}`, words("copy_join_page"), parts),
      )}
    </ol>
    ${joinedList(card, invitation, parts)}`;
}

/**
 * @param {string} title
 * @param {string} detail
 * @param {unknown} action
 */
function way(title, detail, action) {
  return html`<li>
    <span class="grow"><b>${title}</b><span class="table__sub ways__detail">${detail}</span></span>${action}
  </li>`;
}

/** @param {Invitation} invitation @param {Parts} parts */
function mailWay({ mails }, { words, mail, onMail, onAgain, onVia, onTo }) {
  const radio = (/** @type {string} */ via) =>
    html`<label class="choice"
      ><input type="radio" name="via" value=${via} .checked=${mail.via === via} @change=${() => onVia(via)} /><span
        >${words(`via_${via}`)}</span
      ></label
    >`;
  return html`<li class="ways__mail">
    <span class="grow"><b>${words("by_mail")}</b><span class="table__sub">${words("by_mail_hint")}</span></span>
    <button class="btn" type="button" @click=${onMail}>${icon("mail")}${words("create_mail")}</button>
    <fieldset class="ways__via stack stack--s">
      <legend class="visually-hidden">${words("who_sends")}</legend>
      ${radio("client")}${radio("server")}
      <div class="field">
        <label class="field__label" for="specialists-to">${words("to")}</label>
        ${mail.problem ? html`<p class="field__error" id="specialists-to-error">${icon("warn", "icon--s")}<span>${mail.problem}</span></p>` : nothing}
        <input
          class="input"
          id="specialists-to"
          type="email"
          autocomplete="off"
          spellcheck="false"
          .value=${mail.to}
          aria-invalid=${mail.problem ? "true" : "false"}
          aria-describedby=${mail.problem ? "specialists-to-error" : nothing}
          @input=${(/** @type {any} */ event) => onTo(event.target.value)}
        />
      </div>
      ${mail.told ? html`<p class="small">${icon("check", "icon--s icon--in")} ${mail.told}</p>` : nothing}
      ${sentMails(mails, { words, onAgain })}
    </fieldset>
  </li>`;
}

/** @param {Invitation} invitation @param {Parts} parts */
function linkButton({ link }, { words, onCopy }) {
  return html`<button
    class="btn"
    type="button"
    @click=${(/** @type {any} */ event) => onCopy(event.currentTarget, link)}
  >
    ${icon("link")}${words("copy_link")}
  </button>`;
}

/** @param {Invitation} invitation @param {Parts} parts */
function portalWay({ portal, code_display }, parts) {
  const { words } = parts;
  if (!portal.address) return way(words("at_portal"), portal.why_not, nothing);
  const text = `${portal.address} ${code_display}`;
  const detail = words("then_code", { address: portal.address });
  return way(words("at_portal"), detail, copyButton(text, words("copy_portal"), parts));
}

/**
 * @param {string} text
 * @param {string} label
 * @param {Parts} parts
 * @param {{shown?: boolean}} [options] shown: the label stands on the button
 */
function copyButton(text, label, { onCopy }, { shown = false } = {}) {
  return html`<button
    class=${shown ? "btn btn--s" : "btn btn--icon"}
    type="button"
    aria-label=${shown ? nothing : label}
    title=${shown ? nothing : label}
    @click=${(/** @type {any} */ event) => onCopy(event.currentTarget, text)}
  >
    ${icon("copy", shown ? "icon--s" : "")}${shown ? label : nothing}
  </button>`;
}

/** @param {Card} card @param {Invitation} invitation @param {Parts} parts */
function joinedList({ inside, limit }, { joined }, parts) {
  const { words } = parts;
  const count = words("inside", { count: inside, limit });
  return html`<section>
    <h3 class="row row--between small"><span>${words("joined")}</span><span class="muted">${count}</span></h3>
    ${joined.length ? joined.map((one) => joinedLine(one, parts)) : html`<p class="small muted">${words("nobody")}</p>`}
  </section>`;
}

/** @param {Joined} one @param {Parts} parts */
function joinedLine({ id, name, way: how, right_label: right, joined_at, left_at }, { words, onRemove }) {
  const time = timeOfDay(joined_at);
  const told = left_at
    ? words("was_there", { right, way: how, time, until: timeOfDay(left_at) })
    : words("since", { right, way: how, time });
  return html`<div class="attendee attendee--flush">
    <span class="avatar avatar--3" aria-hidden="true">${name.slice(0, 1).toUpperCase()}</span>
    <div>
      <div class="attendee__name">${name}</div>
      <div class="attendee__role">${told}</div>
    </div>
    <div class="attendee__side">
      ${
        left_at
          ? nothing
          : html`<button
              class="btn btn--s btn--danger"
              type="button"
              aria-label=${words("remove_one", { name })}
              @click=${() => onRemove(id)}
            >
              ${words("remove")}
            </button>`
      }
    </div>
  </div>`;
}
