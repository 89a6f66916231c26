/** Parts of a cloned template, found by name: `data-part` where ids would repeat. */

/**
 * Return the one element below `root` with this `data-part`; throw when it is missing or of another kind.
 *
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} name
 * @param {new () => T} type
 * @returns {T}
 */
export function part(root, name, type) {
  const found = root.querySelector(`[data-part="${name}"]`);
  if (!(found instanceof type)) throw new Error(`There is no part "${name}" of kind ${type.name}.`);
  return found;
}

/**
 * Clone the only element in a template.
 *
 * @template {Element} T
 * @param {HTMLTemplateElement} template
 * @param {new () => T} type
 * @returns {T}
 */
export function cloned(template, type) {
  const copy = document.importNode(template.content, true).firstElementChild;
  if (!(copy instanceof type)) throw new Error(`#${template.id} does not hold one ${type.name}.`);
  return copy;
}
