/** Bars that show a value beside where it should be. */

import { html, nothing, svg } from "lit";
import { num, percent, t } from "../i18n/index.js";

/** @param {number} value @returns {string} */
const share = (value) => `${Math.min(100, Math.max(0, value)).toFixed(2)}%`;

/**
 * As a property, not an attribute: the page's content policy forbids style attributes.
 * @param {Record<string, string>} rules
 * @returns {string}
 */
export const css = (rules) => Object.entries(rules).map(([name, value]) => `${name}:${value}`).join(";");

/**
 * Value on a scale with the band where it is normal.
 * @param {{value: number, low: number, high: number, max: number, isAbnormal: boolean}} bar
 */
export const bandBar = ({ value, low, high, max, isAbnormal }) => html`
  <div class="band-bar ${isAbnormal ? "is-abnormal" : ""}" aria-hidden="true">
    <span class="band" .style=${css({ left: share((low / max) * 100), width: share(((high - low) / max) * 100) })}></span>
    <span class="value" .style=${css({ width: share((value / max) * 100) })}></span>
    <span class="needle" .style=${css({ left: share((value / max) * 100) })}></span>
  </div>`;

/**
 * What was asked against what is.
 * @param {number|null} asked percent
 * @param {number|null} is percent
 */
export const levelBar = (asked, is) => html`
  <div class="level-bar" aria-hidden="true">
    <span class="value" .style=${css({ width: share(is ?? 0) })}></span>
    ${asked === null ? nothing : html`<span class="asked" .style=${css({ left: share(asked) })}></span>`}
  </div>`;

/**
 * How full a bounded thing is, with a mark where it is near its limit.
 * @param {number} part of 1
 * @param {boolean} isAbnormal
 */
export const fillBar = (part, isAbnormal) => html`
  <div class="fill-bar ${isAbnormal ? "is-abnormal" : ""}" aria-hidden="true">
    <span class="value" .style=${css({ width: share(part * 100) })}></span><span class="mark"></span>
  </div>`;

/**
 * A command's confirmations: confirmed filled, pending hatched, expired in the alarm pattern.
 * @param {import("../core/types.js").CommandView} view
 */
export const progressBar = (view) => {
  const of = Math.max(1, view.targets);
  return html`
    <div class="progress" role="img" aria-label=${t("cmd.progress", { confirmed: num(view.confirmed), lamps: num(view.targets), pending: num(view.pending), expired: num(view.expired) })}>
      <span class="confirmed" .style=${css({ width: share((view.confirmed / of) * 100) })}></span>
      <span class="pending" .style=${css({ width: share((view.pending / of) * 100) })}></span>
      <span class="expired" .style=${css({ width: share((view.expired / of) * 100) })}></span>
    </div>`;
};

/**
 * Lamps by level in steps of ten percent.
 * @param {number[]} bins eleven counts, 0 to 100 %
 */
export const spread = (bins) => {
  const top = Math.max(1, ...bins);
  const list = bins.map((n, i) => (n ? `${percent(i * 10)}: ${num(n)}` : "")).filter(Boolean).join(", ");
  return html`
    <div class="spread" role="img" aria-label=${t("group.spread.summary", { list })}>
      <svg viewBox="0 0 220 44" preserveAspectRatio="none" width="100%" height="44">
        ${bins.map((n, i) => svg`<rect x=${i * 20 + 2} y=${44 - Math.max(n ? 2 : 0.75, (n / top) * 44)} width="16" height=${Math.max(n ? 2 : 0.75, (n / top) * 44)} rx="1"/>`)}
      </svg>
      <div class="axis num" aria-hidden="true"><span>0</span><span>50</span><span>${percent(100)}</span></div>
    </div>`;
};

/**
 * The driver curve with the present point.
 * @param {{level_percent: number, power_w: number}[]} curve
 * @param {number|null} level percent now
 */
export const curve = (curve, level) => {
  if (curve.length < 2) return nothing;
  const [first, last] = [curve[0], curve[curve.length - 1]];
  const top = Math.max(...curve.map((p) => p.power_w)) * 1.08 || 1;
  const [X, Y] = [(/** @type {number} */ v) => 30 + v * 2.5, (/** @type {number} */ w) => 92 - (w / top) * 84];
  const line = curve.map((p, i) => `${i ? "L" : "M"}${X(p.level_percent).toFixed(1)} ${Y(p.power_w).toFixed(1)}`).join("");
  const watts = level === null ? null : powerAt(curve, level);
  const words = t("lamp.curve.summary", { min: num(first.power_w, 1), from: num(first.level_percent), max: num(last.power_w, 1), to: num(last.level_percent), w: num(watts, 1), level: num(level) });
  return html`
    <svg class="curve" viewBox="0 0 300 110" role="img" aria-label=${words}>
      ${[0, 0.5, 1].map((f) => svg`<line class="grid" x1="30" x2="280" y1=${Y(top * f * 0.926)} y2=${Y(top * f * 0.926)}/><text x="25" y=${Y(top * f * 0.926) + 3.5} text-anchor="end">${num(top * f * 0.926)}</text>`)}
      ${[0, 50, 100].map((p) => svg`<text x=${X(p)} y="106" text-anchor="middle">${percent(p)}</text>`)}
      <path class="line" d=${line}/>
      ${level === null || watts === null ? nothing : svg`<line class="drop" x1=${X(level)} x2=${X(level)} y1=${Y(watts)} y2="92"/><circle class="point" cx=${X(level)} cy=${Y(watts)} r="4"/>`}
    </svg>`;
};

/**
 * @param {{level_percent: number, power_w: number}[]} curve ascending
 * @param {number} level percent
 * @returns {number} W
 */
function powerAt(curve, level) {
  const k = curve.findIndex((p) => p.level_percent >= level);
  if (k <= 0) return k === 0 ? curve[0].power_w : curve[curve.length - 1].power_w;
  const [a, b] = [curve[k - 1], curve[k]];
  return a.power_w + ((b.power_w - a.power_w) * (level - a.level_percent)) / (b.level_percent - a.level_percent || 1);
}
