/** Seven days as a picture: night, holidays, now, and what each schedule does when. */

import { html, nothing, svg } from "lit";
import { clock } from "../core/city.js";
import { localised, num, t, timeOfDay, when } from "../i18n/index.js";

const [LABEL, WIDTH, ROW, HEAD] = [190, 1010, 30, 44];
const SPAN = WIDTH - LABEL;
const SHORTEST = 3;
/** The strip shows so many schedules; the list below has all. */
const ROWS = 14;

/** @param {import("./types.js").Week} week */
export function weekPicture(week) {
  const [begin, end] = [Date.parse(week.begin), Date.parse(week.end)];
  const x = (/** @type {string|number} */ at) => LABEL + (((typeof at === "number" ? at : Date.parse(at)) - begin) / (end - begin)) * SPAN;
  const shown = week.schedules.slice(0, ROWS);
  const height = HEAD + Math.max(1, shown.length) * ROW + 8;
  const now = Math.max(begin, Math.min(end, clock.nowMs()));
  return html`
    <div class="week" tabindex="0" role="group" aria-label=${t("rules.week")}>
      <svg viewBox="0 0 ${WIDTH} ${height}" width="100%" role="img" aria-label=${summary(week)}>
        ${week.days.map((day, i) => dayColumn(day, x(day.begin), x(week.days[i + 1]?.begin ?? week.end), x, height))}
        ${shown.map((row, i) => scheduleRow(row, HEAD + i * ROW, x))}
        <line class="now" x1=${x(now)} x2=${x(now)} y1=${HEAD - 6} y2=${height}/>
        <path class="now-mark" d=${`M${x(now) - 5} ${HEAD - 12}h10l-5 8z`}/>
      </svg>
      ${week.schedules.length > ROWS ? html`<p class="small muted">${t("rules.week.more", { n: num(week.schedules.length - ROWS) })}</p>` : nothing}
    </div>`;
}

/**
 * @param {import("./types.js").Week["days"][number]} day
 * @param {number} from
 * @param {number} to
 * @param {(at: string) => number} x
 * @param {number} height
 */
function dayColumn(day, from, to, x, height) {
  const { sunrise, sunset } = day.sun;
  const noon = Date.parse(`${day.day}T12:00:00Z`);
  const night = (/** @type {number} */ a, /** @type {number} */ b) => svg`<rect class="night" x=${a} y=${HEAD - 4} width=${Math.max(0, b - a)} height=${height - HEAD + 4}/>`;
  return svg`
    <g class=${day.holiday ? "day is-holiday" : "day"}>
      ${sunrise && sunset ? svg`${night(from, x(sunrise))}${night(x(sunset), to)}` : nothing}
      <line class="edge" x1=${from} x2=${from} y1="4" y2=${height}/>
      <text class="name" x=${from + 6} y="16">${when(noon, "UTC", { weekday: "short", day: "2-digit", month: "2-digit" })}</text>
      ${day.holiday
        ? svg`<text class="holiday" x=${from + 6} y="30">${fit(localised(day.holiday), 19)}<title>${localised(day.holiday)}</title></text>`
        : sunrise && sunset ? svg`<text class="sun" x=${from + 6} y="30">${timeOfDay(sunrise, clock.zone)}–${timeOfDay(sunset, clock.zone)}</text>` : nothing}
    </g>`;
}

/** @param {import("./types.js").Week["schedules"][number]} row @param {number} y @param {(at: string) => number} x */
function scheduleRow(row, y, x) {
  const end = LABEL + SPAN;
  return svg`
    <g class=${row.enabled ? "row" : "row is-off"}>
      <line class="rule" x1="0" x2=${end} y1=${y} y2=${y}/>
      <text class="title" x="2" y=${y + 20}>${fit(row.title, 26)}<title>${row.title}</title></text>
      ${row.marks.map(({ at, until }) => {
        const from = x(at);
        const to = until ? Math.min(end, x(until)) : from;
        const words = `${row.title}: ${timeOfDay(at, clock.zone)}${until ? `–${timeOfDay(until, clock.zone)}` : ""}`;
        return svg`
          ${to > from + SHORTEST ? svg`<rect class="lasts" x=${from} y=${y + 9} width=${to - from} height="12" rx="2"><title>${words}</title></rect>` : nothing}
          <rect class="mark" x=${from - 1.5} y=${y + 5} width="3" height="20" rx="1"><title>${words}</title></rect>`;
      })}
    </g>`;
}

/** @param {string} text @param {number} n @returns {string} */
const fit = (text, n) => (text.length > n ? `${text.slice(0, n - 1)}…` : text);

/** @param {import("./types.js").Week} week @returns {string} */
function summary(week) {
  const counts = week.schedules.filter((row) => row.enabled && row.marks.length).map((row) => `${row.title}: ${num(row.marks.length)}`);
  const holidays = week.days.filter((day) => day.holiday).map((day) => localised(day.holiday));
  const parts = [counts.length ? counts.slice(0, 20).join(", ") : t("rules.week.nothing"), ...holidays];
  return t("rules.week.summary", { list: parts.join("; ") });
}
