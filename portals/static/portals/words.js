/** Sentences for modules, translated by the template that the page came with. */

/**
 * @callback Words
 * @param {string} key
 * @param {Record<string, string | number>} [values] what stands in for `{name}` in the sentence
 * @returns {string}
 */

/**
 * Read the sentences of `<template id="…"><p data-word="key">Sentence for {name}.</p>…</template>`.
 *
 * @param {string} id
 * @returns {Words}
 */
export function readWords(id) {
  const template = document.getElementById(id);
  if (!(template instanceof HTMLTemplateElement)) throw new Error(`There is no <template id="${id}">.`);
  /** @type {Map<string, string>} */
  const sentences = new Map();
  for (const element of template.content.querySelectorAll("[data-word]")) {
    sentences.set(element.getAttribute("data-word") ?? "", element.textContent?.trim() ?? "");
  }
  return (key, values = {}) => {
    const sentence = sentences.get(key);
    if (sentence === undefined) throw new Error(`#${id} has no word "${key}".`);
    return sentence.replaceAll(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
  };
}
