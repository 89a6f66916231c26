/** *Show what is typed*: a button beside a password, there only when it works. */

/** @param {HTMLButtonElement} button */
function wire(button) {
  const field = document.getElementById(button.dataset.shows ?? "");
  if (!(field instanceof HTMLInputElement)) throw new Error(`There is no field #${button.dataset.shows}.`);
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = field.type === "password";
    field.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
  });
  // A password manager and the browser's history must meet a password, whatever was shown.
  field.form?.addEventListener("submit", () => {
    field.type = "password";
  });
}

for (const button of document.querySelectorAll("button[data-shows]"))
  wire(/** @type {HTMLButtonElement} */ (button));
