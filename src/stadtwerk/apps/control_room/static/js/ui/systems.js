/** The screens the city's systems bring along: each panel is a module in its system's own folder. */

import { getJson } from "../core/api.js";
import { store } from "../core/city.js";
import { addWords } from "../i18n/index.js";
import { addRefusals } from "../i18n/refusals.js";
import { SCREENS } from "./nav.js";

/** @typedef {{ name: string, panel: string|null, entities: { type: string, placed: boolean }[] }} System */

/** Learn which systems there are and show those with a panel in the navigation. */
export async function loadSystems() {
  if (store.get("systems").length) return;
  /** @type {System[]} */
  let systems = [];
  try {
    ({ systems } = await getJson("/api/systems"));
  } catch (error) {
    console.warn("systems:", error);
    return;
  }
  const screens = await Promise.all(systems.filter((system) => system.panel).map(load));
  SCREENS.push(...screens.flat());
  store.set({ systems });
}

/** @param {System} system @returns {Promise<typeof SCREENS>} its screen, or none if the module is broken: the others still work */
async function load({ name, panel }) {
  try {
    const { words, refusals, isBeside, render } = await import(String(panel));
    addWords(words);
    addRefusals(refusals ?? {});
    return [{ name, isBeside, render }];
  } catch (error) {
    console.error(`the screen of ${name} could not be loaded:`, error);
    return [];
  }
}
