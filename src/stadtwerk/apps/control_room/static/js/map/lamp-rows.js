/** The order lamps are drawn in: cell by cell in rows over the city, so that only the rows in view are drawn. */

import { mercatorX, mercatorY } from "../core/geometry.js";

const ROWS = 48;
const COLUMNS = 48;

export class LampRows {
  /** @param {import("../core/lamps.js").LampTable} table */
  constructor(table) {
    const [w, s, e, n] = table.bbox;
    this.n = table.n;
    this.origin = [mercatorX((w + e) / 2), mercatorY((s + n) / 2)];
    this.west = mercatorX(w);
    this.north = mercatorY(n);
    this.width = mercatorX(e) - this.west || 1e-9;
    this.height = mercatorY(s) - this.north || 1e-9;
    const { lon, lat } = table.columns;
    const cell = new Uint16Array(this.n);
    this.starts = new Uint32Array(ROWS * COLUMNS + 1);
    for (let ix = 0; ix < this.n; ix += 1) {
      cell[ix] = this.#row(mercatorY(lat[ix])) * COLUMNS + this.#column(mercatorX(lon[ix]));
      this.starts[cell[ix] + 1] += 1;
    }
    for (let c = 0; c < ROWS * COLUMNS; c += 1) this.starts[c + 1] += this.starts[c];
    const next = this.starts.slice();
    /** Row of the lamp table by place in the drawing order. */
    this.order = new Uint32Array(this.n);
    for (let ix = 0; ix < this.n; ix += 1) this.order[next[cell[ix]]++] = ix;
    this.bytes = new Uint8Array(this.n);
    this.positions = this.#positions(lon, lat);
  }

  /** @param {number} y mercator */
  #row(y) {
    return Math.min(ROWS - 1, Math.max(0, Math.floor(((y - this.north) / this.height) * ROWS)));
  }

  /** @param {number} x mercator */
  #column(x) {
    return Math.min(COLUMNS - 1, Math.max(0, Math.floor(((x - this.west) / this.width) * COLUMNS)));
  }

  /**
   * Mercator coordinates relative to the city's middle, so that float32 is exact at zoom 20.
   * @param {Float64Array} lon
   * @param {Float64Array} lat
   */
  #positions(lon, lat) {
    const out = new Float32Array(this.n * 2);
    this.order.forEach((ix, place) => {
      out[2 * place] = mercatorX(lon[ix]) - this.origin[0];
      out[2 * place + 1] = mercatorY(lat[ix]) - this.origin[1];
    });
    return out;
  }

  /**
   * A column in drawing order; the same buffer each time.
   * @param {Uint8Array} column by lamp
   * @returns {Uint8Array} by place
   */
  ordered(column) {
    const { order, bytes } = this;
    for (let place = 0; place < this.n; place += 1) bytes[place] = column[order[place]];
    return bytes;
  }

  /** @param {Float32Array} column by lamp @returns {Float32Array} by place */
  orderedFloats(column) {
    return Float32Array.from(this.order, (ix) => column[ix]);
  }

  /**
   * Runs of places whose lamps may be in view.
   * @param {{west: number, south: number, east: number, north: number}} view degrees
   * @param {number} margin share of the view's size that glows reach in from outside
   * @returns {[number, number][]} first place and count
   */
  inView(view, margin) {
    const [x0, x1] = [mercatorX(view.west), mercatorX(view.east)];
    const [y0, y1] = [mercatorY(view.north), mercatorY(view.south)];
    const [mx, my] = [(x1 - x0) * margin, (y1 - y0) * margin];
    const [left, right] = [this.#column(x0 - mx), this.#column(x1 + mx)];
    /** @type {[number, number][]} */
    const runs = [];
    for (let row = this.#row(y0 - my); row <= this.#row(y1 + my); row += 1) {
      const first = this.starts[row * COLUMNS + left];
      const count = this.starts[row * COLUMNS + right + 1] - first;
      const last = runs[runs.length - 1];
      if (last && last[0] + last[1] === first) last[1] += count;
      else if (count) runs.push([first, count]);
    }
    return runs;
  }
}
