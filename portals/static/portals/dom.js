/** Look elements up so that a missing or wrong one is found at once, and show or hide them. */

/**
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 */
export function need(id, type) {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`#${id} is not a ${type.name}`);
  return found;
}

/**
 * @param {Element} element
 * @param {unknown} on
 */
export function show(element, on) {
  element.toggleAttribute("hidden", !on);
}
