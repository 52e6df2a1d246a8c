/** Crews: what the form holds, what is ordered, how a day of theirs looks. */

import { html, nothing, svg } from "lit";
import { getJson } from "../core/api.js";
import { num, t } from "../i18n/index.js";

/** @typedef {{id: string, name: string, vehicle: string, skills: string[], begin: string, end: string, break_at: string, break_min: number, depot: [number, number]}} Crew */

/** Times of the city's clocks, as the city takes them. */
export const CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9]";

export const SKILLS = ["lift", "electric", "cable"];

/** @returns {Promise<Crew[]>} */
export const loadCrews = async () => (await getJson("/api/lighting/crews")).crews;

/** @returns {Crew} what a new crew begins with */
export const freshCrew = () => ({ id: "", name: "", vehicle: "", skills: ["lift"], begin: "07:00", end: "15:30", break_at: "12:00", break_min: 30, depot: /** @type {any} */ (null) });

/** A name for addresses out of what people call a crew. @param {string} name @param {Crew[]} crews @returns {string} */
export function idOf(name, crews) {
  const plain = name.toLowerCase().replace(/ß/g, "ss").normalize("NFD").replace(/[\u0300-\u036f]/g, "");
  const stem = plain.replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 28) || "crew";
  const isTaken = (/** @type {string} */ id) => id === "new" || crews.some((crew) => crew.id === id);
  let id = stem;
  for (let n = 2; isTaken(id); n += 1) id = `${stem}-${n}`;
  return id;
}

/** Depots as points of the map. @param {Crew[]} crews @param {string} chosen @param {Crew|null} draft the one being written */
export function depots(crews, chosen, draft) {
  const shown = draft ? [...crews.filter((crew) => crew.id !== draft.id), ...(draft.depot ? [draft] : [])] : crews;
  const features = shown.map(({ id, depot }) => ({ type: "Feature", geometry: { type: "Point", coordinates: depot }, properties: { id, chosen: id === (draft ? draft.id : chosen) } }));
  return { type: "FeatureCollection", features };
}

/** @param {Crew} crew @returns {string} */
export const shiftWords = (crew) => t("crews.shift.words", { begin: crew.begin, end: crew.end, at: crew.break_at, min: num(crew.break_min) });

const [WIDE, TALL] = [288, 22];

/** @param {string} clock HH:MM @returns {number} x */
const x = (clock) => ((Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3))) / 1440) * WIDE;

/** A crew's day as a bar over 24 hours with its break, as soon as its times are ones. @param {Crew} crew */
export const shiftBar = (crew) => (![crew.begin, crew.end, crew.break_at].every((clock) => new RegExp(`^${CLOCK}$`).test(clock)) ? nothing : html`
  <svg class="shift-bar" viewBox="0 0 ${WIDE} ${TALL}" width="100%" role="img" aria-label=${shiftWords(crew)}>
    <rect class="day" x="0" y="2" width=${WIDE} height="8"/>
    <rect class="shift" x=${x(crew.begin)} y="2" width=${Math.max(1, x(crew.end) - x(crew.begin))} height="8"/>
    <rect class="break" x=${x(crew.break_at)} y="2" width=${(crew.break_min / 1440) * WIDE} height="8"/>
    ${[0, 6, 12, 18].map((hour) => svg`<text x=${(hour / 24) * WIDE} y=${TALL - 1}>${String(hour).padStart(2, "0")}</text>`)}</svg>`);
