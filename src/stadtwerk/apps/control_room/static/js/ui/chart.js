/** A trend: one line over time, and beside it what was planned. */

import { html } from "lit";
import uPlot from "uplot";
import { clock, store } from "../core/city.js";
import { num, timeOfDay } from "../i18n/index.js";
import { View } from "./view.js";

/** A trend that has just begun still spans this long. */
const SHORTEST_S = 3 * 3600;

/** @param {string} name @returns {string} */
const ink = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export class Trend extends View {
  static properties = { at: { attribute: false }, value: { attribute: false }, plan: { attribute: false }, summary: {}, height: { type: Number }, top: { type: Number } };

  constructor() {
    super(["theme"]);
    /** @type {string[]} */
    this.at = [];
    /** @type {(number|null)[]} */
    this.value = [];
    /** @type {(number|null)[]|null} */
    this.plan = null;
    this.summary = "";
    this.height = 112;
    this.top = 0;
    /** @type {uPlot|null} */
    this.plot = null;
    this.drawnFor = "";
    this.resized = new ResizeObserver(() => this.#resize());
  }

  render() {
    return html`<div class="trend" role="img" aria-label=${this.summary}></div>`;
  }

  updated() {
    const box = /** @type {HTMLElement} */ (this.querySelector(".trend"));
    const drawnFor = `${store.get("theme")}${store.get("lang")}${Boolean(this.plan)}`;
    const seconds = this.at.map((at) => Date.parse(at) / 1000);
    const data = /** @type {any} */ (this.plan ? [seconds, this.plan, this.value] : [seconds, this.value]);
    if (this.plot && drawnFor === this.drawnFor) {
      this.plot.setData(data);
      return;
    }
    this.plot?.destroy();
    this.drawnFor = drawnFor;
    this.plot = new uPlot(this.#options(box.clientWidth || 280), data, box);
    this.resized.observe(box);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.resized.disconnect();
    this.plot?.destroy();
    this.plot = null;
  }

  #resize() {
    const box = this.querySelector(".trend");
    if (box && this.plot && Math.abs(box.clientWidth - this.plot.width) > 1) this.plot.setSize({ width: box.clientWidth, height: this.height });
  }

  /** @param {number} width @returns {any} */
  #options(width) {
    const font = "11px Inter, sans-serif";
    const axis = { stroke: ink("--text-3"), font, grid: { stroke: ink("--line"), width: 1 }, ticks: { show: false } };
    const { stepped } = /** @type {any} */ (uPlot.paths);
    return {
      width, height: this.height, padding: [8, 6, 0, 0], legend: { show: false }, cursor: { show: false }, select: { show: false },
      scales: { x: { time: true, range: (/** @type {any} */ _, /** @type {number} */ from, /** @type {number} */ to) => [Math.min(from, to - SHORTEST_S), to] }, y: { range: (/** @type {any} */ _, /** @type {number} */ __, /** @type {number} */ max) => [0, this.top || Math.max(1, max * 1.12)] } },
      axes: [
        { ...axis, grid: { show: false }, size: 20, space: 56, values: (/** @type {any} */ _, /** @type {number[]} */ at) => at.map((s) => timeOfDay(s * 1000, clock.zone)) },
        { ...axis, size: 42, space: 34, gap: 4, values: (/** @type {any} */ _, /** @type {number[]} */ v) => v.map((n) => num(n, v.some((one) => one % 1) ? 1 : 0)) },
      ],
      series: [
        {},
        ...(this.plan ? [{ stroke: ink("--line-strong"), fill: `${ink("--band")}66`, width: 1, dash: [4, 3], points: { show: false } }] : []),
        { stroke: ink("--fill"), width: 1.75, points: { show: false }, paths: this.plan ? undefined : stepped({ align: 1 }) },
      ],
    };
  }
}
customElements.define("cr-trend", Trend);
