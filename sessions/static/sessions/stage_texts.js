/** What the stage says, for each thing that can be the matter with an open session. */

/**
 * @typedef {"" | "queue" | "incoming" | "invited"} Offer
 *
 * @typedef {object} Seen
 * @property {string} id
 * @property {string} kind lens or screen
 * @property {string} name the customer's
 * @property {string} status
 * @property {string} since when it came to this status, as people read it
 * @property {string} portal
 * @property {boolean} starting Start was pressed and is not answered yet
 * @property {boolean} heldBack Start would be refused
 * @property {Offer} offer how it is offered, while somebody else's or nobody's
 * @property {boolean} gone it was offered and is not any more
 * @property {string} counterpart who gives, or to whom it was given
 * @property {string} comment of the transfer
 * @property {boolean} over
 * @property {string} endReason
 * @property {string} totals at the end: how long it took
 * @property {boolean} elsewhere the same technician opened it in another tab
 * @property {boolean} outside not, or no longer, in this session
 * @property {boolean} hasLeft by pressing Leave
 * @property {boolean} lineLost this page's own line to the server
 * @property {boolean} pictureLost the line to the customer
 * @property {boolean} cameraOff
 * @property {import("lens/capture.js").Trouble | null} trouble with this page's microphone
 *
 * @typedef {import("portals/words.js").Words} Words
 * @typedef {{label: string, run: () => void}} Act
 */

/**
 * What stands in place of the picture while there is none.
 *
 * @param {Seen} seen
 * @param {Words} words
 * @param {{useHere: () => void, accept: () => void}} acts
 * @returns {import("lens/stage.js").Message}
 */
export function stageMessage(seen, words, { useHere, accept }) {
  if (seen.over) return endMessage(seen, words);
  if (seen.elsewhere) return { text: words("elsewhere"), act: { label: words("use_here"), run: useHere } };
  if (seen.gone) return { text: words("not_offered") };
  if (seen.starting) return { text: words(ofKind("starting", seen), { name: seen.name }) };
  if (seen.offer === "invited")
    return { text: offerText(seen, words), act: { label: words("lead_accept"), run: accept } };
  if (seen.offer) return { text: offerText(seen, words) };
  if (seen.outside) return outsideMessage(seen, words);
  return { text: ownText(seen, words) };
}

/**
 * @param {Seen} seen
 * @param {Words} words
 */
function ownText(seen, words) {
  const { name, status, since, heldBack, counterpart, cameraOff } = seen;
  if (status === "waiting") return words(heldBack ? "held_back" : ofKind("waiting", seen), { name });
  if (status === "on_hold") return words(ofKind("on_hold", seen), { name, since });
  if (isGivenInSight(seen)) return ""; // stageNote says it: the picture goes on
  if (status === "transferring") return words(ofKind("outgoing", seen), { name, since, to: counterpart });
  if (status !== "active") return words("opening", { name });
  return words(cameraOff && seen.kind === "lens" ? "camera_off" : ofKind("active", seen), { name });
}

/**
 * A Screen session has no camera to speak of.
 * @param {string} word
 * @param {Seen} seen
 */
function ofKind(word, { kind }) {
  return kind === "screen" ? `${word}_screen` : word;
}

/**
 * @param {Seen} seen
 * @param {Words} words
 */
function offerText({ offer, name, portal, counterpart, comment }, words) {
  const text = words(offer, { name, portal, from: counterpart });
  return comment ? `${text}\n${words("comment", { comment })}` : text;
}

/**
 * @param {Seen} seen
 * @param {Words} words
 */
function outsideMessage({ id, name, counterpart, hasLeft }, words) {
  if (hasLeft) return { text: words("left_it", { name }) };
  if (!counterpart) return { text: words("not_inside") };
  return { text: words("handed_over", { name, to: counterpart }), link: recordLink(id, words) };
}

/**
 * @param {Seen} seen
 * @param {Words} words
 */
function endMessage({ id, endReason, totals }, words) {
  const text = endReason ? words("ended_why", { reason: endReason }) : words("ended");
  return { text: totals ? `${text}\n${totals}` : text, link: recordLink(id, words) };
}

/**
 * @param {string} id
 * @param {Words} words
 */
function recordLink(id, words) {
  return { label: words("record"), href: `/console/history/${id}/` };
}

/**
 * Whether it is offered to somebody else while its picture goes on.
 * @param {Seen} seen
 */
function isGivenInSight({ status, offer, outside, elsewhere, cameraOff }) {
  return status === "transferring" && !offer && !outside && !elsewhere && !cameraOff;
}

/**
 * What stands on the edge of the picture, which goes on; empty when all is well.
 *
 * @param {Seen} seen
 * @param {Words} words
 * @param {{tryAgain: () => void}} acts
 * @returns {{text: string, act?: Act}}
 */
export function stageNote(seen, words, { tryAgain }) {
  const { name, trouble } = seen;
  if (seen.over) return { text: "" };
  if (seen.lineLost) return { text: words("connection_lost") };
  if (seen.pictureLost) return { text: words("picture_lost", { name }) };
  if (isGivenInSight(seen))
    return { text: words("outgoing", { name, since: seen.since, to: seen.counterpart }) };
  if (!trouble) return { text: "" };
  return {
    text: words(`microphone_${trouble === "in_app" ? "denied" : trouble}`, { name }),
    act: trouble === "insecure" ? undefined : { label: words("try_again"), run: tryAgain },
  };
}
