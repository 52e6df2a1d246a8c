/** One street of the class map: what each area needs and gets at the lamps' level, requirement by requirement. */

import { html, nothing } from "lit";
import { getJson } from "../core/api.js";
import { clock, store } from "../core/city.js";
import { link } from "../core/router.js";
import { Again } from "../core/store.js";
import { dayAndTime, num, percent, t } from "../i18n/index.js";
import { loading, problem } from "../ui/states.js";
import { View } from "../ui/view.js";
import { areaWords, stroke, why } from "./class_words.js";

/** Digits behind the point, by quantity. @type {Record<string, number>} */
export const DIGITS = { mean_cd_m2: 2, overall: 2, longitudinal: 2, glare_percent: 1, edge_ratio: 2, mean_lux: 1, least_lux: 1, uniformity: 2 };

export class ClassDetail extends View {
  static properties = { row: {}, level: {}, found: { state: true }, fault: { state: true } };

  constructor() {
    super([]);
    new Again(this, store, ["moment"], () => this.#load());
    /** @type {import("../core/classes.js").StreetRow|null} */
    this.row = null;
    this.level = "";
    /** @type {any} */
    this.found = null;
    /** @type {unknown} */
    this.fault = null;
    this.asked = "";
  }

  willUpdate() {
    const asked = `${this.row?.id}@${this.#percent()}`;
    if (asked !== this.asked) this.#load();
  }

  /** The level the street is judged at; a dark one is shown at full light. */
  #percent() {
    return this.row?.level_percent_now || 100;
  }

  async #load() {
    const { row } = this;
    if (!row) return;
    const asked = this.asked = `${row.id}@${this.#percent()}`;
    try {
      const found = await getJson(`/api/lighting/class?street=${encodeURIComponent(row.id)}&level_percent=${this.#percent()}`);
      if (asked === this.asked) Object.assign(this, { found, fault: null });
    } catch (fault) {
      if (asked === this.asked) this.fault = fault;
    }
  }

  render() {
    const { row } = this;
    if (!row) return nothing;
    const list = this.level ? link("classes", "all", this.level) : link("classes");
    return html`
      <p class="crumbs small"><a href=${list}>${t("classes.all")}</a></p>
      <h3 class="class-name">${row.name}</h3>
      <p class="status ${row.state === "missed" ? "is-fault" : ""}">${stroke(row.state)}<strong>${t(`classes.state.${row.state}`)}</strong><span class="muted num">${row.level_percent_now === null ? "–" : percent(row.level_percent_now)}</span></p>
      <p class="small muted">${why(row)}</p>
      <div class="actions"><a class="button" href=${link("street", row.id)}>${t("classes.street")}</a>
        <a class="button" href=${link("design", "street", row.id)}>${t("design.open")}</a>
        <a class="button" href=${this.#certificate(row)} download=${`${row.id}.json`}>${t("classes.certificate")}</a></div>
      ${this.fault ? problem(this.fault, () => this.#load()) : this.found ? this.found.areas.map((/** @type {any} */ area) => this.#area(area)) : loading()}
      ${row.seal ? html`<p class="small muted">${t("classes.seal", { seal: `${row.seal}…`, at: dayAndTime(row.certified_at, clock.zone) })}</p>` : nothing}
      ${this.found?.generated ? html`<p class="small muted">${t("classes.generated")}</p>` : nothing}`;
  }

  /** @param {import("../core/classes.js").StreetRow} row */
  #certificate(row) {
    const at = row.certified_at ?? (store.get("at") === null ? "" : new Date(store.get("at")).toISOString());
    return `/api/lighting/certificate?street=${encodeURIComponent(row.id)}&level_percent=${this.#percent()}${at ? `&at=${encodeURIComponent(at)}` : ""}`;
  }

  /** @param {any} area */
  #area(area) {
    return html`
      <section class="figure"><h3>${areaWords(area.area)} · ${t("class.pair", { required: area.required, delivered: area.delivered ?? "–" })}</h3>
        <div class="table-frame" tabindex="0" role="group" aria-label=${areaWords(area.area)}><table class="demands"><thead><tr><th scope="col">${t("classes.demand")}</th><th scope="col">${t("classes.needs")}</th><th scope="col">${t("classes.gets")}</th><th scope="col">${t("classes.margin")}</th></tr></thead>
          <tbody>${area.demands.map(demandRow)}</tbody></table></div>
        ${area.least_level_percent === null ? nothing : html`<p class="small muted">${t("class.least", { level: percent(area.least_level_percent) })}</p>`}
      </section>`;
  }
}
customElements.define("cr-class-detail", ClassDetail);

/** A requirement as a row of a table. @param {any} demand */
export function demandRow({ quantity, bound, required, delivered, margin }) {
  const digits = DIGITS[quantity];
  return html`<tr class=${margin < 0 ? "is-missed" : ""}><th scope="row">${t(`classes.quantity.${quantity}`)}</th>
    <td class="num">${bound === "at_least" ? "≥" : "≤"} ${num(required, digits)}</td><td class="num">${delivered >= 1e9 ? "∞" : num(delivered, digits)}</td>
    <td class="num">${margin < 0 ? "✗ " : "✓ "}${margin < -9.99 ? "< −999" : num(margin * 100)} %</td></tr>`;
}
