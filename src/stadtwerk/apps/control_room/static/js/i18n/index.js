/** Words, numbers and times in the reader's language. */

import de from "./de.js";
import en from "./en.js";

/** @type {Record<string, Record<string, string>>} */
const WORDS = { de, en };

/** @returns {"de"|"en"} */
export const lang = () => (document.documentElement.lang === "en" ? "en" : "de");

/** @returns {string} the locale numbers and times are written in */
const locale = () => (lang() === "en" ? "en-GB" : "de-DE");

/**
 * The words for a key.
 * @param {string} key
 * @param {Record<string, string|number>} [values]
 * @returns {string}
 */
export function t(key, values) {
  const text = WORDS[lang()][key] ?? key;
  return values ? text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? "")) : text;
}

/**
 * Take up the words a system's screen brings along.
 * @param {Record<string, Record<string, string>>} words by language and key
 */
export function addWords(words) {
  for (const [name, known] of Object.entries(WORDS)) Object.assign(known, words[name]);
}

/** @param {string} key @returns {boolean} */
export const hasWords = (key) => key in WORDS[lang()];

/** @type {Map<string, Intl.NumberFormat>} */
const numbers = new Map();

/**
 * @param {number|null|undefined} value
 * @param {number} [digits]
 * @returns {string}
 */
export function num(value, digits = 0) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const key = `${locale()}${digits}`;
  let format = numbers.get(key);
  if (!format) {
    format = new Intl.NumberFormat(locale(), { minimumFractionDigits: digits, maximumFractionDigits: digits });
    numbers.set(key, format);
  }
  return format.format(value === 0 ? 0 : value);
}

/** @param {number|null|undefined} value @returns {string} */
export const percent = (value) => t("unit.percent", { n: num(value) });

/** @param {number|null|undefined} value kW @returns {string} digits by size */
export const kilowatts = (value) => num(value, value !== null && value !== undefined && Math.abs(value) < 100 ? 1 : 0);

/**
 * @param {string|number|null|undefined} at ISO or milliseconds
 * @param {string} zone
 * @param {Intl.DateTimeFormatOptions} options
 * @returns {string}
 */
export function when(at, zone, options) {
  const ms = typeof at === "string" ? Date.parse(at) : at;
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return "–";
  return new Intl.DateTimeFormat(locale(), { timeZone: zone, hourCycle: "h23", ...options }).format(ms);
}

/** @param {string|number|null|undefined} at @param {string} zone */
export const timeOfDay = (at, zone) => when(at, zone, { hour: "2-digit", minute: "2-digit" });

/** @param {string|number|null|undefined} at @param {string} zone */
export const dayAndTime = (at, zone) =>
  when(at, zone, { weekday: "short", day: "2-digit", month: "2-digit", hour: "2-digit", minute: "2-digit" });

/** @param {string|null|undefined} day ISO date @returns {string} */
export const plainDate = (day) => when(day ?? null, "UTC", { day: "2-digit", month: "2-digit", year: "numeric" });

/** @param {number} seconds @returns {string} */
export function duration(seconds) {
  const s = Math.max(0, seconds);
  if (s < 100) return t("ago.s", { n: num(s) });
  if (s < 6000) return t("ago.min", { n: num(s / 60) });
  if (s < 172_800) return t("ago.h", { n: num(s / 3600) });
  return t("ago.d", { n: num(s / 86_400) });
}

/** @param {unknown} title text, or a record of texts by language @returns {string} */
export function localised(title) {
  if (typeof title === "string") return title;
  const record = /** @type {Record<string, string>} */ (title ?? {});
  return record[lang()] ?? record.en ?? record.de ?? "";
}

/** @param {number} n @returns {string} */
export const lampCount = (n) => (n === 1 ? t("group.lamp") : t("group.lamps", { n: num(n) }));

/** @param {number} seconds @returns {string} */
export function rampWords(seconds) {
  if (!seconds) return t("dim.ramp.0");
  return seconds < 60 ? t("dim.ramp.s", { n: seconds }) : t("dim.ramp.min", { n: num(seconds / 60) });
}
