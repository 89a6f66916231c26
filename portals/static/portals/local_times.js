/** Pages are rendered in UTC; here their times become those of the reader's own clock. */

// The words are in the page's language, the clock is the reader's.
const { hourCycle } = new Intl.DateTimeFormat([], { hour: "numeric" }).resolvedOptions();

/** @type {Record<string, Intl.DateTimeFormatOptions>} */
const FORMATS = {
  time: { hour: "2-digit", minute: "2-digit", hourCycle },
  seconds: { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle },
  day: { weekday: "short", day: "numeric", month: "short", year: "numeric" },
  stamp: { dateStyle: "medium", timeStyle: "medium", hourCycle },
  moment: { dateStyle: "full", timeStyle: "short", hourCycle },
};

for (const element of document.querySelectorAll("time[data-local]")) {
  const format = FORMATS[element.getAttribute("data-local") ?? ""];
  const moment = new Date(element.getAttribute("datetime") ?? "");
  element.textContent = new Intl.DateTimeFormat(document.documentElement.lang, format).format(moment);
}
for (const note of document.querySelectorAll("[data-utc-note]")) note.remove();
