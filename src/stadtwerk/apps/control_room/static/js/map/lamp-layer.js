/** The layer of all lamps: positions uploaded once, a level byte and a flag byte whenever the city changes. */

import { FLAG } from "../core/types.js";
import { program, shifted, use } from "./gl.js";
import { Haze } from "./haze.js";
import { LampRows } from "./lamp-rows.js";
import { Pace } from "./pace.js";
import { scaleAt } from "./scale.js";
import { DISC_FRAGMENT, LIGHT_FRAGMENT, LIGHT_VERTEX, MARK_FRAGMENT, MARK_VERTEX } from "./shaders.js";

const MARKED = FLAG.fault | FLAG.silent | FLAG.override | FLAG.pending | FLAG.focus;
const ATTRIBUTES = ["a_pos", "a_level", "a_flags", "a_power"];
/** Below this zoom a slow machine draws every second lamp while the map moves. */
const THIN_BELOW_ZOOM = 12.5;
/** Rings of overridden and pending lamps show from this size of a lamp on (about zoom 15): below they would hide the light. */
const RINGS_FROM_CORE = 4.3;

/** @typedef {{night: boolean, warm: number[], hot: number[], off: number[], select: number[], alarm: number[],
 *             silent: number[], ring: number[], ground: number[]}} LampPalette */
/** @typedef {import("maplibre-gl").CustomRenderMethodInput} Input */

export class LampLayer {
  /**
   * @param {import("../core/lamps.js").LampTable} table
   * @param {LampPalette} palette
   */
  constructor(table, palette) {
    this.id = "lamps";
    this.type = /** @type {const} */ ("custom");
    this.renderingMode = /** @type {const} */ ("2d");
    this.table = table;
    this.palette = palette;
    this.rows = new LampRows(table);
    this.pace = new Pace();
    this.isStale = true;
    this.isHazeStale = true;
    this.marked = 0;
  }

  /** @param {import("maplibre-gl").Map} map @param {WebGL2RenderingContext} gl */
  onAdd(map, gl) {
    this.map = map;
    this.gl = gl;
    this.light = program(gl, LIGHT_VERTEX, LIGHT_FRAGMENT, ATTRIBUTES);
    this.disc = program(gl, LIGHT_VERTEX, DISC_FRAGMENT, ATTRIBUTES);
    this.mark = program(gl, MARK_VERTEX, MARK_FRAGMENT, ATTRIBUTES);
    this.haze = new Haze(gl, ATTRIBUTES, [this.rows.width, this.rows.height]);
    this.buffers = { pos: gl.createBuffer(), level: gl.createBuffer(), flags: gl.createBuffer(), power: gl.createBuffer(), marks: gl.createBuffer() };
    this.#fill(this.buffers.pos, this.rows.positions, gl.STATIC_DRAW);
    this.#fill(this.buffers.power, this.rows.orderedFloats(this.table.columns.power_w), gl.STATIC_DRAW);
    this.#fill(this.buffers.level, this.table.level, gl.DYNAMIC_DRAW);
    this.#fill(this.buffers.flags, this.table.flags, gl.DYNAMIC_DRAW);
    this.every = this.#reader(1);
    this.everySecond = this.#reader(2);
    this.isStale = true;
  }

  onRemove() {
    this.haze?.drop();
    for (const buffer of Object.values(this.buffers ?? {})) this.gl?.deleteBuffer(buffer);
  }

  /** Levels or flags changed. */
  refresh() {
    this.isStale = true;
    this.map?.triggerRepaint();
  }

  /** @param {LampPalette} palette */
  setPalette(palette) {
    this.palette = palette;
    this.isHazeStale = true;
    this.map?.triggerRepaint();
  }

  /**
   * A reading of the buffers that takes every lamp, or every second one.
   * @param {number} step
   * @returns {WebGLVertexArrayObject}
   */
  #reader(step) {
    const gl = /** @type {WebGL2RenderingContext} */ (this.gl);
    const buffers = /** @type {Record<string, WebGLBuffer>} */ (this.buffers);
    const vao = gl.createVertexArray();
    gl.bindVertexArray(vao);
    for (let slot = 0; slot < ATTRIBUTES.length; slot += 1) gl.enableVertexAttribArray(slot);
    gl.bindBuffer(gl.ARRAY_BUFFER, buffers.pos);
    gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 8 * step, 0);
    gl.bindBuffer(gl.ARRAY_BUFFER, buffers.level);
    gl.vertexAttribIPointer(1, 1, gl.UNSIGNED_BYTE, step, 0);
    gl.bindBuffer(gl.ARRAY_BUFFER, buffers.flags);
    gl.vertexAttribIPointer(2, 1, gl.UNSIGNED_BYTE, step, 0);
    gl.bindBuffer(gl.ARRAY_BUFFER, buffers.power);
    gl.vertexAttribPointer(3, 1, gl.FLOAT, false, 4 * step, 0);
    gl.bindVertexArray(null);
    return vao;
  }

  /** @param {WebGLBuffer|null} buffer @param {ArrayBufferView} data @param {number} usage */
  #fill(buffer, data, usage) {
    const gl = /** @type {WebGL2RenderingContext} */ (this.gl);
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.bufferData(gl.ARRAY_BUFFER, data, usage);
  }

  #upload() {
    const gl = /** @type {WebGL2RenderingContext} */ (this.gl);
    const { buffers, table, rows, every } = this;
    if (!buffers || !every) return;
    this.#fill(buffers.level, rows.ordered(table.level), gl.DYNAMIC_DRAW);
    const flags = rows.ordered(table.flags);
    this.#fill(buffers.flags, flags, gl.DYNAMIC_DRAW);
    const marks = [];
    for (let place = 0; place < flags.length; place += 1) if (flags[place] & MARKED) marks.push(place);
    gl.bindVertexArray(every);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, buffers.marks);
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, Uint32Array.from(marks), gl.DYNAMIC_DRAW);
    gl.bindVertexArray(null);
    this.marked = marks.length;
    this.isStale = false;
    this.isHazeStale = true;
  }

  /** Before the map: take over new levels and gather their haze. */
  prerender() {
    const { haze, every } = this;
    if (!haze || !every) return;
    if (this.isStale) this.#upload();
    if (!this.palette.night || !this.isHazeStale) return;
    const wait = haze.waitMs();
    if (wait > 0) {
      clearTimeout(this.timer);
      this.timer = window.setTimeout(() => this.map?.triggerRepaint(), wait);
      return;
    }
    haze.gather(every, this.table.n, this.palette);
    this.isHazeStale = false;
  }

  /** @param {WebGL2RenderingContext} gl @param {Input} input */
  render(gl, input) {
    const { map, palette, haze } = this;
    if (!map) return;
    const scale = scaleAt(map.getZoom());
    this.pace.frame(performance.now(), map.isMoving());
    const matrix = this.#begin(gl, input);
    gl.blendFunc(gl.ONE, palette.night ? gl.ONE : gl.ONE_MINUS_SRC_ALPHA);
    if (palette.night && scale.haze > 0.04) haze?.lay(matrix, scale.haze);
    this.#drawLights(gl, matrix, scale);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.bindVertexArray(null);
  }

  /** A second layer for the signs, which lie above all names. */
  signs() {
    return {
      id: "signs", type: /** @type {const} */ ("custom"), renderingMode: /** @type {const} */ ("2d"),
      render: (/** @type {WebGL2RenderingContext} */ gl, /** @type {Input} */ input) => {
        if (this.marked) this.#drawSigns(gl, this.#begin(gl, input), scaleAt(this.map?.getZoom() ?? 0));
        gl.bindVertexArray(null);
      },
    };
  }

  /** @param {WebGL2RenderingContext} gl @param {Input} input @returns {Float32Array} */
  #begin(gl, input) {
    gl.disable(gl.DEPTH_TEST);
    gl.disable(gl.STENCIL_TEST);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    return shifted(/** @type {any} */ (input.defaultProjectionData.mainMatrix), this.rows.origin);
  }

  /** @param {WebGL2RenderingContext} gl @param {Float32Array} matrix @param {import("./scale.js").Scale} scale */
  #drawLights(gl, matrix, scale) {
    const { palette: p, map } = this;
    const prog = p.night ? this.light : this.disc;
    if (!prog || !map) return;
    const dpr = map.getPixelRatio();
    const isThin = this.pace.isSlow && map.isMoving() && map.getZoom() < THIN_BELOW_ZOOM;
    const gain = p.night ? scale.gain * (isThin ? 1.7 : 1) : Math.min(1, scale.gain + 0.4);
    use(gl, prog, {
      u_matrix: matrix, u_core: scale.core * dpr * (p.night ? 1 : Math.min(1.8, 0.8 + scale.core * 0.35)), u_glow: scale.glow * dpr, u_gain: gain,
      u_night: p.night ? 1 : 0, u_edge: scale.core > 2.2 ? 0.28 : 0, u_warm: p.warm, u_hot: p.hot, u_off: p.off, u_select: p.select,
    });
    gl.bindVertexArray((isThin ? this.everySecond : this.every) ?? null);
    const bounds = map.getBounds();
    const view = { west: bounds.getWest(), south: bounds.getSouth(), east: bounds.getEast(), north: bounds.getNorth() };
    const margin = scale.glow / Math.max(200, Math.min(map.getContainer().clientWidth, map.getContainer().clientHeight));
    for (const [first, count] of this.rows.inView(view, margin)) {
      if (isThin) gl.drawArrays(gl.POINTS, first >> 1, count >> 1);
      else gl.drawArrays(gl.POINTS, first, count);
    }
  }

  /** @param {WebGL2RenderingContext} gl @param {Float32Array} matrix @param {import("./scale.js").Scale} scale */
  #drawSigns(gl, matrix, scale) {
    const { palette: p, mark, every } = this;
    if (!mark || !every) return;
    use(gl, mark, {
      u_matrix: matrix, u_mark: scale.mark * (this.map?.getPixelRatio() ?? 1), u_near: scale.core > RINGS_FROM_CORE ? 1 : 0,
      u_alarm: p.alarm, u_silent: p.silent, u_ring: p.ring, u_select: p.select, u_ground: p.ground,
    });
    gl.bindVertexArray(every);
    gl.drawElements(gl.POINTS, this.marked, gl.UNSIGNED_INT, 0);
  }
}
