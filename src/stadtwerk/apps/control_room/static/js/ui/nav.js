/** The screens beside the map: one line each, from which navigation, address and panel follow. */

import { html, nothing } from "lit";
import { currentRoute, link } from "../core/router.js";
import { t } from "../i18n/index.js";
import { alarmBadge } from "../alarms/signs.js";
import { hasRole, waitingCount } from "../people/model.js";
import "../panels/alarms.js";
import "../panels/approvals.js";
import "../panels/audit.js";
import "../panels/calendars.js";
import "../panels/classes.js";
import "../panels/crews.js";
import "../panels/design.js";
import "../panels/energy.js";
import "../panels/faults.js";
import "../panels/health.js";
import "../panels/law.js";
import "../panels/lamp_lists.js";
import "../panels/night.js";
import "../panels/people.js";
import "../panels/programs.js";
import "../panels/rules.js";
import "../panels/works.js";

/** @type {{ name: string, isBeside?: boolean, isNowOnly?: boolean, badge?: () => unknown, isShown?: () => boolean, render: (id: string, action: string) => unknown }[]} address `#/{name}`, title `nav.{name}` */
export const SCREENS = [
  { name: "alarms", badge: alarmBadge, render: (id) => html`<cr-alarms .what=${id}></cr-alarms>` },
  { name: "classes", isBeside: true, render: (id, action) => html`<cr-classes .what=${id === "all" ? "" : id} .level=${action}></cr-classes>` },
  { name: "design", isNowOnly: true, render: (id, action) => html`<cr-design .what=${id} .street=${action}></cr-design>` },
  { name: "works", render: (id) => html`<cr-works .what=${id}></cr-works>` },
  { name: "crews", isBeside: true, render: (id) => html`<cr-crews .what=${id}></cr-crews>` },
  { name: "faults", isBeside: true, render: (id, action) => html`<cr-faults .what=${id} .model=${action}></cr-faults>` },
  { name: "health", isNowOnly: true, render: () => html`<cr-health></cr-health>` },
  { name: "night", isBeside: true, render: (id, action) => html`<cr-night .day=${id} .place=${action}></cr-night>` },
  { name: "energy", render: (id, action) => html`<cr-energy .day=${id} .trial=${action}></cr-energy>` },
  { name: "rules", render: (id, action) => html`<cr-rules .what=${id} .action=${action}></cr-rules>` },
  { name: "programs", render: (id, action) => html`<cr-programs .program=${id} .trial=${action}></cr-programs>` },
  { name: "calendars", render: (id) => html`<cr-calendars .what=${id}></cr-calendars>` },
  { name: "law", isBeside: true, render: (id) => html`<cr-law .rule=${id}></cr-law>` },
  { name: "lists", isNowOnly: true, isShown: () => hasRole(["engineer"]), render: () => html`<cr-lamp-lists></cr-lamp-lists>` },
  { name: "approvals", isShown: () => waitingCount() > 0, badge: waitingBadge, render: () => html`<cr-approvals></cr-approvals>` },
  { name: "audit", isShown: () => hasRole(["auditor", "admin"]), render: (id) => html`<cr-audit .actor=${id}></cr-audit>` },
  { name: "people", isNowOnly: true, isShown: () => hasRole(["auditor", "admin"]), render: (id, action) => html`<cr-people .what=${id} .action=${action}></cr-people>` },
];

/** @param {string} name @returns {boolean} whether an address names a screen of its own rather than a thing on the map */
export const isScreen = (name) => SCREENS.some((screen) => screen.name === name);

/** @param {string} name @returns {boolean} whether a screen covers the map; one with `isBeside` stands beside it */
export const isWide = (name) => SCREENS.some((screen) => screen.name === name && !screen.isBeside);

/** @param {string} name @returns {boolean} whether a screen knows nothing of the past */
export const isNowOnly = (name) => SCREENS.some((screen) => screen.name === name && screen.isNowOnly);

/** How many commands wait for a second person. */
function waitingBadge() {
  return waitingCount() ? html`<span class="badges"><span class="badge has-unseen num">${waitingCount()}</span></span>` : nothing;
}

const FIRST = ["", "alarms", "approvals"];
const HOUSE = ["health", "rules", "audit", "people"];

/** The links of all screens: the map and what is urgent first, then the systems' screens and the house's own in menus. */
export function navigation() {
  if (!SCREENS.length) return nothing;
  const at = isScreen(currentRoute().name) ? currentRoute().name : "";
  const shown = SCREENS.filter((screen) => screen.name === at || (screen.isShown?.() ?? true)).map((screen) => screen.name);
  const first = FIRST.filter((name) => !name || shown.includes(name));
  const systems = shown.filter((name) => !FIRST.includes(name) && !HOUSE.includes(name));
  return html`<nav class="screens" aria-label=${t("nav.title")}><ul>
    ${first.map((name) => html`<li>${entry(name, at)}</li>`)}
    ${menu("systems", systems, at)}${menu("house", HOUSE.filter((name) => shown.includes(name)), at)}</ul></nav>`;
}

/** @param {string} name @param {string} at */
function entry(name, at) {
  const badge = SCREENS.find((screen) => screen.name === name)?.badge?.() ?? nothing;
  return html`<a href=${link(name)} aria-current=${at === name ? "page" : nothing}>${t(`nav.${name || "map"}`)}${badge}</a>`;
}

/** @param {string} group @param {string[]} names @param {string} at */
function menu(group, names, at) {
  if (!names.length) return nothing;
  const here = names.includes(at) ? html` <span class="here">${t(`nav.${at}`)}</span>` : nothing;
  return html`<li><details class="menu ${names.includes(at) ? "is-here" : ""}" name="screens" @keydown=${closeByKey} @focusout=${closeBehind} @click=${closeAfter}>
    <summary>${t(`nav.group.${group}`)}${here}</summary>
    <ul>${names.map((name) => html`<li>${entry(name, at)}</li>`)}</ul></details></li>`;
}

/** @param {KeyboardEvent} event */
function closeByKey(event) {
  const details = /** @type {HTMLDetailsElement} */ (event.currentTarget);
  if (event.key !== "Escape" || !details.open) return;
  event.stopPropagation();
  details.open = false;
  details.querySelector("summary")?.focus();
}

/** @param {FocusEvent} event */
function closeBehind(event) {
  const details = /** @type {HTMLDetailsElement} */ (event.currentTarget);
  if (event.relatedTarget && !details.contains(/** @type {Node} */ (event.relatedTarget))) details.open = false;
}

/** @param {Event} event */
function closeAfter(event) {
  if (event.target instanceof Element && event.target.closest("a")) /** @type {HTMLDetailsElement} */ (event.currentTarget).open = false;
}
