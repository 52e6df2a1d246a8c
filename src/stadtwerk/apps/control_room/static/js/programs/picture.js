/** A program as pictures: its year with a column for each night, and one night as a curve. */

import { html, nothing, svg } from "lit";
import { num, percent, t, when } from "../i18n/index.js";

/**
 * @typedef {{year: number, tonight: number, lamps: number, energy_kwh: number,
 *            tried: {on_elevation_deg: number, full_percent: number, dim_percent: number, dim_from: string, dim_until: string},
 *            steps: {night: number[], minute: number[], level: number[]}, sunset: (number|null)[], sunrise: (number|null)[],
 *            programs: {id: string}[], of_night: number[], rule?: number[], holidays?: {night: number, name: Record<string, string>}[],
 *            shifts: {night: number, minutes: number}[], hours: {level_percent: number, hours: number}[]}} Year
 */

const DAY_MIN = 1440;
const DAY_MS = 86_400_000;
export const [LEFT, COLUMN] = [48, 2.8];
const [TOP, HOUR] = [34, 12];
const HOURS = [0, 3, 6, 9, 12, 15, 18, 21, 24];
/** Between two and three in the morning, where clocks are changed, minutes after noon. */
const SHIFTED = 14 * 60;

/** @param {number} minutes after noon @returns {string} wall time */
export const wallTime = (minutes) => `${String(Math.floor(minutes / 60 + 12) % 24).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;

/** @param {Year} year @param {number} night @returns {number} noon of its first day, as if in UTC */
const noonMs = (year, night) => Date.UTC(year.year, 0, 1, 12) + night * DAY_MS;

/** @param {Year} year @param {number} night @returns {string} both dates */
export const nightName = (year, night) => t("programs.night", {
  from: when(noonMs(year, night), "UTC", { weekday: "short", day: "2-digit", month: "2-digit" }),
  until: when(noonMs(year, night + 1), "UTC", { day: "2-digit", month: "2-digit", year: "numeric" }),
});

/** @param {Year} year @param {number} night @returns {{minute: number, end: number, level: number}[]} its steps, from noon to noon */
export function stepsOf(year, night) {
  const { night: of, minute, level } = year.steps;
  const first = of.findIndex((one) => one >= night);
  const found = [];
  const before = first === -1 ? of.length - 1 : first - 1;
  if (of[first] !== night || minute[first] > 0) found.push({ minute: 0, end: DAY_MIN, level: before < 0 ? 0 : level[before] });
  for (let k = first; k >= 0 && of[k] === night; k++) found.push({ minute: minute[k], end: DAY_MIN, level: level[k] });
  found.forEach((step, k) => { step.end = found[k + 1]?.minute ?? DAY_MIN; });
  return found;
}

/** @param {Year} year @param {number} night @returns {string} what happens when, for those who do not see it */
export const nightWords = (year, night) => stepsOf(year, night).slice(1)
  .map(({ minute, level }) => `${wallTime(minute)} ${level ? percent(level) : t("programs.off")}`).join(", ");

/** @param {number} minute */
const down = (minute) => TOP + (minute / 60) * HOUR;

/** @param {Year} year @param {number} nights @returns {Map<number, string>} a path of all its stretches, by level */
function stretches(year, nights) {
  /** @type {Map<number, string>} */
  const paths = new Map();
  for (let night = 0; night < nights; night++) {
    for (const { minute, end, level } of stepsOf(year, night)) {
      if (!level) continue;
      const [from, to] = [Math.min(minute, end), Math.max(minute, end)];
      const box = `M${(LEFT + night * COLUMN).toFixed(1)} ${down(from).toFixed(1)}h${COLUMN}V${down(to).toFixed(1)}h${-COLUMN}z`;
      paths.set(level, (paths.get(level) ?? "") + box);
    }
  }
  return paths;
}

/** @param {(number|null)[]} minutes by night @returns {string} a line through them */
const line = (minutes) => minutes.map((minute, night) => (minute === null ? ""
  : `${night && minutes[night - 1] !== null ? "L" : "M"}${(LEFT + (night + 0.5) * COLUMN).toFixed(1)} ${down(minute).toFixed(1)}`)).join("");

/**
 * The year: nights from left to right, wall time from noon down to noon, light as shade.
 * @param {Year} year
 * @param {number} night the one looked at
 * @param {(night: number, isExtending: boolean) => void} pick dragging, and arrows with Shift, extend a choice
 * @param {{anchor?: number, words?: string}} [more] where the choice began; what else is to be said of the night
 */
export function yearPicture(year, night, pick, { anchor = night, words = "" } = {}) {
  const nights = year.sunset.length;
  const [width, height] = [LEFT + nights * COLUMN + 8, down(DAY_MIN) + 8];
  const at = (/** @type {PointerEvent} */ event, /** @type {boolean} */ isExtending) => {
    const box = /** @type {SVGElement} */ (event.currentTarget).getBoundingClientRect();
    pick(Math.floor((((event.clientX - box.left) / box.width) * width - LEFT) / COLUMN), isExtending);
  };
  return html`
    <div class="year" tabindex="0" role="slider" aria-label=${t("programs.year", { year: year.year })} aria-valuemin="1" aria-valuemax=${nights}
      aria-valuenow=${night + 1} aria-valuetext=${`${nightName(year, night)}: ${words}${words && "; "}${nightWords(year, night)}`} @keydown=${(/** @type {KeyboardEvent} */ event) => turn(event, night, nights, pick)}>
      <svg viewBox="0 0 ${width} ${height}" width="100%" aria-hidden="true" @pointerdown=${(/** @type {PointerEvent} */ event) => at(event, false)} @pointermove=${(/** @type {PointerEvent} */ event) => event.buttons && at(event, true)}>
        <rect class="day" x=${LEFT} y=${TOP} width=${nights * COLUMN} height=${24 * HOUR}/>
        ${[...stretches(year, nights)].map(([level, path]) => svg`<path class="lit" d=${path} fill-opacity=${shade(level)}/>`)}
        ${HOURS.map((hour) => svg`<line class="rule" x1=${LEFT} x2=${LEFT + nights * COLUMN} y1=${down(hour * 60)} y2=${down(hour * 60)}/>
          <text x="4" y=${down(hour * 60) + 4}>${wallTime(hour * 60)}</text>`)}
        ${Array.from({ length: 12 }, (_, month) => monthMark(year, month))}
        <path class="sun" d=${line(year.sunset)}/><path class="sun" d=${line(year.sunrise)}/>
        ${year.shifts.map((shift) => shiftMark(shift))}
        <rect class="picked" x=${LEFT + Math.min(anchor, night) * COLUMN - 1} y=${TOP - 2} width=${(Math.abs(night - anchor) + 1) * COLUMN + 2} height=${24 * HOUR + 4}/>
        <path class="now-mark" d=${`M${LEFT + (year.tonight + 0.5) * COLUMN - 5} ${TOP - 9}h10l-5 7z`}/>
      </svg>
    </div>`;
}

/** @param {number} level percent @returns {string} how strong it is drawn */
export const shade = (level) => (0.12 + 0.0078 * level).toFixed(2);

/** @param {KeyboardEvent} event @param {number} night @param {number} nights @param {(night: number, isExtending: boolean) => void} pick */
function turn(event, night, nights, pick) {
  const to = { ArrowLeft: night - 1, ArrowDown: night - 1, ArrowRight: night + 1, ArrowUp: night + 1, PageDown: night - 30, PageUp: night + 30, Home: 0, End: nights - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  pick(to, event.shiftKey);
}

/** @param {Year} year @param {number} month */
function monthMark(year, month) {
  const x = LEFT + ((Date.UTC(year.year, month, 1) - Date.UTC(year.year, 0, 1)) / DAY_MS) * COLUMN;
  return svg`<line class="rule" x1=${x} x2=${x} y1=${TOP} y2=${down(DAY_MIN)}/>
    <text x=${x + 4} y="14">${when(Date.UTC(year.year, month, 2), "UTC", { month: "short" })}</text>`;
}

/** @param {{night: number, minutes: number}} shift */
function shiftMark({ night, minutes }) {
  const x = LEFT + (night + 0.5) * COLUMN;
  return svg`<circle class="shift" cx=${x} cy=${down(SHIFTED + 30)} r="8"/>
    <text class="shift-words" x=${x} y=${down(SHIFTED + 30) + 24} text-anchor="middle">${minutes > 0 ? "+" : "−"}${num(Math.abs(minutes) / 60)} h</text>`;
}

const [WIDE, TALL, FOOT] = [1060, 96, 116];

/**
 * One night: level over wall time, the sun's setting and rising.
 * @param {Year} year
 * @param {number} night
 */
export function nightPicture(year, night) {
  const x = (/** @type {number} */ minute) => LEFT + (minute / DAY_MIN) * (WIDE - LEFT);
  const y = (/** @type {number} */ level) => 12 + (1 - level / 100) * TALL;
  const steps = stepsOf(year, night);
  const path = steps.map(({ minute, level }, k) => `${k ? `H${x(minute)}V${y(level)}` : `M${x(minute)} ${y(level)}`}`).join("") + `H${x(DAY_MIN)}`;
  const sun = (/** @type {number|null} */ minute, /** @type {string} */ key) => (minute === null ? nothing : svg`
    <line class="sun" x1=${x(minute)} x2=${x(minute)} y1="6" y2=${FOOT - 8}/><text class="small-words" x=${x(minute)} y=${FOOT + 22} text-anchor="middle">${t(key)} ${wallTime(minute)}</text>`);
  return html`<div class="night"><svg viewBox="0 0 ${WIDE + 30} ${FOOT + 28}" width="100%" role="img" aria-label=${`${nightName(year, night)}: ${nightWords(year, night)}`}>
    ${HOURS.map((hour) => svg`<line class="rule" x1=${x(hour * 60)} x2=${x(hour * 60)} y1="6" y2=${FOOT - 8}/><text x=${x(hour * 60)} y=${FOOT + 6} text-anchor="middle">${wallTime(hour * 60)}</text>`)}
    ${[0, 50, 100].map((level) => svg`<text x="4" y=${y(level) + 4}>${percent(level)}</text>`)}
    <path class="area" d=${`${path}V${y(0)}H${LEFT}z`}/><path class="curve" d=${path}/>
    ${sun(year.sunset[night], "programs.sunset")}${sun(year.sunrise[night], "programs.sunrise")}
  </svg></div>`;
}
