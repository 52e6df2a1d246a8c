/** A month's energy report as a page to print: sums, districts, nights, streets by EN 13201-5, method, seal and signature. */

import { html, nothing } from "lit";
import { getJson } from "../core/api.js";
import { announce, clock, sendCommand, store } from "../core/city.js";
import { go, link } from "../core/router.js";
import { Again } from "../core/store.js";
import { dayAndTime, localised, num, percent, plainDate, t } from "../i18n/index.js";
import { loading, problem } from "../ui/states.js";
import { View } from "../ui/view.js";
import { signed } from "./gap.js";
import { BASELINES } from "./picture.js";

const COLUMNS = ["measured", "estimated", "program", ...BASELINES];
const SIGN_EVERY_MS = 1000;

export class Report extends View {
  static properties = { month: {}, found: { state: true }, fault: { state: true }, refused: { state: true }, isSending: { state: true } };

  constructor() {
    super(["at"]);
    new Again(this, store, ["moment"], () => this.#load());
    this.month = "";
    /** @type {any} */
    this.found = null;
    /** @type {unknown} */
    this.fault = this.refused = null;
    this.isSending = false;
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (!changed.has("month")) return;
    this.found = this.fault = this.refused = null;
    this.#load();
  }

  #month() {
    return this.month || new Date(clock.presentMs()).toISOString().slice(0, 7);
  }

  async #load() {
    const month = this.#month();
    try {
      const found = await getJson(`/api/lighting/energy/report?month=${encodeURIComponent(month)}`);
      if (month === this.#month()) Object.assign(this, { found, fault: null });
    } catch (fault) {
      if (month === this.#month()) this.fault = fault;
    }
  }

  /** @param {Event} event */
  async #sign(event) {
    event.preventDefault();
    const remark = String(new FormData(/** @type {HTMLFormElement} */ (event.currentTarget)).get("remark") ?? "");
    Object.assign(this, { isSending: true, refused: null });
    try {
      const view = await sendCommand("lighting.sign-energy", { month: this.found.month, seal: this.found.seal, remark });
      if (view.refusal) this.refused = view.refusal;
      else announce(t("energy.report.done"));
      window.setTimeout(() => this.#load(), SIGN_EVERY_MS);
    } catch (refused) {
      this.refused = refused;
    }
    this.isSending = false;
  }

  render() {
    return html`<div class="energy-days line no-print"><a class="button" href=${link("energy")}>${t("energy.report.back")}</a>
        <label>${t("energy.report.month")} <input type="month" .value=${this.#month()} @change=${(/** @type {any} */ e) => e.target.value && go("energy", "report", e.target.value)}></label>
        ${this.found ? html`<button @click=${() => window.print()}>${t("energy.report.print")}</button><a class="button" download=${`energy-${this.found.month}.csv`} href=${`/api/lighting/energy/report/csv?month=${this.found.month}`}>CSV</a>` : nothing}</div>
      ${this.fault ? problem(this.fault, () => this.#load()) : this.found ? this.#page(this.found) : loading()}`;
  }

  /** @param {any} found */
  #page(found) {
    const rows = [[t("energy.city"), found.sums.kept], ...found.districts.map((/** @type {any} */ one) => [one.name, one]), [t("energy.row.missed"), found.sums.missed], [t("energy.row.unclassed"), found.sums.unclassed]].filter(([, one]) => one.lamps);
    return html`<article class="energy-report"><h3>${t("energy.report.title", { city: localised(found.city), month: found.month })}</h3>
      <p class="big num"><span class="value">${signed(found.sums.kept.gap_points)}</span> <span class="unit">${t("energy.points")}</span></p>
      <p class="small">${t("energy.report.nights", { known: num(found.nights.length), days: num(found.days), low: signed(found.sums.kept.gap_low), high: signed(found.sums.kept.gap_high), covered: num(found.sums.kept.covered * 100, 1) })}</p>
      ${table(t("energy.report.sums"), t("energy.where"), rows)}
      ${table(t("energy.report.by-night"), t("energy.report.night"), found.nights.map((/** @type {any} */ one) => [plainDate(one.day), one]))}
      ${this.#streets(found)}
      <section class="energy-method small"><h4>${t("energy.method")}</h4>${["measured", "always", "half", "bound", "traffic", "apart"].map((key) => html`<p>${t(`energy.method.${key}`)}</p>`)}
        <p>${t("energy.report.sources", { surveyed: dayAndTime(found.surveyed_at, clock.zone), counted: found.counted_traffic.join(", ") || t("energy.report.nowhere") })}</p></section>
      ${this.#signature(found)}</article>`;
  }

  /** @param {any} found */
  #streets(found) {
    if (!found.streets.length) return nothing;
    return html`<div class="table-frame" tabindex="0" role="group" aria-label=${t("energy.report.streets.short")}><table class="demands num"><caption>${t("energy.report.streets", { shown: num(found.streets.length), of: num(found.street_count) })}</caption>
      <thead><tr><th scope="col">${t("energy.report.street")}</th><th scope="col">${t("energy.report.class")}</th><th scope="col">${t("energy.report.kept")}</th><th scope="col">AECI kWh/(m² a)</th><th scope="col">PDI W/(lx m²)</th><th scope="col">kWh/a</th></tr></thead>
      <tbody>${found.streets.map((/** @type {any} */ one) => html`<tr><th scope="row">${one.name}</th><td>${one.required}</td><td>${one.kept || "–"}</td><td>${num(one.annual_kwh_m2, 2)}</td><td>${num(one.power_density_w_lx_m2, 4)}</td><td>${num(one.annual_kwh)}</td></tr>`)}</tbody></table></div>`;
  }

  /** @param {any} found */
  #signature({ month, seal, signed: by }) {
    const isOver = new Date(clock.presentMs()).toISOString().slice(0, 7) > month;
    return html`<section class="energy-signature"><h4>${t("energy.report.signature")}</h4>
      <p class="small">${t("energy.report.seal")} <code>${seal}</code></p>
      ${by ? html`<p><strong>${t("energy.report.signed", { by: by.by, at: dayAndTime(by.at, clock.zone) })}</strong>${by.remark ? html` – ${by.remark}` : nothing}</p>${by.unchanged ? nothing : html`<p class="hint-error">${t("energy.report.changed")}</p>`}`
        : isOver && store.get("at") === null ? html`<form class="line no-print" @submit=${(/** @type {Event} */ e) => this.#sign(e)}><label>${t("energy.report.remark")} <input name="remark" maxlength="200"></label><button class="primary" ?disabled=${this.isSending}>${t("energy.report.sign")}</button></form>`
          : html`<p class="small muted">${t(isOver ? "energy.report.now-only" : "energy.report.open")}</p>`}
      ${this.refused ? problem(this.refused) : nothing}</section>`;
  }
}
customElements.define("cr-energy-report", Report);

/** @param {string} caption @param {string} first @param {[string, any][]} rows */
const table = (caption, first, rows) => html`<div class="table-frame" tabindex="0" role="group" aria-label=${caption}><table class="demands num"><caption>${caption}</caption>
  <thead><tr><th scope="col">${first}</th>${COLUMNS.map((name) => html`<th scope="col">${t(`energy.${name}`)}</th>`)}<th scope="col">${t("energy.gap.short")}</th><th scope="col">${t("energy.covered")}</th></tr></thead>
  <tbody>${rows.map(([name, one]) => html`<tr><th scope="row">${name}</th>${COLUMNS.map((column) => html`<td>${num(one[`${column}_kwh`], 1)}</td>`)}<td>${signed(one.gap_points)}</td><td>${percent(one.covered * 100)}</td></tr>`)}</tbody></table></div>`;
