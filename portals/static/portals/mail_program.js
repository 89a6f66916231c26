/** Handing a mail to the computer's own mail program, which browsers treat like leaving the page. */

const HANDED_OVER_MS = 1000;

let handing = false;

/** @param {string} address a `mailto:` address */
export function openMail(address) {
  handing = true;
  location.href = address;
  setTimeout(() => {
    handing = false;
  }, HANDED_OVER_MS);
}

/** Whether a page that seems to be left only hands over a mail. */
export function isHandingOver() {
  return handing;
}
