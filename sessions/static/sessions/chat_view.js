/** The chat of one support session: lines, who came and went, and the field to write in. Opens no socket. */

/**
 * @typedef {{id: string, name: string, role: string}} Person
 * @typedef {{type: string, seq: number, at: string, by: Person, audience: string, id?: string, text?: string,
 *   attendee?: Person, name?: string, answer?: string, status?: string, reason?: string, to?: string, comment?: string,
 *   why?: string}} Durable
 * @typedef {{id: string, text: string, audience?: string}} Unsent
 * @typedef {"everyone" | "technicians"} Audience
 */

const TIME = new Intl.DateTimeFormat([], { timeStyle: "short" });
const NEAR_PX = 60; // this close to the end, a reader wants to see the newest line

export class ChatView {
  #log;
  #form;
  #input;
  #you;
  #line;
  #event;
  #audience;
  /** @type {Map<string, HTMLElement>} lines that the server has not acknowledged */
  #pending = new Map();
  /** @type {(text: string, audience: Audience) => void} */
  onPost = () => {};

  /**
   * Sentences come from the log's data attributes: `data-you`, `data-sending`, `data-joined` ("{name} has joined …"),
   * `data-left`, `data-private` ("technicians only"), and any other durable type by its name, such as `data-status-changed-active`. A line without one is not shown.
   *
   * @param {object} parts
   * @param {HTMLElement} parts.log
   * @param {HTMLFormElement} parts.form
   * @param {HTMLInputElement | HTMLTextAreaElement} parts.input
   * @param {() => string | null} parts.you id of this page's own attendee
   * @param {HTMLTemplateElement} parts.template a chat line, with the parts `who`, `text` and perhaps `when`
   * @param {HTMLTemplateElement} parts.event a line about an event, with the part `text`
   * @param {HTMLFieldSetElement} [parts.audience] radios that say who reads what is written; only technicians have them
   */
  constructor({ log, form, input, you, template, event, audience }) {
    this.#log = log;
    this.#form = form;
    this.#input = input;
    this.#you = you;
    this.#line = template;
    this.#event = event;
    this.#audience = audience;
    audience?.addEventListener("change", () => this.#drawAudience());
    form.addEventListener("submit", (submit) => this.#submit(submit));
    input.addEventListener("keydown", (key) => this.#pressed(/** @type {KeyboardEvent} */ (key)));
  }

  /**
   * Show a durable message.
   * @param {Durable} message
   * @returns {boolean} whether it is a line of this chat
   */
  add(message) {
    if (message.type !== "chat.posted") return this.#addEvent(message);
    this.#pending.get(message.id ?? "")?.remove();
    this.#pending.delete(message.id ?? "");
    const own = message.by.id === this.#you();
    const time = TIME.format(new Date(message.at));
    this.#put(this.#bubble(message, own ? this.#word("you") : message.by.name, time, own));
    return true;
  }

  /**
   * Show the lines that wait for the server, after all others; replaces those shown before.
   * @param {Unsent[]} lines
   */
  pending(lines) {
    for (const element of this.#pending.values()) element.remove();
    this.#pending.clear();
    for (const line of lines) {
      const element = this.#bubble(line, this.#word("you"), this.#word("sending"), true);
      element.classList.add("is-pending");
      this.#pending.set(line.id, element);
      this.#log.append(element);
    }
    if (lines.length) this.#log.scrollTop = this.#log.scrollHeight;
  }

  /** Whether anybody has written. */
  get hasLines() {
    return this.#log.querySelector("[data-line]") !== null;
  }

  /** Take all lines away: the server is going to tell everything anew. */
  clear() {
    this.#log.replaceChildren(...this.#pending.values());
  }

  /** @param {Durable} message */
  #addEvent(message) {
    const [noun, verb] = message.type.split(".");
    const key = noun === "attendee" ? verb : camel(noun, verb, message.status ?? message.answer);
    const sentence = this.#word(message.comment ? `${key}Comment` : key);
    if (!sentence) return false;
    const { to = "", comment = "" } = message;
    const names = {
      name: (message.attendee ?? message.by).name,
      by: message.by.name,
      to,
      comment,
      who: message.name ?? "",
    };
    const element = this.#copy(this.#event);
    part(element, "text").textContent = filled(sentence, names);
    this.#put(element);
    return true;
  }

  /**
   * @param {{text?: string, audience?: string}} line
   * @param {string} who
   * @param {string} when
   * @param {boolean} own
   */
  #bubble(line, who, when, own) {
    const element = this.#copy(this.#line);
    element.dataset.line = "";
    element.classList.toggle("is-own", own);
    element.classList.toggle("msg--private", line.audience === "technicians");
    const only = line.audience === "technicians" ? this.#word("private") : "";
    const about = [when, only].filter(Boolean).join(", ");
    const place = element.querySelector('[data-part="when"]');
    if (place) place.textContent = about;
    part(element, "who").textContent = place || !about ? who : `${who}, ${about}`;
    part(element, "text").textContent = line.text ?? "";
    return element;
  }

  /** @param {HTMLElement} element */
  #put(element) {
    const log = this.#log;
    const follow = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_PX;
    const [firstPending] = this.#pending.values();
    log.insertBefore(element, firstPending ?? null);
    if (follow) log.scrollTop = log.scrollHeight;
  }

  /** @param {Event} submit */
  #submit(submit) {
    submit.preventDefault();
    const text = this.#input.value.trim();
    this.#input.focus();
    if (!text) return;
    this.#input.value = "";
    this.onPost(text, this.#chosen);
  }

  /** @returns {Audience} */
  get #chosen() {
    const chosen = this.#audience?.querySelector("input:checked");
    return chosen instanceof HTMLInputElement && chosen.value === "technicians" ? "technicians" : "everyone";
  }

  /** The field itself shows that the customer does not read this, so that nobody has to remember it. */
  #drawAudience() {
    this.#form.classList.toggle("chat__form--private", this.#chosen === "technicians");
  }

  /** @param {KeyboardEvent} key */
  #pressed(key) {
    if (key.key !== "Enter" || key.shiftKey || key.isComposing || this.#input instanceof HTMLInputElement)
      return;
    key.preventDefault();
    this.#form.requestSubmit();
  }

  /** @param {string} key */
  #word(key) {
    return this.#log.dataset[key] ?? "";
  }

  /** @param {HTMLTemplateElement} template */
  #copy(template) {
    const copy = document.importNode(template.content, true).firstElementChild;
    return /** @type {HTMLElement} */ (copy);
  }
}

/**
 * @param {HTMLElement} element
 * @param {string} name
 */
function part(element, name) {
  return /** @type {HTMLElement} */ (element.querySelector(`[data-part="${name}"]`) ?? element);
}

/**
 * @param {string} sentence
 * @param {Record<string, string>} values
 */
function filled(sentence, values) {
  return sentence.replaceAll(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

/** @param {(string | undefined)[]} words */
function camel(...words) {
  const [first, ...rest] = words.filter((word) => word !== undefined);
  return [first, ...rest.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))].join("");
}
