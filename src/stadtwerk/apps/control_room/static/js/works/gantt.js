/** A day of all crews as bars over the clock, and their ways as seen from above. */

import { html, nothing, svg } from "lit";
import { clock } from "../core/city.js";
import { num, t, timeOfDay } from "../i18n/index.js";
import { dashes } from "./model.js";

/** @typedef {import("./model.js").Day} Day */
/** @typedef {import("./model.js").Tour} Tour */

const [LABEL, WIDTH, ROW, HEAD] = [150, 1000, 38, 28];
const HOUR_MS = 3_600_000;
const [SIDE, EDGE] = [360, 16];

/** @param {Day} day */
export function dayPicture({ tours }) {
  const begin = Math.min(...tours.map((tour) => Date.parse(tour.begin_at)));
  const end = Math.max(...tours.map((tour) => Date.parse(tour.end_at)));
  const x = (/** @type {string|number} */ at) => LABEL + (((typeof at === "number" ? at : Date.parse(at)) - begin) / (end - begin)) * (WIDTH - LABEL);
  const height = HEAD + tours.length * ROW + 4;
  const step = end - begin > 12 * HOUR_MS ? 2 * HOUR_MS : HOUR_MS;
  const hours = Array.from({ length: Math.floor((end - begin) / step) + 1 }, (_, i) => begin + i * step);
  const now = clock.nowMs();
  return html`
    <div class="gantt" tabindex="0" role="group" aria-label=${t("works.gantt")}>
      <svg viewBox="0 0 ${WIDTH} ${height}" width="100%" role="img" aria-label=${tours.map(inWords).join(" ")}>
        ${hours.map((at) => svg`<line class="edge" x1=${x(at)} x2=${x(at)} y1=${HEAD - 6} y2=${height}/>
          ${x(at) < WIDTH - 30 ? svg`<text class="hour" x=${x(at) + 3} y="14">${timeOfDay(at, clock.zone)}</text>` : nothing}`)}
        ${tours.map((tour, row) => crewRow(tour, HEAD + row * ROW, x))}
        ${now > begin && now < end ? svg`<line class="now" x1=${x(now)} x2=${x(now)} y1=${HEAD - 6} y2=${height}/>` : nothing}
      </svg>
    </div>`;
}

/** @param {Tour} tour @param {number} y @param {(at: string) => number} x */
function crewRow(tour, y, x) {
  const back = tour.back_at ?? tour.begin_at;
  return svg`
    <g>
      <text class="title" x="2" y=${y + 21}>${tour.crew.name}</text>
      <rect class="shift" x=${x(tour.begin_at)} y=${y + 2} width=${x(tour.end_at) - x(tour.begin_at)} height=${ROW - 8}/>
      ${tour.stops.length ? svg`<line class="way" x1=${x(tour.begin_at)} x2=${x(back)} y1=${y + ROW / 2 - 2} y2=${y + ROW / 2 - 2}/>` : nothing}
      ${tour.stops.map((stop, i) => svg`
        <g class="job ${stop.late ? "is-late" : ""} ${stop.job.state === "done" || stop.job.state === "verified" ? "is-done" : ""}">
          <rect x=${x(stop.arrive_at)} y=${y + 5} width=${Math.max(3, x(stop.leave_at) - x(stop.arrive_at))} height=${ROW - 14} rx="3"/>
          ${x(stop.leave_at) - x(stop.arrive_at) > 18 ? svg`<text x=${x(stop.arrive_at) + 5} y=${y + 21}>${stop.late ? "!" : ""}${i + 1}</text>` : nothing}
          <title>${i + 1} ${stop.job.street.name} ${timeOfDay(stop.arrive_at, clock.zone)}</title>
        </g>`)}
    </g>`;
}

/** @param {Tour} tour @returns {string} */
const inWords = (tour) => t("works.gantt.words", { crew: tour.crew.name, n: num(tour.stops.length), km: num(tour.distance_m / 1000, 1), late: num(tour.stops.filter((stop) => stop.late).length) });

/** The ways as seen from above: depots are squares, stops are numbered, open jobs are rings. @param {Day} day @param {import("./model.js").Job[]} open */
export function waysPicture({ tours }, open) {
  const places = [...tours.flatMap((tour) => [tour.crew.depot, ...tour.stops.map((stop) => stop.job.position)]), ...open.map((job) => job.position)];
  const [lons, lats] = [places.map(([lon]) => lon), places.map(([, lat]) => lat)];
  const [west, north] = [Math.min(...lons), Math.max(...lats)];
  const shrink = Math.cos((north * Math.PI) / 180);
  const span = Math.max((Math.max(...lons) - west) * shrink, north - Math.min(...lats), 1e-6);
  const at = (/** @type {[number, number]} */ [lon, lat]) => [EDGE + (((lon - west) * shrink) / span) * (SIDE - 2 * EDGE), EDGE + ((north - lat) / span) * (SIDE - 2 * EDGE)];
  const height = EDGE * 2 + ((north - Math.min(...lats)) / span) * (SIDE - 2 * EDGE);
  return html`
    <svg class="ways" viewBox="0 0 ${SIDE} ${Math.max(height, 3 * EDGE)}" role="img" aria-label=${t("works.ways")}>
      ${tours.map((tour, row) => {
        const line = [tour.crew.depot, ...tour.stops.map((stop) => stop.job.position), tour.crew.depot].map((place) => at(place).map((v) => v.toFixed(1)).join(",")).join(" ");
        return tour.stops.length ? svg`<polyline points=${line} stroke-dasharray=${dashes(row)}/>` : nothing;
      })}
      ${open.map((job) => svg`<circle class="open" cx=${at(job.position)[0]} cy=${at(job.position)[1]} r="4"><title>${job.street.name}</title></circle>`)}
      ${tours.map((tour) => tour.stops.map((stop, i) => svg`
        <g transform="translate(${at(stop.job.position).join(" ")})" class=${stop.late ? "stop is-late" : "stop"}><circle r="7"/><text y="3.5">${i + 1}</text><title>${tour.crew.name}: ${stop.job.street.name}</title></g>`))}
      ${tours.map((tour) => svg`<rect class="depot" x=${at(tour.crew.depot)[0] - 5} y=${at(tour.crew.depot)[1] - 5} width="10" height="10"><title>${tour.crew.name}</title></rect>`)}
    </svg>`;
}
