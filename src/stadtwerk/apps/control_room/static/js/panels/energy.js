/** Energy: a night beside always on, half-night and the lower bound; its districts, and the year of nights around it. */

import { html, nothing } from "lit";
import { Problem, getJson } from "../core/api.js";
import { clock, store } from "../core/city.js";
import { go, link } from "../core/router.js";
import { Again } from "../core/store.js";
import { isoSeconds } from "../core/time.js";
import { range, scaleOf, signed } from "../energy/gap.js";
import "../energy/replay.js";
import "../energy/report.js";
import { BASELINES, nightCurve, placeOf, shareBar, yearStrip } from "../energy/picture.js";
import { lampCount, num, percent, plainDate, t, timeOfDay } from "../i18n/index.js";
import { empty, loading, problem } from "../ui/states.js";
import { View } from "../ui/view.js";

/** @typedef {import("../energy/picture.js").Sums} Sums */

const DAY_MS = 86_400_000;
const AGAIN_MS = 60_000;
const REFUSED = 400;
/** With which the city refuses while streets are still being calculated. */
const SURVEYING = "The streets are being calculated";

/** @param {string} day @param {number} by @returns {string} another day */
const dayFrom = (day, by) => new Date(Date.parse(`${day}T12:00:00Z`) + by * DAY_MS).toISOString().slice(0, 10);

export class EnergyPanel extends View {
  static properties = { day: {}, trial: {}, night: { state: true }, nights: { state: true }, fault: { state: true }, quarter: { state: true }, column: { state: true } };

  constructor() {
    super(["at", "theme"]);
    new Again(this, store, ["moment"], () => this.#load());
    this.day = this.trial = "";
    /** @type {any} */
    this.night = null;
    /** @type {any} */
    this.nights = null;
    /** @type {unknown} */
    this.fault = null;
    /** @type {number|null} */
    this.quarter = null;
    /** @type {number|null} */
    this.column = null;
    this.timer = 0;
    this.asked = 0;
  }

  connectedCallback() {
    super.connectedCallback();
    this.timer = window.setInterval(() => this.night?.state !== "done" && !document.hidden && this.#load(), AGAIN_MS);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this.timer);
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (!changed.has("day") || this.day === "report") return;
    Object.assign(this, { night: null, fault: null, quarter: null, column: null });
    this.#load();
  }

  /** A narrow screen shows the end of the year first. */
  updated() {
    const strip = this.querySelector(".energy-year");
    if (strip && !strip.scrollLeft) strip.scrollLeft = strip.scrollWidth;
  }

  async #load() {
    if (this.day === "report") return;
    const mine = ++this.asked;
    try {
      const nights = await getJson("/api/lighting/energy/nights");
      const night = await this.#night();
      if (mine === this.asked) Object.assign(this, { night, nights, fault: null });
    } catch (fault) {
      if (mine === this.asked) this.fault = fault;
    }
  }

  /** The night asked for, as far as it has come; one that is over but has no account is asked of the past. */
  async #night() {
    const path = `/api/lighting/energy/night?day=${encodeURIComponent(this.day)}`;
    try {
      return await getJson(path);
    } catch (fault) {
      if (!(fault instanceof Problem) || fault.status < REFUSED || !this.day || store.get("at") !== null) throw fault;
      const noon = Date.parse(`${dayFrom(this.day, 1)}T11:00:00Z`);
      if (noon > clock.baseMs) throw fault;
      return getJson(`${path}&at=${isoSeconds(noon)}`);
    }
  }

  #day() {
    return this.day || this.night?.day || "";
  }

  render() {
    const { night, fault } = this;
    if (this.day === "report") return html`<cr-energy-report .month=${this.trial}></cr-energy-report>`;
    if (fault) return html`${this.#days()}${fault instanceof Problem && fault.title === SURVEYING ? empty(t("energy.surveying")) : problem(fault, () => this.#load())}`;
    if (!night) return loading(t("energy.loading"));
    const sums = night.state === "done" ? night.city : { ...night.so_far, estimated_kwh: 0 };
    return html`${this.#days()}${this.#headline(night, sums)}
      <section class="figure"><h3>${t("energy.curve")}</h3>${nightCurve(night.curve, this.quarter ?? this.#first(night), (k) => { this.quarter = k; })}</section>
      ${night.state === "done" ? html`${this.#districts(night)}${this.#apart(night)}` : nothing}
      ${this.#year()}<cr-energy-replay .day=${this.#day()} .trial=${this.trial} .days=${this.nights?.day ?? []}></cr-energy-replay>${this.#table(night, sums)}${this.#method(night)}`;
  }

  #days() {
    const day = this.#day();
    const today = new Date(clock.presentMs()).toISOString().slice(0, 10);
    return html`<div class="energy-days line">
      <button @click=${() => go("energy", dayFrom(day, -1))} ?disabled=${!day} aria-label=${t("night.before")}>‹</button>
      <label><span class="visually-hidden">${t("night.day")}</span><input type="date" .value=${day} max=${today} @change=${(/** @type {any} */ e) => e.target.value && go("energy", e.target.value)}></label>
      <button @click=${() => go("energy", dayFrom(day, 1))} ?disabled=${!day || day >= today} aria-label=${t("night.after")}>›</button>
      ${day ? html`<span class="muted">${t("energy.night-of", { from: plainDate(day), until: plainDate(dayFrom(day, 1)) })}</span>` : nothing}
      <a class="button" href=${link("energy", "report", day.slice(0, 7))}>${t("energy.report")}</a></div>`;
  }

  /** @param {any} night @returns {number} the quarter to begin with: midnight */
  #first(night) {
    return Math.floor(night.curve.at.length / 2);
  }

  /** @param {any} night @param {Sums} sums */
  #headline(night, sums) {
    const words = night.state === "done" ? t("energy.kept", { lamps: lampCount(sums.lamps) })
      : t(`energy.${night.state}`, { until: timeOfDay(night.so_far.until, clock.zone) });
    return html`<section class="figure energy-headline"><h3>${t("energy.gap")}</h3>
      <p class="big num"><span class="value">${signed(sums.gap_points)}</span> <span class="unit">${t("energy.points")}</span></p>
      ${shareBar(sums, scaleOf([sums]))}
      <p class="small muted">${t("energy.night.words", { kwh: num(sums.measured_kwh + sums.estimated_kwh, 1), always: num(sums.always_kwh, 1), half: num(sums.half_night_kwh, 1), bound: num(sums.bound_kwh, 1) })} ${words}</p>
      ${night.state === "done" && sums.covered < 1 ? html`<p class="small">${range(sums)}</p>` : nothing}</section>`;
  }

  /** @param {any} night */
  #districts(night) {
    const some = night.districts.filter((/** @type {Sums} */ one) => one.lamps);
    const most = scaleOf(some);
    if (!some.length) return empty(t("energy.none-kept"));
    return html`<section class="figure"><h3>${t("energy.districts")}</h3><ul class="energy-districts">${some.map((/** @type {any} */ one) => html`
      <li><span>${one.name}</span>${shareBar(one, most)}<span class="num">${signed(one.gap_points)}</span></li>`)}</ul>
      <ul class="energy-keys small"><li>${swatch("taken")}${t("energy.measured")}</li><li>${swatch("guess")}${t("energy.estimated")}</li><li>${swatch("bound")}${t("energy.bound")}</li><li>${swatch("half")}${t("energy.half_night")}</li><li>${swatch("always")}${t("energy.always")}</li></ul></section>`;
  }

  /** @param {any} night */
  #apart({ apart }) {
    const { missed, unclassed } = apart;
    if (!missed.lamps && !unclassed.lamps) return nothing;
    return html`<section class="figure"><h3>${t("energy.apart")}</h3>
      ${missed.lamps ? html`<p class="small">${t("energy.missed", { lamps: lampCount(missed.lamps), kwh: num(missed.measured_kwh + missed.estimated_kwh, 1), gap: signed(missed.gap_points) })}</p>${shareBar(missed, scaleOf([missed]))}` : nothing}
      ${unclassed.lamps ? html`<p class="small">${t("energy.unclassed", { lamps: lampCount(unclassed.lamps), kwh: num(unclassed.measured_kwh + unclassed.estimated_kwh, 1) })}</p>` : nothing}</section>`;
  }

  #year() {
    const { nights } = this;
    if (!nights) return nothing;
    const columns = Math.round((Date.parse(nights.last) - Date.parse(nights.first)) / DAY_MS) + 1;
    const shown = Math.round((Date.parse(this.#day()) - Date.parse(nights.first)) / DAY_MS);
    const at = this.column ?? Math.min(Math.max(shown, 0), columns - 1);
    return html`<section class="figure"><h3>${t("energy.strip")}</h3>${yearStrip(nights, at, { pick: (k) => { this.column = k; }, open: (day) => go("energy", day) })}
      ${placeOf(nights, at) >= 0 ? html`<p><a class="button" href=${link("energy", nights.day[placeOf(nights, at)])}>${t("energy.open", { day: plainDate(nights.day[placeOf(nights, at)]) })}</a></p>` : nothing}</section>`;
  }

  /** @param {any} night @param {Sums} sums */
  #table(night, sums) {
    const rows = [[t("energy.city"), sums], ...(night.districts ?? []).map((/** @type {any} */ one) => [one.name, one]),
      ...(night.apart ? Object.entries(night.apart).map(([name, one]) => [t(`energy.row.${name}`), one]) : [])].filter(([, one]) => one.lamps !== 0);
    const columns = ["measured", "estimated", "program", ...BASELINES];
    return html`<details class="figure"><summary>${t("energy.table")}</summary><div class="table-frame" tabindex="0" role="group" aria-label=${t("energy.table")}><table class="demands num"><caption>${t("energy.table.words")}</caption>
      <thead><tr><th scope="col">${t("energy.where")}</th>${columns.map((name) => html`<th scope="col">${t(`energy.${name}`)}</th>`)}<th scope="col">${t("energy.gap.short")}</th><th scope="col">${t("energy.covered")}</th></tr></thead>
      <tbody>${rows.map(([name, one]) => html`<tr><th scope="row">${name}</th>${columns.map((column) => html`<td>${num(one[`${column}_kwh`], 1)}</td>`)}<td>${signed(one.gap_points)}</td><td>${percent(one.covered * 100)}</td></tr>`)}</tbody></table></div></details>`;
  }

  /** @param {any} night */
  #method(night) {
    return html`<details class="figure"><summary>${t("energy.method")}</summary><div class="energy-method small">${["measured", "always", "half", "bound", "traffic", "apart"].map((key) => html`<p>${t(`energy.method.${key}`)}</p>`)}
      ${night.survey ? html`<p class="muted">${t("energy.method.mark")} <code>${night.survey}</code></p>` : nothing}</div></details>`;
  }
}
customElements.define("cr-energy", EnergyPanel);

/** @param {string} name */
const swatch = (name) => html`<svg class="energy-bar" viewBox="0 0 24 12" width="24" height="12" aria-hidden="true"><rect class=${name} width="24" height="12"/></svg>`;
