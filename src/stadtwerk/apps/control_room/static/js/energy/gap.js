/** The present gap to the lower bound, on the wall: as power now, by day as the last night's energy. */

import { html, nothing } from "lit";
import { getJson } from "../core/api.js";
import { store } from "../core/city.js";
import { link } from "../core/router.js";
import { Again } from "../core/store.js";
import { kilowatts, num, plainDate, t } from "../i18n/index.js";
import { loading, problem } from "../ui/states.js";
import { View } from "../ui/view.js";
import { shareBar } from "./picture.js";

const EVERY_MS = 30_000;

export class Gap extends View {
  static properties = { now: { state: true }, fault: { state: true } };

  constructor() {
    super(["at"]);
    new Again(this, store, ["moment"], () => this.#load());
    /** @type {any} */
    this.now = null;
    /** @type {unknown} */
    this.fault = null;
    this.timer = 0;
  }

  connectedCallback() {
    super.connectedCallback();
    this.#load();
    this.timer = window.setInterval(() => document.hidden || this.#load(), EVERY_MS);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this.timer);
  }

  async #load() {
    try {
      this.now = await getJson("/api/lighting/energy/now");
      this.fault = null;
    } catch (fault) {
      this.fault = fault;
    }
  }

  render() {
    return html`<section class="figure" aria-labelledby="gap-title"><h3 id="gap-title"><a href=${link("energy")}>${t("energy.gap")}</a></h3>${this.#body()}</section>`;
  }

  #body() {
    const { now, fault } = this;
    if (fault) return problem(fault, () => this.#load());
    if (!now) return loading();
    if (now.state === "surveying") return html`<p class="small muted">${t("energy.surveying")} ${t("energy.surveyed", { done: num(now.done), of: num(now.of) })}</p>`;
    const sums = now.state === "night" ? kwhOf(now) : now.last;
    if (!sums) return html`<p class="small muted">${t("energy.day")}</p>`;
    return html`<p class="big num"><span class="value">${signed(sums.gap_points)}</span> <span class="unit">${t("energy.points")}</span>
        <span class="aside muted small">${now.state === "night" ? t("energy.now") : t("energy.last", { day: plainDate(now.last.day) })}</span></p>
      ${shareBar(sums, scaleOf([sums]))}
      <p class="small muted">${now.state === "night" ? t("energy.now.words", { kw: kilowatts(now.measured_kw), always: kilowatts(now.always_kw), half: kilowatts(now.half_night_kw), bound: kilowatts(now.bound_kw) })
        : t("energy.night.words", { kwh: num(sums.measured_kwh + sums.estimated_kwh), always: num(sums.always_kwh), half: num(sums.half_night_kwh), bound: num(sums.bound_kwh) })}</p>
      ${sums.covered < 0.995 ? html`<p class="small muted">${range(sums)}</p>` : nothing}`;
  }
}
customElements.define("cr-gap", Gap);

/** @param {any} now @returns {any} present powers in the places of energies */
const kwhOf = (now) => ({ ...now, ...Object.fromEntries(["measured", "estimated", "always", "half_night", "bound"].map((name) => [`${name}_kwh`, now[`${name}_kw`]])) });

/** @param {number|null|undefined} points @returns {string} with its sign */
export const signed = (points) => (points === null || points === undefined ? "–" : `${points > 0 ? "+" : ""}${num(points, 1)}`);

/** @param {any} sums @returns {string} between which the gap lies, and how much is measured */
export const range = (sums) => t("energy.range", { low: signed(sums.gap_low), high: signed(sums.gap_high), covered: num(sums.covered * 100, 1) });

/** @param {any[]} all @returns {number} where scales end, a share of always on */
export const scaleOf = (all) => Math.max(1.15, ...all.map((sums) => (sums.always_kwh > 0 ? ((sums.measured_kwh + sums.estimated_kwh) / sums.always_kwh) * 1.03 : 0)));
