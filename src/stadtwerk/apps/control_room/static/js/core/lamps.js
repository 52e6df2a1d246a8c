/** All lamps of the city in columns: what they are (fixed) and what they do (level and flag bytes). */

import { fromBase64, u32FromBase64 } from "./columns.js";
import { boundsOf, inRing } from "./geometry.js";
import { CITY_FLAGS, FLAG, NEVER_HEARD } from "./types.js";

/** @typedef {{n: number, heard: number, lit: number, meanLevel: number|null, installedKw: number, nowKw: number,
 *             fault: number, silent: number, override: number, pending: number, bins: number[]}} GroupStats */

const CELLS = 256;

export class LampTable {
  /** @param {import("./columns.js").LampColumns} columns */
  constructor(columns) {
    this.columns = columns;
    this.n = columns.n;
    this.level = new Uint8Array(this.n).fill(NEVER_HEARD);
    this.flags = new Uint8Array(this.n);
    this.digits = 7;
    /** @type {Map<number, number>} */
    this.ixOfNumber = new Map();
    columns.number.forEach((number, ix) => this.ixOfNumber.set(number, ix));
    this.bbox = boundsOf(columns.lon, columns.lat, this.all()) ?? [0, 0, 0, 0];
    this.groups = { street: index(columns.streets), circuit: index(columns.circuits), district: index(columns.districts), gateway: index(columns.gateways) };
    this.grid = this.#makeGrid();
  }

  /** @returns {Uint32Array} every row */
  all() {
    return Uint32Array.from({ length: this.n }, (_, i) => i);
  }

  /** @param {number} ix @returns {string} */
  idOf(ix) {
    return `${this.columns.prefix}-${String(this.columns.number[ix]).padStart(this.digits, "0")}`;
  }

  /** @param {string} id @returns {number} row, or -1 */
  ixOf(id) {
    const prefix = `${this.columns.prefix}-`;
    return id.startsWith(prefix) ? this.ixOfNumber.get(Number(id.slice(prefix.length))) ?? -1 : -1;
  }

  /**
   * @param {string} kind street, circuit, district, gateway, cabinet or feeder
   * @param {string} id
   * @returns {Uint32Array|null} rows, or null when there is no such group
   */
  members(kind, id) {
    if (kind === "cabinet" || kind === "feeder") return this.#fedBy(kind, id);
    const at = /** @type {any} */ (this.groups)[kind]?.get(id);
    if (at === undefined) return null;
    const column = /** @type {Uint32Array} */ (/** @type {any} */ (this.columns)[kind]);
    return this.where((ix) => column[ix] === at);
  }

  /** @param {"cabinet"|"feeder"} kind @param {string} id @returns {Uint32Array|null} */
  #fedBy(kind, id) {
    const wanted = new Set(this.columns.circuits.flatMap((c, i) => (c[kind] === id ? [i] : [])));
    return wanted.size ? this.where((ix) => wanted.has(this.columns.circuit[ix])) : null;
  }

  /** @param {(ix: number) => boolean} test @returns {Uint32Array} */
  where(test) {
    const found = [];
    for (let ix = 0; ix < this.n; ix += 1) if (test(ix)) found.push(ix);
    return Uint32Array.from(found);
  }

  /** @param {number[][]} ring @returns {Uint32Array} */
  inside(ring) {
    const xs = ring.map((p) => p[0]);
    const ys = ring.map((p) => p[1]);
    const [w, e, s, n] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const { lon, lat } = this.columns;
    return this.where((i) => lon[i] >= w && lon[i] <= e && lat[i] >= s && lat[i] <= n && inRing(lon[i], lat[i], ring));
  }

  /**
   * What a target of a command means.
   * @param {import("./types.js").Target} target
   * @returns {Uint32Array}
   */
  ofTarget(target) {
    if (target.polygon) return this.inside(target.polygon);
    if (target.lamps) return Uint32Array.from(target.lamps.map((id) => this.ixOf(id)).filter((ix) => ix >= 0));
    if (target.lamp) return Uint32Array.from([this.ixOf(target.lamp)].filter((ix) => ix >= 0));
    const [kind, id] = Object.entries(target)[0] ?? ["", ""];
    return this.members(kind, String(id)) ?? new Uint32Array();
  }

  /**
   * Take a frame of the stream.
   * @param {import("./types.js").LevelsFrame} frame
   */
  apply(frame) {
    const level = fromBase64(frame.level);
    const flags = fromBase64(frame.flags);
    const ixs = frame.ix ? u32FromBase64(frame.ix) : null;
    for (let k = 0; k < level.length; k += 1) {
      const ix = ixs ? ixs[k] : k;
      if (ix >= this.n) continue;
      this.level[ix] = level[k];
      this.flags[ix] = (this.flags[ix] & ~CITY_FLAGS) | (flags[k] & CITY_FLAGS);
    }
  }

  /** @param {ArrayLike<number>} ixs @param {number} bit one of the screen's own bits */
  mark(ixs, bit) {
    for (let ix = 0; ix < this.n; ix += 1) this.flags[ix] &= ~bit;
    for (let k = 0; k < ixs.length; k += 1) this.flags[ixs[k]] |= bit;
  }

  /** @param {ArrayLike<number>} ixs @returns {GroupStats} */
  stats(ixs) {
    const { level, flags, columns } = this;
    const out = { n: ixs.length, heard: 0, lit: 0, fault: 0, silent: 0, override: 0, pending: 0 };
    const bins = new Array(11).fill(0);
    let [sum, installed, now] = [0, 0, 0];
    for (let k = 0; k < ixs.length; k += 1) {
      const ix = ixs[k];
      const f = flags[ix];
      out.fault += f & FLAG.fault ? 1 : 0;
      out.silent += f & FLAG.silent ? 1 : 0;
      out.override += f & FLAG.override ? 1 : 0;
      out.pending += f & FLAG.pending ? 1 : 0;
      installed += columns.power_w[ix];
      if (level[ix] === NEVER_HEARD) continue;
      out.heard += 1;
      out.lit += level[ix] > 0 ? 1 : 0;
      sum += level[ix];
      now += (columns.power_w[ix] * level[ix]) / 200;
      bins[Math.min(10, Math.round(level[ix] / 20))] += 1;
    }
    const meanLevel = out.heard ? sum / out.heard / 2 : null;
    return { ...out, meanLevel, bins, installedKw: installed / 1000, nowKw: now / 1000 };
  }

  /**
   * Power change when these lamps go to a level, taking light and power as proportional.
   * @param {ArrayLike<number>} ixs
   * @param {number} percent
   * @returns {number} kW, positive means saved
   */
  savedKw(ixs, percent) {
    let saved = 0;
    for (let k = 0; k < ixs.length; k += 1) {
      const ix = ixs[k];
      if (this.flags[ix] & FLAG.fault || this.level[ix] === NEVER_HEARD) continue;
      saved += (this.columns.power_w[ix] * (this.level[ix] / 2 - percent)) / 100;
    }
    return saved / 1000;
  }

  /** @param {ArrayLike<number>} ixs */
  bounds(ixs) {
    return boundsOf(this.columns.lon, this.columns.lat, ixs);
  }

  /**
   * The nearest lamp to a point.
   * @param {number} lon
   * @param {number} lat
   * @param {number} radius degrees of latitude
   * @returns {number} row, or -1
   */
  nearest(lon, lat, radius) {
    const k = Math.cos((lat * Math.PI) / 180);
    const [cx, cy] = this.#cell(lon, lat);
    const reachX = Math.ceil(radius / k / this.grid.width) || 1;
    const reachY = Math.ceil(radius / this.grid.height) || 1;
    let best = -1;
    let bestSquare = radius * radius;
    for (let y = Math.max(0, cy - reachY); y <= Math.min(CELLS - 1, cy + reachY); y += 1) {
      for (let x = Math.max(0, cx - reachX); x <= Math.min(CELLS - 1, cx + reachX); x += 1) {
        for (const ix of this.grid.cells.get(y * CELLS + x) ?? []) {
          const dx = (this.columns.lon[ix] - lon) * k;
          const dy = this.columns.lat[ix] - lat;
          if (dx * dx + dy * dy < bestSquare) [best, bestSquare] = [ix, dx * dx + dy * dy];
        }
      }
    }
    return best;
  }

  /** @param {number} lon @param {number} lat @returns {[number, number]} */
  #cell(lon, lat) {
    const [w, s, e, n] = this.bbox;
    return [Math.floor(((lon - w) / (e - w || 1)) * (CELLS - 1)), Math.floor(((lat - s) / (n - s || 1)) * (CELLS - 1))];
  }

  #makeGrid() {
    const [w, s, e, n] = this.bbox;
    /** @type {Map<number, number[]>} */
    const cells = new Map();
    for (let ix = 0; ix < this.n; ix += 1) {
      const [x, y] = this.#cell(this.columns.lon[ix], this.columns.lat[ix]);
      const list = cells.get(y * CELLS + x);
      if (list) list.push(ix);
      else cells.set(y * CELLS + x, [ix]);
    }
    return { cells, width: (e - w || 1) / (CELLS - 1), height: (n - s || 1) / (CELLS - 1) };
  }
}

/** @param {{id: string}[]} rows @returns {Map<string, number>} */
function index(rows) {
  return new Map(rows.map((row, i) => [row.id, i]));
}
