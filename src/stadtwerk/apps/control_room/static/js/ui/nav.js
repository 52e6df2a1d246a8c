/** The screens beside the map: one line each, from which navigation, address and panel follow. */

import { html, nothing } from "lit";
import { currentRoute, link } from "../core/router.js";
import { t } from "../i18n/index.js";

/** @type {{ name: string, render: (id: string, action: string) => unknown }[]} address `#/{name}`, title `nav.{name}` */
export const SCREENS = [
];

/** @param {string} name @returns {boolean} whether an address names a screen of its own rather than a thing on the map */
export const isScreen = (name) => SCREENS.some((screen) => screen.name === name);

/** The links of all screens, the map first. */
export function navigation() {
  if (!SCREENS.length) return nothing;
  const at = isScreen(currentRoute().name) ? currentRoute().name : "";
  const entry = (/** @type {string} */ name) => html`
    <li><a href=${link(name)} aria-current=${at === name ? "page" : nothing}>${t(`nav.${name || "map"}`)}</a></li>`;
  return html`<nav class="screens" aria-label=${t("nav.title")}><ul>${["", ...SCREENS.map((screen) => screen.name)].map(entry)}</ul></nav>`;
}
