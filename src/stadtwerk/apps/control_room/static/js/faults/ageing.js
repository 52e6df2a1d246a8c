/** How luminaires age, as pictures: what a year takes of each model, and how many of one live how long. */

import { html, nothing, svg } from "lit";
import { link } from "../core/router.js";
import { lampCount, num, percent, t } from "../i18n/index.js";

/**
 * @typedef {{expected: number, low: number, high: number}} Count
 * @typedef {Count & {driver: string, power_w: number, lamps: number, waiting: number, failures: number, lamp_years: number, mean_age_y: number,
 *   basis: "record"|"type"|"assumed", shape: number, scale_y: number, survival: number[], observed: {age_y: number[], share: number[]}}} Model
 * @typedef {{lamps: number, watched_since: string|null, lamp_years: number, failures: number, enough: number, total: Count, models: Model[], drivers: Model[],
 *   priors: Record<string, {shape: number, tenth_y: number, worth: number}>, districts: (Count & {id: string, name: string, lamps: number})[]}} Ageing
 */

/** @param {Model} model @returns {string} its part of the address */
export const keyOf = (model) => `${model.driver}-${model.power_w}`;

/** @param {Model} model @returns {string} */
export const modelName = (model) => t("ageing.model", { driver: t(`ageing.driver.${model.driver}`), power: num(model.power_w) });

/** @param {Count} count @returns {string} how many on average, with a digit where they are few */
export const mean = ({ expected }) => num(expected, expected < 10 ? 1 : 0);

/** @param {Count} count @returns {string} */
export const interval = ({ low, high }) => t("ageing.interval", { low: num(low), high: num(high) });

const [BAR, TALL] = [320, 14];

/**
 * Models as rows, the most expected failures first: a bar for the mean, a line for the interval.
 * @param {Model[]} models
 * @param {Model|null} chosen
 */
export function yearBars(models, chosen) {
  const top = Math.max(1, ...models.map((model) => model.high));
  const x = (/** @type {number} */ n) => (n / top) * BAR;
  return html`<ol class="rows class-rows">${models.map((model) => html`<li><a href=${link("faults", "ageing", keyOf(model))} aria-current=${model === chosen ? "true" : nothing}>
    <span class="ageing-row"><span>${modelName(model)}</span>
      <svg class="ageing-bar" viewBox="0 0 ${BAR} ${TALL}" preserveAspectRatio="none" width="100%" height=${TALL} aria-hidden="true">
        <rect class="band" x=${x(model.low)} y="1" width=${Math.max(2, x(model.high) - x(model.low))} height="12"/><rect class="mean" x="0" y="4" width=${x(model.expected)} height="6"/></svg></span>
    <span class="n"><strong class="num">${mean(model)}</strong><br><span class="small muted num">${interval(model)}</span></span></a></li>`)}</ol>`;
}

const [WIDE, HIGH, LEFT, FOOT] = [330, 170, 38, 24];

/** Survival over age: the law as a line, what was observed as steps, the lamps' mean age as a mark. @param {Model} model */
export function lifeCurve(model) {
  const years = model.survival.length - 1;
  const x = (/** @type {number} */ age) => LEFT + (Math.min(age, years) / years) * (WIDE - LEFT - 8);
  const y = (/** @type {number} */ share) => 10 + (1 - share) * (HIGH - FOOT - 10);
  const law = model.survival.map((share, age) => `${age ? "L" : "M"}${x(age).toFixed(1)} ${y(share).toFixed(1)}`).join("");
  const { age_y: ages, share } = model.observed;
  // What was observed begins with the first failure: there it starts from the law.
  const first = Math.floor(Math.min(ages[0] ?? 0, years - 1));
  const start = model.survival[first] + (model.survival[first + 1] - model.survival[first]) * ((ages[0] ?? 0) - first);
  const steps = ages.map((age, k) => (age > years ? "" : `${k ? "" : `M${x(age).toFixed(1)} ${y(start).toFixed(1)}`}H${x(age).toFixed(1)}V${y(share[k] * start).toFixed(1)}`)).join("");
  const half = model.survival.findIndex((one) => one < 0.9);
  const words = t("ageing.curve.words", { model: modelName(model), age: half < 0 ? `> ${num(years)}` : num(half), mean: num(model.mean_age_y, 1) });
  return html`<svg class="curve ageing-curve" viewBox="0 0 ${WIDE} ${HIGH}" width="100%" role="img" aria-label=${words}>
    ${[0, 0.5, 1].map((part) => svg`<line class="grid" x1=${LEFT} x2=${WIDE - 8} y1=${y(part)} y2=${y(part)}/><text x=${LEFT - 5} y=${y(part) + 4} text-anchor="end">${percent(part * 100)}</text>`)}
    ${[0, 10, 20, 30].map((age) => svg`<text x=${x(age)} y=${HIGH - 6} text-anchor="middle">${num(age)}</text>`)}
    <line class="drop" x1=${x(model.mean_age_y)} x2=${x(model.mean_age_y)} y1="10" y2=${y(0)}/>
    ${steps ? svg`<path class="steps" d=${steps}/>` : nothing}<path class="line" d=${law}/></svg>`;
}

/** What a model's figures rest on, in words. @param {Model} model @param {Ageing} ageing */
export function basisWords(model, ageing) {
  const prior = ageing.priors[model.driver];
  const seen = t("ageing.seen", { failures: num(model.failures), years: num(model.lamp_years) });
  const rests = t(`ageing.basis.${model.basis}`, { enough: num(ageing.enough), age: num(prior.tenth_y, 1), shape: num(prior.shape, 1), worth: num(prior.worth), driver: t(`ageing.driver.${model.driver}`) });
  return `${lampCount(model.lamps)}. ${seen} ${rests} ${t("ageing.law", { shape: num(model.shape, 2), scale: num(model.scale_y, 1) })}`;
}
