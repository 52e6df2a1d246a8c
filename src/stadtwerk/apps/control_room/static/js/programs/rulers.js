/** Which program rules which night: a row for each program below the year, public holidays as marks. */

import { html, svg } from "lit";
import { localised, num, t } from "../i18n/index.js";
import { COLUMN, LEFT, nightName } from "./picture.js";

/** @typedef {import("./picture.js").Year} Year */

const [ROW, TOP] = [16, 20];

/** @param {number} place @returns {string} the letter of a program in pictures */
export const letter = (place) => String.fromCharCode(65 + place);

/** @param {Year} year @param {number} place @returns {string} a path of a program's nights */
function nightsOf(year, place) {
  let path = "";
  for (let from = 0; from < year.of_night.length; from++) {
    if (year.of_night[from] !== place) continue;
    let to = from;
    while (year.of_night[to + 1] === place) to++;
    path += `M${(LEFT + from * COLUMN).toFixed(1)} ${TOP + place * ROW + 2}h${((to - from + 1) * COLUMN).toFixed(1)}v${ROW - 4}h${(-(to - from + 1) * COLUMN).toFixed(1)}z`;
    from = to;
  }
  return path;
}

/** @param {Year} year @param {number} night @returns {string} the public holiday of a night, empty if it is none */
export const holidayOf = (year, night) => localised(year.holidays?.find((one) => one.night === night)?.name ?? "");

/** @param {Year} year @param {number} night @param {{id: string, title: unknown}[]} programs @returns {string} what rules a night and why */
export function rulerWords(year, night, programs) {
  const title = localised(programs.find((one) => one.id === year.programs[year.of_night[night]].id)?.title ?? "");
  const rule = year.rule?.[night] ?? -1;
  return [`${title} (${rule < 0 ? t("plans.default") : t("plans.rule", { n: rule + 1 })})`, holidayOf(year, night)].filter(Boolean).join(", ");
}

/**
 * @param {Year} year
 * @param {[number, number]} chosen first and last night of the choice
 * @param {{id: string, title: unknown}[]} programs
 */
export function rulersPicture(year, [from, to], programs) {
  const height = TOP + year.programs.length * ROW + 4;
  const nights = year.of_night.length;
  const counts = year.programs.map((_, place) => year.of_night.filter((one) => one === place).length);
  const title = (/** @type {string} */ id) => localised(programs.find((one) => one.id === id)?.title ?? id);
  const words = year.programs.map((one, place) => `${letter(place)} ${title(one.id)}: ${t("plans.nights", { n: num(counts[place]) })}`);
  return html`<div class="year rulers"><svg viewBox="0 0 ${LEFT + nights * COLUMN + 8} ${height}" width="100%" role="img" aria-label=${`${t("plans.rulers")}: ${words.join("; ")}`}>
      ${year.programs.map((_, place) => svg`<text x="26" y=${TOP + place * ROW + 12}>${letter(place)}</text>
        <line class="rule" x1=${LEFT} x2=${LEFT + nights * COLUMN} y1=${TOP + place * ROW} y2=${TOP + place * ROW}/><path class="ruler" d=${nightsOf(year, place)}/>`)}
      ${(year.holidays ?? []).map((one) => svg`<path class="feast" d=${`M${LEFT + (one.night + 0.5) * COLUMN - 4} 6h8l-4 9z`}><title>${localised(one.name)}</title></path>`)}
      <rect class="picked" x=${LEFT + Math.min(from, to) * COLUMN - 1} y="3" width=${(Math.abs(to - from) + 1) * COLUMN + 2} height=${height - 5}/>
    </svg>
    <p class="program-legend small muted">${words.map((line) => html`<span>${line}</span>`)}
      <span><svg width="12" height="12" aria-hidden="true"><path class="feast" d="M2 2h8l-4 9z"/></svg> ${t("plans.feast", { n: num(year.holidays?.length ?? 0) })}</span></p></div>`;
}

/** @param {Year} year @param {number} from @param {number} to @returns {string} the nights chosen */
export const choiceWords = (year, from, to) => (from === to ? nightName(year, from) : t("plans.choice", { from: nightName(year, Math.min(from, to)), n: num(Math.abs(to - from) + 1) }));
