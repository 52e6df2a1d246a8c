/** The picture of a field's light: bands and isolines to scale, lamps, areas and lanes; values under the pointer and as a table. */

import { html, nothing } from "lit";
import { store } from "../core/city.js";
import { num, t } from "../i18n/index.js";
import { areaWords } from "../panels/class_words.js";
import { View } from "../ui/view.js";
import { LEVELS, isoline, valueAt } from "./contours.js";

const LEFT = 84;
const RIGHT = 12;
const TOP = 10;
const BOTTOM = 24;
const HEIGHTS = [120, 340];
/** Colours from dark to bright. */
const RAMP = {
  night: [[10, 16, 30], [28, 62, 104], [92, 102, 116], [190, 134, 62], [255, 212, 128], [255, 244, 214]],
  day: [[48, 62, 86], [82, 112, 146], [150, 160, 166], [216, 172, 104], [255, 222, 150], [255, 248, 226]],
};

/** @param {number[][]} ramp @param {number} share @returns {number[]} */
function colour(ramp, share) {
  const place = Math.min(Math.max(share, 0), 1) * (ramp.length - 1);
  const k = Math.min(Math.floor(place), ramp.length - 2);
  return ramp[k].map((from, c) => from + (ramp[k + 1][c] - from) * (place - k));
}

/** @param {string} name @returns {string} */
const ink = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export class LightPicture extends View {
  static properties = { found: { attribute: false }, kind: {}, label: {}, spot: { state: true } };

  constructor() {
    super(["theme"]);
    /** @type {any} */
    this.found = null;
    /** @type {"lx"|"cd"} */
    this.kind = "lx";
    this.label = "";
    /** @type {{x: number, y: number, value: number}|null} */
    this.spot = null;
    this.sized = new ResizeObserver(() => this.#draw());
  }

  /** @returns {import("./contours.js").Grid} */
  get #grid() {
    return this.kind === "lx" ? this.found.isolux : this.found.luminance;
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.sized.disconnect();
  }

  updated() {
    const canvas = this.querySelector("canvas");
    if (!canvas) return;
    this.sized.observe(canvas.parentElement ?? canvas);
    this.#draw();
  }

  /** How metres become points of the screen. */
  #scale() {
    const { x_m, y_m } = this.#grid;
    const width = Math.max(/** @type {Element} */ (this.querySelector(".canvas")).clientWidth, 220);
    const [length, depth] = [x_m[x_m.length - 1], y_m[y_m.length - 1] - y_m[0]];
    const perM = (width - LEFT - RIGHT) / length;
    const height = Math.min(Math.max(depth * perM, HEIGHTS[0]), HEIGHTS[1]);
    const x = (/** @type {number} */ m) => LEFT + m * perM;
    const y = (/** @type {number} */ m) => TOP + ((y_m[y_m.length - 1] - m) / depth) * height;
    return { width, height, x, y, toX: (/** @type {number} */ px) => (px - LEFT) / perM, toY: (/** @type {number} */ px) => y_m[y_m.length - 1] - ((px - TOP) / height) * depth };
  }

  #draw() {
    const canvas = this.querySelector("canvas");
    const context = canvas?.getContext("2d");
    if (!canvas || !context || !this.found) return;
    const scale = this.#scale();
    const dense = Math.min(devicePixelRatio, 2);
    canvas.width = scale.width * dense;
    canvas.height = (scale.height + TOP + BOTTOM) * dense;
    canvas.style.height = `${scale.height + TOP + BOTTOM}px`;
    context.scale(dense, dense);
    context.font = "500 11px Inter, sans-serif";
    this.#bands(context, scale);
    this.#ground(context, scale);
    this.#lines(context, scale);
    this.#lamps(context, scale);
    this.#axis(context, scale);
  }

  /** @param {CanvasRenderingContext2D} context @param {any} scale */
  #bands(context, { x, y, toX, toY, width, height }) {
    const grid = this.#grid;
    const levels = LEVELS[this.kind];
    const ramp = RAMP[store.get("theme") === "day" ? "day" : "night"];
    const [w, h] = [Math.round(width - LEFT - RIGHT), Math.round(height)];
    const image = new ImageData(w, h);
    for (let row = 0; row < h; row += 1) {
      for (let column = 0; column < w; column += 1) {
        const value = valueAt(grid, toX(LEFT + column + 0.5), toY(TOP + row + 0.5));
        const band = levels.findIndex((level) => value < level);
        const rgb = colour(ramp, (band < 0 ? levels.length : band) / levels.length);
        image.data.set([...rgb, 255], 4 * (row * w + column));
      }
    }
    const sheet = new OffscreenCanvas(w, h);
    sheet.getContext("2d")?.putImageData(image, 0, 0);
    context.drawImage(sheet, x(0), y(grid.y_m[grid.y_m.length - 1]), w, h);
  }

  /** Kerbs, lanes and the names of areas. @param {CanvasRenderingContext2D} context @param {any} scale */
  #ground(context, { x, y, width }) {
    const { y_m } = this.#grid;
    const end = width - RIGHT;
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const { area, from_m, width_m } of this.found.areas) {
      if (from_m < y_m[0] - 1e-6 || from_m + width_m > y_m[y_m.length - 1] + 1e-6) continue;
      context.strokeStyle = area === "carriageway" ? "#ffffff" : "rgb(255 255 255 / 55%)";
      context.lineWidth = area === "carriageway" ? 2 : 1;
      for (const edge of [from_m, from_m + width_m]) stroke(context, x(0), y(edge), end, y(edge));
      context.fillStyle = ink("--text-2");
      context.fillText(areaWords(area).replace(/ (\S)\S*$/, (_, side) => ` ${side}.`), LEFT - 8, y(from_m + width_m / 2));
      const lanes = area === "carriageway" ? this.found.lanes.length : 0;
      context.setLineDash([8, 6]);
      for (let lane = 1; lane < lanes; lane += 1) stroke(context, x(0), y(from_m + (lane * width_m) / lanes), end, y(from_m + (lane * width_m) / lanes));
      context.setLineDash([]);
    }
  }

  /** @param {CanvasRenderingContext2D} context @param {any} scale */
  #lines(context, { x, y, width }) {
    context.textAlign = "center";
    context.textBaseline = "middle";
    LEVELS[this.kind].forEach((level, k) => {
      const pieces = isoline(this.#grid, level);
      context.strokeStyle = "#000000cc";
      context.lineWidth = 1.1;
      context.beginPath();
      for (const [x0, y0, x1, y1] of pieces) {
        context.moveTo(x(x0), y(y0));
        context.lineTo(x(x1), y(y1));
      }
      context.stroke();
      const wanted = LEFT + (width - LEFT - RIGHT) * (0.12 + ((k * 0.29) % 0.76));
      const best = pieces.reduce((/** @type {number[]|null} */ near, piece) => (!near || Math.abs(x(piece[0]) - wanted) < Math.abs(x(near[0]) - wanted) ? piece : near), null);
      if (!best) return;
      const words = num(level, level % 1 ? (level < 0.1 || (level * 10) % 1 ? 2 : 1) : 0);
      const wide = context.measureText(words).width + 6;
      context.fillStyle = "#fffffff0";
      context.fillRect(x(best[0]) - wide / 2, y(best[1]) - 7, wide, 14);
      context.fillStyle = "#10151b";
      context.fillText(words, x(best[0]), y(best[1]) + 0.5);
    });
  }

  /** Luminaires: a triangle that points to the side they light. @param {CanvasRenderingContext2D} context @param {any} scale */
  #lamps(context, { x, y, height }) {
    const length = this.#grid.x_m[this.#grid.x_m.length - 1];
    for (const { y_m, offset_m, turn_deg } of this.found.rows) {
      for (const place of [offset_m % length, (offset_m % length) + length]) {
        if (place > length + 1e-6) continue;
        const [px, py] = [x(place), Math.min(Math.max(y(y_m), TOP + 4), TOP + height - 4)];
        const up = turn_deg === 0 ? -1 : 1;
        context.beginPath();
        context.moveTo(px, py + 8 * up);
        context.lineTo(px + 6, py - 3 * up);
        context.lineTo(px - 6, py - 3 * up);
        context.closePath();
        context.fillStyle = "#ffffff";
        context.strokeStyle = "#10151b";
        context.lineWidth = 2;
        context.stroke();
        context.fill();
      }
    }
  }

  /** @param {CanvasRenderingContext2D} context @param {any} scale */
  #axis(context, { x, height }) {
    const length = this.#grid.x_m[this.#grid.x_m.length - 1];
    context.fillStyle = ink("--text-2");
    context.textAlign = "center";
    context.textBaseline = "top";
    const step = length > 60 ? 20 : length > 24 ? 5 : 2;
    for (let m = 0; m <= length + 1e-6; m += step) context.fillText(`${num(m)}${m ? "" : " m"}`, x(m), TOP + height + 6);
  }

  /** @param {PointerEvent} event */
  #point(event) {
    const box = /** @type {Element} */ (event.currentTarget).getBoundingClientRect();
    const { toX, toY } = this.#scale();
    const { x_m, y_m } = this.#grid;
    const [x, y] = [toX(event.clientX - box.left), toY(event.clientY - box.top)];
    const isInside = x >= 0 && x <= x_m[x_m.length - 1] && y >= y_m[0] && y <= y_m[y_m.length - 1];
    this.spot = isInside ? { x, y, value: valueAt(this.#grid, x, y) } : null;
  }

  render() {
    if (!this.found) return nothing;
    const values = this.#grid.values.flat();
    const unit = t(`design.unit.${this.kind}`);
    const digits = this.kind === "lx" ? 1 : 2;
    const summary = t("design.picture.summary", { label: this.label, min: num(Math.min(...values), digits), max: num(Math.max(...values), digits), unit });
    return html`
      <figure class="light-picture">
        <figcaption><strong>${this.label}</strong> <output class="num small muted">${this.spot ? t("design.spot", { x: num(this.spot.x, 1), y: num(this.spot.y, 1), value: num(this.spot.value, digits + 1), unit }) : unit}</output></figcaption>
        <div class="canvas"><canvas role="img" aria-label=${summary} @pointermove=${(/** @type {PointerEvent} */ e) => this.#point(e)} @pointerleave=${() => { this.spot = null; }}></canvas></div>
        <details><summary class="small">${t("design.table")}</summary>${this.kind === "lx" ? this.found.areas.map((/** @type {any} */ area) => table(areaWords(area.area), area.grid.x_m, area.grid.y_m, area.grid.lux, digits)) : this.#seen(digits)}</details>
      </figure>`;
  }

  /** The luminance picture as a table, thinned out. @param {number} digits */
  #seen(digits) {
    const { x_m, y_m, values } = this.#grid;
    const thin = (/** @type {any[]} */ list, /** @type {number} */ n) => list.filter((_, k) => k % Math.ceil(list.length / n) === 0);
    return table(t("class.area.carriageway"), thin(x_m, 13), thin(y_m, 9), thin(values, 9).map((row) => thin(row, 13)), digits);
  }
}
customElements.define("cr-light-picture", LightPicture);

/** @param {CanvasRenderingContext2D} context @param {number} x0 @param {number} y0 @param {number} x1 @param {number} y1 */
function stroke(context, x0, y0, x1, y1) {
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
}

/** @param {string} name @param {number[]} x @param {number[]} y @param {number[][]} values @param {number} digits */
function table(name, x, y, values, digits) {
  return html`<div class="table-frame" tabindex="0" role="group" aria-label=${name}><table class="grid-values num"><caption>${name}</caption>
    <thead><tr><th scope="col">y \\ x (m)</th>${x.map((m) => html`<th scope="col">${num(m, 1)}</th>`)}</tr></thead>
    <tbody>${y.map((m, k) => html`<tr><th scope="row">${num(m, 1)}</th>${values[k].map((value) => html`<td>${num(value, digits)}</td>`)}</tr>`)}</tbody></table></div>`;
}
