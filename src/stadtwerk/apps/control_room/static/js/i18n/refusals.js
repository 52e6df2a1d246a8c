/** Why the city refused, in the reader's language: its sentences are English, with values in them. */

import words from "./refusals.de.js";
import energyWords from "./refusals_energy.de.js";
import lightWords from "./refusals_light.de.js";
import { lang } from "./index.js";

/** @type {{ pattern: RegExp, german: string, fixed: number }[]} the most telling first */
let known = [];
addRefusals({ ...words, ...energyWords, ...lightWords });

/**
 * Take up the sentences with which a system of its own refuses.
 * @param {Record<string, string>} sentences German by English, `{}` where a value stands
 */
export function addRefusals(sentences) {
  const more = Object.entries(sentences).map(([english, german]) => ({
    pattern: new RegExp(`^${english.replace(/[.*+?^$()|[\]\\]/g, "\\$&").replaceAll("{}", "([^]+?)")}$`),
    german,
    fixed: english.replaceAll("{}", "").length,
  }));
  known = [...known, ...more].sort((a, b) => b.fixed - a.fixed);
}

/**
 * A sentence of a refusal as the reader reads it; one nobody has words for stays as it is.
 * @param {string} text
 * @returns {string}
 */
export function said(text) {
  if (lang() !== "de" || !text) return text;
  for (const { pattern, german } of known) {
    const found = pattern.exec(text);
    if (!found) continue;
    let place = 0;
    return german.replace(/\{\}/g, () => said(found[++place]));
  }
  return text;
}
