/** The strip of a night: sky, lamps lit, power beside the programs', marks of alarms and commands, and the instant on the screen. */

import { html, nothing, svg } from "lit";
import { clock } from "../core/city.js";
import { kilowatts, num, t, timeOfDay } from "../i18n/index.js";

/**
 * @typedef {(number|null)[]} Series
 * @typedef {{day: string, since: string, until: string, end: string, sun: Record<string, string>, lamps: number, at: string[], sun_deg: number[],
 *   lit: Series, power_kw: Series, program_kw: Series, faulty: Series, overridden: Series, more: boolean,
 *   summary: {energy_kwh: number, program_kwh: number, peak_kw: number|null, most_lit: number|null, most_faulty: number|null, observed: number},
 *   alarms: {at: string, id: string, severity: number}[],
 *   commands: {at: string, id: string, kind: string, title: string, targets: number, actor: string}[]}} Night
 */

const [WIDTH, LEFT, TOP, HEIGHT, MARKS_Y, FOOT] = [336, 34, 8, 110, 132, 154];
/** Below this elevation it is night, degrees (civil dusk). */
const CIVIL_DEG = -6;

/** Pieces of a line, broken where nothing was observed. @param {Series} values @param {(k: number) => number} x @param {(value: number) => number} y */
function path(values, x, y) {
  let pen = "M";
  return values.map((value, k) => {
    if (value === null) {
      pen = "M";
      return "";
    }
    const step = `${pen}${x(k).toFixed(1)} ${y(value).toFixed(1)}`;
    pen = "L";
    return step;
  }).join("");
}

/** Neighbours under the same sky as one piece. @param {number[]} degrees @returns {{from: number, to: number, sky: string}[]} */
function skies(degrees) {
  /** @type {{from: number, to: number, sky: string}[]} */
  const pieces = [];
  degrees.forEach((deg, k) => {
    const sky = deg > 0 ? "day" : deg > CIVIL_DEG ? "dusk" : "dark";
    const last = pieces.at(-1);
    if (last?.sky === sky) last.to = k + 1;
    else pieces.push({ from: k, to: k + 1, sky });
  });
  return pieces;
}

/**
 * @param {Night} night
 * @param {number|null} at the instant on the screen
 * @param {(ms: number) => void} jump
 */
export function nightStrip(night, at, jump) {
  const [begin, end] = [Date.parse(night.since), Date.parse(night.until)];
  const span = WIDTH - LEFT - 4;
  const xAt = (/** @type {number} */ ms) => LEFT + ((ms - begin) / (end - begin)) * span;
  const x = (/** @type {number} */ k) => LEFT + (k / Math.max(night.at.length - 1, 1)) * span;
  const top = Math.max(...night.power_kw.map((value) => value ?? 0), ...night.program_kw.map((value) => value ?? 0), 0.1) * 1.1;
  const yPower = (/** @type {number} */ kw) => TOP + HEIGHT - (kw / top) * HEIGHT;
  const yLit = (/** @type {number} */ n) => TOP + HEIGHT - (n / Math.max(night.lamps, 1)) * HEIGHT * 0.98;
  const click = (/** @type {MouseEvent} */ event) => {
    const box = /** @type {Element} */ (event.currentTarget).getBoundingClientRect();
    const place = ((event.clientX - box.left) / box.width) * WIDTH;
    const ms = begin + Math.min(Math.max((place - LEFT) / span, 0), 1) * (end - begin);
    jump(Math.min(ms, Date.parse(night.end)));
  };
  const hours = Array.from({ length: Math.ceil((end - begin) / 3_600_000) + 1 }, (_, k) => Math.ceil(begin / 3_600_000 + k) * 3_600_000).filter((ms) => ms < end && new Date(ms).getUTCHours() % 3 === 0);
  return html`
    <svg class="night-strip" viewBox="0 0 ${WIDTH} ${FOOT + 12}" width="100%" role="img" aria-label=${summary(night)} @click=${click}>
      ${skies(night.sun_deg).map(({ from, to, sky }) => svg`<rect class="sky-${sky}" x=${x(from)} y=${TOP} width=${Math.max(0, x(Math.min(to, night.at.length - 1)) - x(from))} height=${HEIGHT}/>`)}
      <path class="lit" d=${litArea(night, x, yLit)}/>
      <path class="program" d=${path(night.program_kw, x, yPower)}/>
      <path class="power" d=${path(night.power_kw, x, yPower)}/>
      <text x=${LEFT - 4} y=${TOP + 9} text-anchor="end">${kilowatts(top / 1.1)}</text><text x=${LEFT - 4} y=${TOP + 20} text-anchor="end">kW</text><text x=${LEFT - 4} y=${TOP + HEIGHT} text-anchor="end">0</text>
      ${night.alarms.map((one) => svg`<path class="alarm" d=${`M${xAt(Date.parse(one.at))} ${MARKS_Y - 7}l4 7h-8z`}/>`)}
      ${night.commands.map((one) => svg`<circle class="command" cx=${xAt(Date.parse(one.at))} cy=${MARKS_Y + 7} r="3"/>`)}
      ${hours.map((ms) => svg`<line class="hour" x1=${xAt(ms)} x2=${xAt(ms)} y1=${TOP + HEIGHT} y2=${TOP + HEIGHT + 4}/><text x=${xAt(ms)} y=${FOOT + 6} text-anchor="middle">${timeOfDay(ms, clock.zone)}</text>`)}
      ${at !== null && at >= begin && at <= end ? svg`<line class="now" x1=${xAt(at)} x2=${xAt(at)} y1=${TOP - 4} y2=${MARKS_Y + 12}/>` : nothing}
    </svg>
    <ul class="night-keys small">${["lit", "power", "program"].map((key) => html`<li><svg viewBox="0 0 22 10" width="22" height="10" aria-hidden="true" class="night-strip">${key === "lit" ? svg`<rect class="lit" width="22" height="10"/>` : svg`<path class=${key} d="M1 5H21"/>`}</svg>${t(`night.key.${key}`)}</li>`)}
      <li><span class="alarm" aria-hidden="true">▲</span>${t("night.alarm")}</li><li><span aria-hidden="true">○</span>${t("night.command")}</li></ul>`;
}

/** @param {Night} night @param {(k: number) => number} x @param {(n: number) => number} y */
function litArea(night, x, y) {
  const floor = y(0);
  return night.lit.map((value, k) => (value === null || k + 1 >= night.lit.length ? "" : `M${x(k).toFixed(1)} ${floor}V${y(value).toFixed(1)}H${(x(k + 1) + 0.2).toFixed(1)}V${floor}Z`)).join("");
}

/** @param {Night} night @returns {string} */
const summary = ({ sun, summary: sum, alarms, commands }) => t("night.strip", {
  sunset: timeOfDay(sun.sunset, clock.zone), sunrise: timeOfDay(sun.sunrise, clock.zone), peak: kilowatts(sum.peak_kw), lit: num(sum.most_lit), alarms: num(alarms.length), commands: num(commands.length),
});
