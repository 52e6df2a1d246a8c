/** Reads an instant as people type it: `gestern 22:00`, `-2h`, `23.11. 22:00`, `22:00`, ISO. */

import { fromLocalField, toLocalField } from "./time.js";

const DAY_MS = 86_400_000;
/** @type {Record<string, number>} */
const UNITS = { m: 60_000, min: 60_000, h: 3_600_000, d: DAY_MS, t: DAY_MS };
/** @type {Record<string, number>} days back, German and English */
const DAYS = { heute: 0, today: 0, gestern: 1, yesterday: 1, vorgestern: 2 };

/**
 * @param {string} text
 * @param {number} nowMs the present of the city
 * @param {string} zone
 * @returns {number} milliseconds since 1970, NaN when it cannot be read; a bare time of day is the last one
 */
export function parseWhen(text, nowMs, zone) {
  const plain = text.trim().toLowerCase().replace(/\s+(um|at|uhr)\b/g, " ").replace(/,/g, " ").replace(/\s+/g, " ").trim();
  if (/\dt\d.*(z|[+-]\d\d:\d\d)$/.test(plain)) return Date.parse(plain.toUpperCase());
  const back = plain.match(/^[-−–] ?(\d+) ?(min|m|h|d|t)$/);
  if (back) return nowMs - Number(back[1]) * UNITS[back[2]];
  const [, dayText = "", timeText] = plain.replace("t", plain.includes("-") && /\dt\d/.test(plain) ? " " : "t").match(/^(?:(.+) )?(\d{1,2}(?:[:.]\d{2})?)$/) ?? [];
  if (!timeText) return NaN;
  const [hour, minute = "00"] = timeText.split(/[:.]/);
  if (Number(hour) > 23 || Number(minute) > 59) return NaN;
  const clock = `${hour.padStart(2, "0")}:${minute}`;
  const day = dayText ? dayOf(dayText, nowMs, zone) : toLocalField(nowMs, zone).slice(0, 10);
  const at = fromLocalField(`${day}T${clock}`, zone);
  if (dayText || at <= nowMs) return at;
  return fromLocalField(`${toLocalField(nowMs - DAY_MS, zone).slice(0, 10)}T${clock}`, zone);
}

/**
 * @param {string} text a day in words or digits
 * @param {number} nowMs
 * @param {string} zone
 * @returns {string} ISO date, "" when it is none
 */
function dayOf(text, nowMs, zone) {
  if (text in DAYS) return toLocalField(nowMs - DAYS[text] * DAY_MS, zone).slice(0, 10);
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return text;
  const parts = text.match(/^(\d{1,2})[./](\d{1,2})[./]?(\d{4})?$/);
  if (!parts) return "";
  const year = parts[3] ?? toLocalField(nowMs, zone).slice(0, 4);
  return `${year}-${parts[2].padStart(2, "0")}-${parts[1].padStart(2, "0")}`;
}

/**
 * @param {number} ms
 * @param {string} zone
 * @returns {string} as the field shows it and `parseWhen` reads it
 */
export function writeWhen(ms, zone) {
  const [day, time] = toLocalField(ms, zone).split("T");
  return `${day.split("-").reverse().join(".")} ${time}`;
}
