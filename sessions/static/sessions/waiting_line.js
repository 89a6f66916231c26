/** What a waiting customer is told: who comes, the place in the queue, and how long that may take. */

/**
 * @typedef {{lead_name: string, place: number, wait_min: number | null}} Head
 */

/**
 * The sentences change only when something has changed for the person, so that a polite live region can show them.
 *
 * @param {Head} head
 * @param {DOMStringMap} words of `sessions/_waiting_words.html`
 * @returns {{heading: string, line: string}}
 */
export function waitingTexts({ lead_name: lead, place, wait_min: minutes }, words) {
  if (lead) return { heading: fill(words.soon, { first: lead.split(" ")[0] }), line: fill(words.soon_line) };
  const where = place === 1 ? fill(words.place_first) : place > 1 ? fill(words.place, { place }) : "";
  const long = minutes === 1 ? fill(words.wait_1) : minutes ? fill(words.wait, { minutes }) : "";
  return { heading: fill(words.next), line: [where, long, fill(words.soon_line)].filter(Boolean).join(" ") };
}

/**
 * @param {string | undefined} sentence with `{name}` where a value stands in
 * @param {Record<string, string | number>} [values]
 */
export function fill(sentence = "", values = {}) {
  return sentence.replaceAll(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}
