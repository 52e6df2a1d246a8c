/** Programs and calendars: what the screens ask, order and say of them. */

import { newKey, postCommand } from "../core/api.js";
import { localised, num, percent, t } from "../i18n/index.js";

/**
 * @typedef {{program: string, start_date?: string, end_date?: string, weekdays?: string[], holidays?: string}} Rule
 * @typedef {{confirmed: number, waiting: number, sent: number, expired: number, elsewhere: number}} Rollout
 * @typedef {{number: number, at: string|null, by: string, title: unknown, reason: string, retired: boolean, undone_at: string|null, says: Record<string, any>}} Version
 * @typedef {{id: string, title: unknown, kind: "program"|"calendar", version: number, lamps: number, calendars: string[], retired: boolean, can_undo: boolean, rollout: Rollout|null, versions: Version[]}} Plan
 */

export const WEEK = ["mo", "tu", "we", "th", "fr", "sa", "su"];
export const HOLIDAYS = ["any", "not", "only", "as-sunday"];
/** Numbers and times a program says, in the order they are shown. */
export const SAID = ["full_percent", "dim_percent", "dim_from", "dim_until", "on_elevation_deg"];

/** @param {string} what @param {object} content */
export const orderPlan = (what, content) => postCommand(`lighting.${what}`, content, newKey());

/** @param {string} title @param {string[]} taken @returns {string} an id made of a title, one that is free */
export function freeId(title, taken) {
  const plain = title.toLowerCase().replace(/ä/g, "ae").replace(/ö/g, "oe").replace(/ü/g, "ue").replace(/ß/g, "ss").normalize("NFD").replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "");
  const stem = plain.slice(0, 28) || "plan";
  for (let n = 1; ; n++) {
    const id = n === 1 ? stem : `${stem}-${n}`;
    if (!taken.includes(id)) return id;
  }
}

/** @param {string} edge a day of one year or of every year @returns {string} as people write it */
export function edgeWords(edge) {
  const [year, month, day] = edge.startsWith("--") ? ["", edge.slice(2, 4), edge.slice(5)] : edge.split("-");
  return t("plans.day", { day: Number(day), month: Number(month), year });
}

/** @param {Rule} rule @returns {string} the nights a rule means */
export function nightsWords(rule) {
  const { start_date: start, end_date: end, weekdays = [], holidays = "any" } = rule;
  const dates = start && end ? (start === end ? edgeWords(start) : t("plans.between", { start: edgeWords(start), end: edgeWords(end) }))
    : start ? t("plans.from", { start: edgeWords(start) }) : end ? t("plans.until", { end: edgeWords(end) }) : "";
  const days = weekdays.length ? WEEK.filter((day) => weekdays.includes(day)).map((day) => t(`plans.weekday.${day}`)).join(", ") : "";
  return [dates, days, holidays === "any" ? "" : t(`plans.holidays.${holidays}`)].filter(Boolean).join("; ") || t("plans.every-night");
}

/** @param {string} name @param {any} value */
const valueWords = (name, value) => (name.endsWith("_percent") ? percent(value) : name === "on_elevation_deg" ? `${num(value, 2)}°` : String(value));

/** @param {Record<string, any>} says @param {(id: string) => string} titleOf @returns {Record<string, string>} what is said, by name */
function lines(says, titleOf) {
  if (!("default_program" in says)) return Object.fromEntries(SAID.map((name) => [t(`programs.${name}`), valueWords(name, says[name])]));
  const rules = (says.rules ?? []).map((/** @type {Rule} */ rule, /** @type {number} */ k) => [t("plans.rule", { n: k + 1 }), `${titleOf(rule.program)}: ${nightsWords(rule)}`]);
  return Object.fromEntries([...rules, [t("plans.default"), titleOf(says.default_program)]]);
}

/**
 * @param {Version} version
 * @param {Version|undefined} before
 * @param {(id: string) => string} titleOf
 * @returns {string[]} what a version changed
 */
export function differences(version, before, titleOf) {
  if (!before) return Object.entries(lines(version.says, titleOf)).map(([name, value]) => `${name}: ${value}`);
  if (version.retired !== before.retired) return [t(version.retired ? "plans.retired" : "plans.back")];
  const [now, then] = [lines(version.says, titleOf), lines(before.says, titleOf)];
  const names = [...new Set([...Object.keys(then), ...Object.keys(now)])].filter((name) => now[name] !== then[name]);
  const changed = names.map((name) => `${name}: ${then[name] ?? "–"} → ${now[name] ?? "–"}`);
  const [title, was] = [localised(version.title), localised(before.title)];
  return title === was ? changed : [t("plans.renamed", { from: was, to: title }), ...changed];
}
