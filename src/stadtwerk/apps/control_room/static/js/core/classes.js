/** The lighting class of every street, page by page from the city's door, and the lines streets are drawn as. */

import { getJson } from "./api.js";
import { store } from "./city.js";

/** @typedef {{id: string, name: string, place: number, state: string, reason: string, required: string, delivered: string|null,
 *             level_percent_now: number|null, margin: number|null, area: string, quantity: string, lamps: number, faulty: number,
 *             silent: number, seal: string|null, certified_at: string|null}} StreetRow */
/** @typedef {{level: string, at: string, share: number, rows: StreetRow[]}} ClassTable */

/** What a street's light can be, what needs somebody first. */
export const STATES = ["missed", "unproven", "unknown", "off", "proven"];
/** Two neighbours farther apart than this, in degrees of latitude (about 150 m), belong to two pieces of a street. */
const GAP = 0.00135;
/** Half the length of the line of a street with one pole, degrees of longitude (about 10 m). */
const STUB = 0.00014;

let asked = 0;

/**
 * Ask for all streets; what is known of them is shown while the rest comes.
 * @param {string} level percent of full light, "" = the lamps' own
 */
export async function loadClasses(level) {
  const mine = ++asked;
  /** @type {ClassTable|null} */
  const before = store.get("classes");
  const isRefresh = before?.level === level && before.share === 1;
  if (!isRefresh) store.set({ classes: null });
  /** @type {StreetRow[]} */
  const rows = [];
  try {
    for (let start = 0; start !== null;) {
      const page = await getJson(`/api/lighting/classes?start=${start}${level ? `&level_percent=${level}` : ""}`);
      if (mine !== asked) return;
      rows.push(...rowsOf(page));
      start = page.next;
      if (start !== null && isRefresh) continue;
      store.set({ classes: { level, at: page.at, share: start === null ? 1 : start / page.streets, rows: [...rows].sort(worstFirst) }, classesFault: null });
    }
  } catch (classesFault) {
    if (mine === asked) store.set({ classesFault });
  }
}

/** Forget what was asked: the screen is closed. */
export function dropClasses() {
  asked += 1;
  store.set({ classes: null, classesFault: null });
}

/** @param {any} page columns @returns {StreetRow[]} */
function rowsOf(page) {
  const { streets } = store.get("lamps").columns;
  const names = Object.keys(page).filter((name) => Array.isArray(page[name]));
  return page.place.map((/** @type {number} */ place, /** @type {number} */ k) => ({
    ...Object.fromEntries(names.map((name) => [name, page[name][k]])), id: streets[place].id, name: streets[place].name,
  }));
}

/** @param {StreetRow} a @param {StreetRow} b */
const worstFirst = (a, b) => STATES.indexOf(a.state) - STATES.indexOf(b.state) || (a.margin ?? 0) - (b.margin ?? 0) || a.place - b.place;

/** @type {WeakMap<import("./lamps.js").LampTable, number[][][][]>} */
const drawn = new WeakMap();

/**
 * Streets as lines, by place: along their poles, in the middle between the sides of a zigzag.
 * @param {import("./lamps.js").LampTable} lamps
 * @returns {number[][][][]} for each street its pieces, each a list of [lon, lat]
 */
function streetLines(lamps) {
  const known = drawn.get(lamps);
  if (known) return known;
  const { lon, lat, street, streets } = lamps.columns;
  /** @type {number[][][][]} */
  const pieces = streets.map(() => []);
  for (let ix = 0; ix < lamps.n; ix += 1) {
    const here = pieces[street[ix]];
    const piece = here.at(-1);
    const last = piece?.at(-1);
    if (last && Math.abs(last[0] - lon[ix]) < 1e-7 && Math.abs(last[1] - lat[ix]) < 1e-7) continue;
    const k = Math.cos((lat[ix] * Math.PI) / 180);
    if (piece && last && Math.hypot((last[0] - lon[ix]) * k, last[1] - lat[ix]) < GAP) piece.push([lon[ix], lat[ix]]);
    else here.push([[lon[ix], lat[ix]]]);
  }
  const lines = pieces.map((list) => list.map(smooth));
  drawn.set(lamps, lines);
  return lines;
}

/** @param {number[][]} points @returns {number[][]} */
function smooth(points) {
  if (points.length === 1) return [[points[0][0] - STUB, points[0][1]], [points[0][0] + STUB, points[0][1]]];
  if (points.length < 4) return points;
  const middles = points.slice(1).map((point, k) => [(point[0] + points[k][0]) / 2, (point[1] + points[k][1]) / 2]);
  return [points[0], ...middles, points[points.length - 1]];
}

/** What stands on a street in the map: a letter for its state and the classes. @param {StreetRow} row */
function label({ state, required, delivered }) {
  if (state === "missed") return `${required} ✗ ${delivered === required ? "" : delivered ?? "–"}`;
  return { proven: `${required} ✓`, unproven: `${required} ?`, off: `${required} 0` }[state] ?? required;
}

/**
 * @param {import("./lamps.js").LampTable} lamps
 * @param {StreetRow[]} rows
 * @returns {any} GeoJSON for the map
 */
export function classFeatures(lamps, rows) {
  const lines = streetLines(lamps);
  const features = rows.filter((row) => lines[row.place].length).map((row) => ({
    type: "Feature", properties: { id: row.id, state: row.state, label: label(row) },
    geometry: { type: "MultiLineString", coordinates: lines[row.place] },
  }));
  return { type: "FeatureCollection", features };
}
