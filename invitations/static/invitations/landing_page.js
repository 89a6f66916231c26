/** The landing of a link: asks who invites and says so. Looking spends nothing; only *Continue* does. */

/**
 * @typedef {{purpose: string, company: string, technician: string, name: string, kind: string, right: string,
 *   comment: string, room: string | null}} Preview
 */

const IN_APP = /FBA[NV]|Instagram|Line\/|MicroMessenger|Snapchat|; wv\)|GSA\/|LinkedInApp|TikTok/;
const token = location.hash.slice(1);

/** @param {string} id */
function element(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`#${id} is missing`);
  return found;
}

/** @param {string} id */
function reveal(id) {
  element("loading").hidden = true;
  element(id).hidden = false;
  element(id).querySelector("h1")?.focus();
}

/** @param {string} [sentence] */
function refuse(sentence) {
  element("problem-text").textContent = sentence ?? "";
  reveal("problem");
}

/** @param {Preview} preview */
function fill(preview) {
  for (const id of ["heading", "of", "for"]) {
    const { text = "", screen } = element(id).dataset;
    const sentence = (preview.kind === "screen" && screen) || text;
    element(id).textContent = sentence.replace(/\{(\w+)\}/, (_, key) => preview[/** @type {"name"} */ (key)]);
  }
  for (const part of document.querySelectorAll("[data-kind]")) {
    part.toggleAttribute("hidden", part.getAttribute("data-kind") !== preview.kind);
  }
  element("company").textContent = preview.company;
  element("logo").textContent = preview.company.slice(0, 1).toUpperCase();
  element("technician").textContent = preview.technician;
  element("initials").textContent = initials(preview.technician);
  element("in-app").hidden = preview.kind === "screen" || !IN_APP.test(navigator.userAgent);
  document.title = `${element("heading").textContent} · ${preview.company}`;
  reveal("ready");
}

/**
 * What the section of an agent or a specialist says, with the names in it; without the comment where there is none.
 * @param {HTMLElement} section
 * @param {Preview} preview
 */
function fillSentences(section, preview) {
  const values = { ...preview, initials: initials(preview.technician) };
  for (const part of section.querySelectorAll("[data-fill]")) {
    const sentence = part.getAttribute("data-fill") ?? "";
    part.textContent = sentence.replace(/\{(\w+)\}/g, (_, key) => values[/** @type {"name"} */ (key)] ?? "");
  }
  section.querySelector("[data-comment]")?.toggleAttribute("hidden", !preview.comment);
  document.title = `${section.querySelector("h1")?.textContent} · ${preview.company}`;
  element("company").textContent = preview.company;
  element("logo").textContent = preview.company.slice(0, 1).toUpperCase();
}

/** @param {string} name */
function initials(name) {
  const words = name.split(/\s+/).slice(0, 2);
  return words.map((word) => word.slice(0, 1)).join("");
}

async function look() {
  const texts = element("problem-text").dataset;
  if (!token) return refuse(texts.missing);
  for (const input of document.querySelectorAll("input[name=token]")) input.setAttribute("value", token);
  const form = /** @type {HTMLFormElement} */ (element("continue"));
  try {
    const answer = await fetch(element("landing").dataset.preview ?? "", {
      method: "POST",
      body: new FormData(form),
    });
    const data = await answer.json();
    if (!answer.ok) return refuse(data.message);
    if (data.room) return location.replace(data.room);
    if (data.purpose === "customer") return fill(data);
    fillSentences(element(data.purpose), data);
    reveal(data.purpose);
  } catch {
    refuse(texts.offline);
  }
}

addEventListener("hashchange", () => location.reload());
// A page that the back button brings back may be about a session that has begun since.
addEventListener("pageshow", (event) => event.persisted && location.reload());
look();
