/** Why the camera did not come, in words for this browser. Loaded only when it is needed. */

import { permission } from "lens/local_media.js";
import { need, show } from "portals/dom.js";

/** @typedef {import("lens/capture.js").Trouble} Trouble */
/** @typedef {import("lens/local_media.js").Troubles} Troubles */

/** The first that fits the browser's name for itself; the ids are those of the list in the template. */
const BROWSERS = /** @type {[string, RegExp][]} */ ([
  ["samsung", /SamsungBrowser/],
  ["firefox-android", /Android.*Firefox/],
  ["android", /Android/],
  ["ios-other", /CriOS|FxiOS|EdgiOS/],
  ["ios", /iPhone|iPad/],
  ["firefox", /Firefox/],
  ["chrome", /Chrome/],
  ["safari", /Safari/],
]);

/**
 * Fill the step *trouble*.
 * @param {Troubles} troubles
 */
export async function explainTrouble({ camera, microphone }) {
  const kind = camera || "unknown";
  const heading = need("trouble-heading", HTMLHeadingElement);
  heading.textContent = heading.dataset[kind] ?? "";
  for (const part of document.querySelectorAll("[data-trouble]")) {
    show(part, part.getAttribute("data-trouble") === kind);
  }
  liftOutTheFitting(navigator.userAgent);
  await Promise.all([write("camera", camera), write("microphone", microphone)]);
}

/** @param {string} userAgent */
function liftOutTheFitting(userAgent) {
  const browser = BROWSERS.find(([, name]) => name.test(userAgent))?.[0];
  const fitting = document.querySelector(`details > [data-browser="${browser}"]`);
  fitting?.parentElement?.before(fitting);
}

/**
 * @param {"camera" | "microphone"} device
 * @param {Trouble | ""} trouble
 */
async function write(device, trouble) {
  const right = need(`${device}-right`, HTMLElement);
  const words = /** @type {HTMLElement} */ (right.closest("ul")).dataset;
  const known = trouble === "absent" || trouble === "busy" ? trouble : await permission(device);
  right.textContent = words[known] ?? "";
  right.classList.toggle("bad", known !== "granted" && known !== "prompt");
}
