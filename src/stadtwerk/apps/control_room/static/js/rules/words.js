/** Rules and orders in words. */

import { clock, store } from "../core/city.js";
import { nameOf } from "../core/selection.js";
import { dayAndTime, num, percent, plainDate, t, when } from "../i18n/index.js";
import { said } from "../i18n/refusals.js";
import { WEEKDAYS } from "./types.js";

/** @param {string[]} parts @returns {string} */
const list = (parts) => (parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} ${t("rules.and")} ${parts[parts.length - 1]}`);

/** @param {string} time `HH:MM(:SS)` @returns {string} */
export const clockWords = (time) => t("rules.clock", { time: time.replace(/^(\d\d:\d\d):00$/, "$1") });

/** @param {import("./types.js").SunTime} sun @returns {string} */
export function sunWords({ event, offset_s: offset = 0 }) {
  const name = t(`rules.sun.${event}`);
  if (!offset) return t("rules.sun.at", { name });
  return t(offset > 0 ? "rules.sun.after" : "rules.sun.before", { n: num(Math.abs(offset) / 60), name });
}

/** @param {import("./types.js").Rule} rule @returns {string} the times of a day */
function timesWords({ times = [], sun = [], interval }) {
  const every = interval ? [t("rules.every", { n: num(interval.every_s / 60), from: (interval.begin ?? "00:00").slice(0, 5), to: (interval.end ?? "24:00").slice(0, 5) })] : [];
  return list([...times.map(clockWords), ...sun.map(sunWords), ...every]);
}

/** @param {string[]} days @returns {string} */
function weekdayWords(days) {
  const has = WEEKDAYS.map((day) => days.includes(day));
  if (has.every((on) => on) || !days.length) return "";
  const first = has.indexOf(true);
  const last = has.lastIndexOf(true);
  const isRun = last - first > 1 && has.slice(first, last + 1).every((on) => on);
  const name = (/** @type {number} */ i) => t(`rules.day.${WEEKDAYS[i]}`);
  return isRun ? `${name(first)}–${name(last)}` : list(WEEKDAYS.flatMap((_, i) => (has[i] ? [name(i)] : [])));
}

/** @param {import("./types.js").Rule} rule @returns {string} the days */
function dayWords(rule) {
  const { weekdays = [], month_days: monthDays = [], months = [], holidays = "any", dates = [], except_dates: except = [], since, until } = rule;
  const isOnlyDates = dates.length && !weekdays.length && !monthDays.length && !months.length && holidays === "any";
  const named = dates.length > 3 ? t("rules.dates", { n: num(dates.length) }) : list(dates.map(plainDate));
  const parts = isOnlyDates ? [named] : [weekdayWords(weekdays) || (monthDays.length || holidays === "only" ? "" : t("rules.daily"))];
  if (monthDays.length) parts.push(t("rules.monthdays", { list: list(monthDays.map((n) => (n < 0 ? t("rules.last", { n: num(-n) }) : `${n}.`))) }));
  if (months.length) parts.push(list(months.map((n) => when(Date.UTC(2026, n - 1, 15), "UTC", { month: "long" }))));
  if (holidays !== "any") parts.push(t(`rules.holidays.${holidays}`));
  if (dates.length && !isOnlyDates) parts.push(t("rules.also", { list: named }));
  if (except.length) parts.push(t("rules.except", { n: num(except.length) }));
  if (since) parts.push(t("rules.since", { day: plainDate(since) }));
  if (until) parts.push(t("rules.until", { day: plainDate(until) }));
  return parts.filter(Boolean).join(", ");
}

/** @param {import("./types.js").Rule} rule @returns {string} */
export const ruleWords = (rule) => `${dayWords(rule)} · ${timesWords(rule)}`;

/** @param {Record<string, any>|undefined} target @returns {string} */
export function targetWords(target) {
  const kind = ["district", "street", "circuit", "lamp"].find((name) => target && name in target);
  if (!kind || !target) return t("rules.target.area");
  const lamps = store.get("lamps");
  const name = lamps && kind !== "lamp" ? nameOf(kind, target[kind], lamps) : target[kind];
  return kind === "circuit" ? `${t("kind.circuit")} ${name}` : name;
}

/** @param {unknown} until @returns {string} */
function untilWords(until) {
  if (typeof until === "string") return t("rules.order.until", { at: dayAndTime(until, clock.zone) });
  const said = /** @type {Record<string, string>} */ (until ?? {});
  if (said.$clock) return t("rules.order.until", { at: said.$clock });
  return said.$after ? t("rules.order.for", { time: durationWords(said.$after) }) : "";
}

/** @param {string} text ISO 8601 duration @returns {string} */
function durationWords(text) {
  const [, days, hours, minutes] = /P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?/.exec(text) ?? [];
  return [days && `${days} d`, hours && `${hours} h`, minutes && `${minutes} min`].filter(Boolean).join(" ") || text;
}

/** @param {import("./types.js").Ordered} order @returns {string} */
export function orderWords({ kind, content }) {
  if (kind === "lighting.set-level") return [`${targetWords(content.target)}: ${percent(content.level_percent)}`, untilWords(content.until)].filter(Boolean).join(" ");
  if (kind === "lighting.clear") return `${targetWords(content.target)}: ${t("rules.order.clear")}`;
  return kind;
}

/** @param {import("./types.js").Run} run @returns {string} */
export function runWords(run) {
  if (run.state === "missed") return t("rules.run.missed", { n: num(run.count) });
  if (run.state === "failed") return t("rules.run.failed", { why: said(run.why) });
  const state = t(`cmd.state.${run.outcome === "expired" && run.confirmed ? "partly" : run.outcome ?? "requested"}`);
  if (run.outcome === "refused") return `${state}: ${said(run.why)}`;
  return run.targets ? `${state}, ${num(run.confirmed)} / ${num(run.targets)}` : state;
}

/** @param {import("./types.js").Run} run @returns {boolean} whether somebody should look at it */
export const isBad = (run) => run.state !== "ordered" || run.outcome === "refused";
