/** Energy as pictures: a night's power beside its baselines, districts as bars, a year of nights as columns. */

import { html, nothing, svg } from "lit";
import { clock } from "../core/city.js";
import { kilowatts, num, plainDate, t, timeOfDay } from "../i18n/index.js";

/**
 * @typedef {{at: string[], measured: (number|null)[], program: number[], always: number[], half_night: number[], bound: number[]}} Curve
 * @typedef {{lamps: number, covered: number, measured_kwh: number, estimated_kwh: number, program_kwh: number, always_kwh: number,
 *   half_night_kwh: number, bound_kwh: number, gap_points: number|null, gap_low: number|null, gap_high: number|null}} Sums
 * @typedef {{first: string, last: string, day: string[], gap_points: (number|null)[], measured_kwh: number[], always_kwh: number[], bound_kwh: number[], half_night_kwh: number[], covered: number[]}} Nights
 */

/** The baselines, the highest first; each has a stroke of its own. */
export const BASELINES = ["always", "half_night", "bound"];
export const LINES = ["measured", "program", ...BASELINES];

const [WIDTH, LEFT, TOP, HEIGHT] = [760, 46, 12, 220];
const SPAN = WIDTH - LEFT - 8;
const DAY_MS = 86_400_000;

/** @param {(number|null)[]} values @param {(k: number) => number} x @param {(value: number) => number} y @returns {string} broken where nothing is known */
function path(values, x, y) {
  return values.map((value, k) => (value === null ? "" : `${k && values[k - 1] !== null ? "L" : "M"}${x(k).toFixed(1)} ${y(value).toFixed(1)}`)).join("");
}

/** @param {number} high @returns {number} a round step of an axis that ends there */
function stepOf(high) {
  const unit = 10 ** Math.floor(Math.log10(Math.max(high, 0.1) / 4));
  return unit * ([1, 2, 5, 10].find((one) => one * unit * 4 >= high) ?? 10);
}

/** @param {KeyboardEvent} event @param {number} at @param {number} last @param {number} page @returns {number|null} where a key leads */
export function turned(event, at, last, page) {
  const to = { ArrowLeft: at - 1, ArrowDown: at - 1, ArrowRight: at + 1, ArrowUp: at + 1, PageDown: at - page, PageUp: at + page, Home: 0, End: last }[event.key];
  if (to === undefined) return null;
  event.preventDefault();
  return Math.min(last, Math.max(0, to));
}

/** @param {Curve} curve @param {number} k @returns {string} a quarter hour in words */
const quarterWords = (curve, k) => t("energy.quarter", {
  at: timeOfDay(Date.parse(curve.at[k]) - 450_000, clock.zone),
  measured: curve.measured[k] === null ? t("energy.unknown") : `${kilowatts(curve.measured[k])} kW`,
  always: kilowatts(curve.always[k]), half: kilowatts(curve.half_night[k]), bound: kilowatts(curve.bound[k]),
});

/**
 * A night's power by quarter hour; arrows go through it.
 * @param {Curve} curve
 * @param {number} at the quarter looked at
 * @param {(k: number) => void} pick
 */
export function nightCurve(curve, at, pick) {
  const last = curve.at.length - 1;
  const high = Math.max(0.1, ...curve.always, ...curve.program, ...curve.measured.map((one) => one ?? 0));
  const step = stepOf(high);
  const x = (/** @type {number} */ k) => LEFT + ((k + 0.5) / curve.at.length) * SPAN;
  const y = (/** @type {number} */ kw) => TOP + HEIGHT - (kw / (high * 1.04)) * HEIGHT;
  const ticks = Array.from({ length: Math.floor(high / step) + 1 }, (_, k) => k * step);
  const hours = curve.at.flatMap((one, k) => (new Date(Date.parse(one) - 450_000).getUTCMinutes() === 0 && k % 12 === 0 ? [k] : []));
  const point = (/** @type {PointerEvent} */ event) => {
    const box = /** @type {SVGElement} */ (event.currentTarget).getBoundingClientRect();
    pick(Math.min(last, Math.max(0, Math.floor((((event.clientX - box.left) / box.width) * WIDTH - LEFT) / SPAN * curve.at.length))));
  };
  const floor = TOP + HEIGHT;
  const under = `${path(curve.bound, x, y)}L${x(last).toFixed(1)} ${floor}L${x(0).toFixed(1)} ${floor}Z`;
  return html`
    <div class="energy-curve" tabindex="0" role="slider" aria-label=${t("energy.curve")} aria-valuemin="0" aria-valuemax=${last} aria-valuenow=${at} aria-valuetext=${quarterWords(curve, at)}
      @keydown=${(/** @type {KeyboardEvent} */ event) => { const to = turned(event, at, last, 4); if (to !== null) pick(to); }}>
      <svg viewBox="0 0 ${WIDTH} ${floor + 22}" width="100%" aria-hidden="true" @pointerdown=${point} @pointermove=${(/** @type {PointerEvent} */ event) => event.buttons && point(event)}>
        ${ticks.map((kw) => svg`<line class="rule" x1=${LEFT} x2=${LEFT + SPAN} y1=${y(kw)} y2=${y(kw)}/><text x=${LEFT - 6} y=${y(kw) + 4} text-anchor="end">${num(kw, step < 1 ? 1 : 0)}</text>`)}
        <text x="4" y=${TOP + 2}>kW</text>
        ${hours.map((k) => svg`<text x=${x(k) - SPAN / curve.at.length / 2} y=${floor + 16} text-anchor="middle">${timeOfDay(Date.parse(curve.at[k]) - 450_000, clock.zone)}</text>`)}
        <path class="under" d=${under}/>
        ${["program", ...BASELINES].map((name) => svg`<path class="line ${name}" d=${path(/** @type {any} */ (curve)[name], x, y)}/>`)}
        <path class="line measured" d=${path(curve.measured, x, y)}/>
        <line class="at" x1=${x(at)} x2=${x(at)} y1=${TOP} y2=${floor}/>
      </svg>
    </div>
    <p class="small num" aria-hidden="true">${quarterWords(curve, at)}</p>
    ${legend()}`;
}

/** What each stroke is. */
const legend = () => html`<ul class="energy-keys small">${LINES.map((name) => html`<li><svg class="energy-curve" viewBox="0 0 30 10" width="30" height="10" aria-hidden="true"><path class="line ${name}" d="M1 5H29"/></svg>${t(`energy.${name}`)}</li>`)}</ul>`;

/**
 * What was taken, as a bar on a scale from nothing to beyond always on, with marks of the baselines.
 * @param {Sums} sums
 * @param {number} most kWh at the end of the scale, as a share of always on
 */
export function shareBar(sums, most) {
  const part = (/** @type {number} */ kwh) => (sums.always_kwh > 0 ? (kwh / sums.always_kwh / most) * 300 : 0);
  const [known, all] = [part(sums.measured_kwh), part(sums.measured_kwh + sums.estimated_kwh)];
  return html`<svg class="energy-bar" viewBox="0 0 300 18" width="100%" height="18" preserveAspectRatio="none" aria-hidden="true">
    <rect class="track" width="300" height="18"/><rect class="bound" width=${part(sums.bound_kwh)} height="18"/>
    <rect class="taken" y="5" width=${known} height="8"/><rect class="guess" x=${known} y="5" width=${Math.max(0, all - known)} height="8"/>
    <rect class="half" x=${part(sums.half_night_kwh) - 1} width="2" height="18"/><rect class="always" x=${part(sums.always_kwh) - 1.5} width="3" height="18"/></svg>`;
}

/** @param {Nights} nights @param {number} k column from the first day @returns {number} its place among the nights known, -1 without */
export const placeOf = (nights, k) => nights.day.indexOf(new Date(Date.parse(`${nights.first}T12:00:00Z`) + k * DAY_MS).toISOString().slice(0, 10));

/**
 * A year of nights: what each took in percent of always on, beside its bound; arrows choose a night, Enter opens it.
 * @param {Nights} nights
 * @param {number} at column looked at
 * @param {{pick: (k: number) => void, open: (day: string) => void}} does
 */
export function yearStrip(nights, at, { pick, open }) {
  const begin = Date.parse(`${nights.first}T12:00:00Z`);
  const count = Math.round((Date.parse(`${nights.last}T12:00:00Z`) - begin) / DAY_MS) + 1;
  const column = SPAN / count;
  const high = Math.max(120, ...nights.measured_kwh.map((kwh, k) => (100 * kwh) / Math.max(nights.always_kwh[k], 1e-9)));
  const y = (/** @type {number} */ percent) => 96 - (Math.min(percent, high) / high) * 84;
  const dayOf = (/** @type {number} */ k) => new Date(begin + k * DAY_MS).toISOString().slice(0, 10);
  const place = placeOf(nights, at);
  const words = t(place < 0 ? "energy.strip.none" : "energy.strip.night", { day: plainDate(dayOf(at)), gap: num(nights.gap_points[place], 1), covered: num((nights.covered[place] ?? 0) * 100) });
  const columnAt = (/** @type {MouseEvent} */ event) => {
    const box = /** @type {SVGElement} */ (event.currentTarget).getBoundingClientRect();
    return Math.min(count - 1, Math.max(0, Math.floor((((event.clientX - box.left) / box.width) * WIDTH - LEFT) / column)));
  };
  const key = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Enter" && place >= 0) open(nights.day[place]);
    const to = turned(event, at, count - 1, 30);
    if (to !== null) pick(to);
  };
  const months = Array.from({ length: count }, (_, k) => k).filter((k) => dayOf(k).endsWith("-01"));
  return html`
    <div class="energy-curve energy-year" tabindex="0" role="slider" aria-label=${t("energy.strip")} aria-valuemin="1" aria-valuemax=${count} aria-valuenow=${at + 1} aria-valuetext=${words} @keydown=${key}>
      <svg viewBox="0 0 ${WIDTH} 118" width="100%" aria-hidden="true" @click=${(/** @type {MouseEvent} */ event) => { const k = columnAt(event); pick(k); const found = placeOf(nights, k); if (found >= 0) open(nights.day[found]); }}>
        <line class="rule" x1=${LEFT} x2=${LEFT + SPAN} y1=${y(100)} y2=${y(100)}/><text x=${LEFT - 6} y=${y(100) + 4} text-anchor="end">100 %</text>
        <line class="rule" x1=${LEFT} x2=${LEFT + SPAN} y1=${y(0)} y2=${y(0)}/><text x=${LEFT - 6} y=${y(0) + 4} text-anchor="end">0</text>
        ${nights.day.map((day, k) => {
          const x = LEFT + Math.round((Date.parse(`${day}T12:00:00Z`) - begin) / DAY_MS) * column;
          const share = (/** @type {number} */ kwh) => y((100 * kwh) / Math.max(nights.always_kwh[k], 1e-9));
          return svg`<rect class="taken" x=${x} y=${share(nights.measured_kwh[k])} width=${Math.max(1, column - 0.3)} height=${y(0) - share(nights.measured_kwh[k])}/>
            <rect class="bound" x=${x} y=${share(nights.bound_kwh[k])} width=${Math.max(1, column - 0.3)} height=${y(0) - share(nights.bound_kwh[k])}/>`;
        })}
        ${months.map((k) => svg`<line class="rule" x1=${LEFT + k * column} x2=${LEFT + k * column} y1="8" y2="100"/><text x=${LEFT + k * column + 3} y="113">${dayOf(k).slice(5, 7)}</text>`)}
        <rect class="picked" x=${LEFT + at * column - 1} y="8" width=${column + 2} height="90"/>
      </svg>
    </div>
    <p class="small num" aria-hidden="true">${words}</p>${nights.day.length ? nothing : html`<p class="small muted">${t("energy.strip.empty")}</p>`}`;
}
