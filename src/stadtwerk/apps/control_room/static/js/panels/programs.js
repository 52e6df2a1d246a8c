/** Programs of the lamps: each one's year as a picture, its nights, and what a change would do to hours, energy and cost. */

import { html, nothing } from "lit";
import { Problem, getJson } from "../core/api.js";
import { store } from "../core/city.js";
import { go, link } from "../core/router.js";
import { Again } from "../core/store.js";
import { lampCount, localised, num, percent, t } from "../i18n/index.js";
import "../programs/assignments.js";
import { SAID } from "../programs/model.js";
import { nightName, nightPicture, shade, yearPicture } from "../programs/picture.js";
import "../programs/save.js";
import "../programs/versions.js";
import { empty, loading, problem } from "../ui/states.js";
import { View } from "../ui/view.js";

/** @typedef {import("../programs/picture.js").Year} Year */

/** What can be tried, in the order the address has it; a number's bounds, or a wall time. */
const FIELDS = [
  { name: "full_percent", low: 0, high: 100, step: 1 },
  { name: "dim_percent", low: 0, high: 100, step: 1 },
  { name: "dim_from" },
  { name: "dim_until" },
  { name: "on_elevation_deg", low: -12, high: 6, step: 0.1 },
];
const WALL_TIME = "([01][0-9]|2[0-3]):[0-5][0-9]";
const PRICE_CT = 25;

export class Programs extends View {
  static properties = {
    program: {}, trial: {}, list: { state: true }, own: { state: true }, tried: { state: true },
    fault: { state: true }, trialFault: { state: true }, night: { state: true }, priceCt: { state: true }, saved: { state: true },
  };

  constructor() {
    super(["at"]);
    new Again(this, store, ["moment"], () => this.#load());
    this.program = "";
    this.trial = "";
    /** @type {any[]|null} */
    this.list = null;
    /** @type {Year|null} */
    this.own = null;
    /** @type {Year|null} */
    this.tried = null;
    /** @type {unknown} */
    this.fault = null;
    /** @type {unknown} */
    this.trialFault = null;
    /** @type {number|null} */
    this.night = null;
    this.priceCt = PRICE_CT;
    this.saved = 0;
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (changed.has("program")) this.own = this.tried = null;
    if (changed.has("program") || changed.has("trial")) this.#load();
  }

  async #load() {
    const { program, trial } = this;
    const isLate = () => program !== this.program || trial !== this.trial;
    try {
      const { programs } = await getJson("/api/lighting/programs");
      if (isLate()) return;
      this.list = programs;
      const id = this.#id();
      // Put away or never there: its versions, if it has any, are shown all the same.
      if (id && !programs.some((/** @type {any} */ one) => one.id === id)) throw new Problem({ status: 404 });
      const own = id ? await getJson(`/api/lighting/programs/year?program=${encodeURIComponent(id)}`) : null;
      if (isLate()) return;
      this.own = own;
      this.fault = null;
    } catch (error) {
      if (!isLate()) this.fault = error;
      return;
    }
    try {
      const tried = trial ? await getJson(`/api/lighting/programs/year?${this.#question()}`) : null;
      if (isLate()) return;
      this.tried = tried;
      this.trialFault = null;
    } catch (error) {
      if (isLate()) return;
      this.tried = null;
      this.trialFault = error;
    }
  }

  /** @returns {string} the program shown: that of the address, or the one most lamps follow */
  #id() {
    return this.program || [...(this.list ?? [])].sort((a, b) => b.lamps - a.lamps)[0]?.id || "";
  }

  #question() {
    const values = this.trial.split(",");
    const query = new URLSearchParams({ program: this.#id() });
    FIELDS.forEach(({ name }, k) => values[k] && query.set(name, values[k]));
    return query;
  }

  /** @param {Event} event */
  #try(event) {
    const form = /** @type {HTMLFormElement} */ (event.currentTarget);
    if (!form.reportValidity()) return;
    const data = new FormData(form);
    go("programs", this.#id(), FIELDS.map(({ name }) => data.get(name)).join(","));
  }

  render() {
    const next = () => { this.saved += 1; this.#load(); };
    if (this.fault) return html`${problem(this.fault, () => this.#load())}<cr-plan-versions .plan=${this.#id()} .saved=${this.saved} .titles=${{}} @plan-changed=${next}></cr-plan-versions>`;
    if (!this.list) return loading();
    if (!this.list.length) return empty(t("programs.none"));
    const shown = this.tried ?? this.own;
    return html`
      <div class="program-choice" role="group" aria-label=${t("nav.programs")}>${this.list.map((one) => html`
        <a class="button chip" href=${link("programs", one.id)} aria-current=${one.id === this.#id() ? "true" : nothing}>${localised(one.title)} <span class="small">${lampCount(one.lamps)}, ${num(one.power_kw)} kW</span></a>`)}</div>
      ${shown && this.own ? this.#year(this.own, shown) : loading()}`;
  }

  /** @param {Year} own @param {Year} shown what is drawn: the program on trial, or as it is */
  #year(own, shown) {
    const night = Math.min(this.night ?? shown.tonight, shown.sunset.length - 1);
    const pick = (/** @type {number} */ to) => { this.night = Math.max(0, Math.min(shown.sunset.length - 1, to)); };
    return html`
      <section class="figure"><h3>${t("programs.year", { year: shown.year })}${shown === own ? nothing : html` · ${t("programs.on-trial")}`}</h3>
        ${yearPicture(shown, night, pick)}
        <p class="program-legend small muted">${shown.hours.filter(({ level_percent: level }) => level).map(({ level_percent: level }) => html`
          <span><svg width="18" height="12" aria-hidden="true"><rect class="lit" width="18" height="12" fill-opacity=${shade(level)}/></svg> ${percent(level)}</span>`)}
          <span><svg width="18" height="12" aria-hidden="true"><path class="sun" d="M0 6h18"/></svg> ${t("programs.sun")}</span>
          <span>${t("programs.shift")}</span><span>${t("programs.keys")}</span></p></section>
      <section class="figure"><h3>${nightName(shown, night)}</h3>${nightPicture(shown, night)}</section>
      ${this.#form(own, shown)}
      ${this.#kept(shown)}`;
  }

  /** What becomes of a trial, and what became of the program before. @param {Year} shown */
  #kept(shown) {
    const list = this.list ?? [];
    const plan = list.find((one) => one.id === this.#id());
    const next = () => { this.saved += 1; this.#load(); };
    const changed = Boolean(plan) && SAID.some((name) => plan[name] !== (/** @type {any} */ (shown.tried))[name]);
    return html`
      ${store.get("at") === null ? html`<cr-plan-save .what=${"program"} .plan=${plan} .content=${shown.tried} .changed=${changed} .taken=${list.map((one) => one.id)}
        @plan-saved=${(/** @type {CustomEvent} */ event) => { this.saved += 1; if (event.detail.id === this.program && !this.trial) this.#load(); else go("programs", event.detail.id); }}></cr-plan-save>` : nothing}
      <cr-plan-versions .plan=${this.#id()} .saved=${this.saved} .titles=${{}} @plan-changed=${next}></cr-plan-versions>
      <cr-assignments .saved=${this.saved} @plan-changed=${next}></cr-assignments>`;
  }

  /** @param {Year} own @param {Year} shown */
  #form(own, shown) {
    const field = (/** @type {any} */ { name, low, high, step }) => html`<div class="field"><label for="try-${name}">${t(`programs.${name}`)}</label>
      <input id="try-${name}" name=${name} required type=${step ? "number" : "text"} pattern=${step ? nothing : WALL_TIME} placeholder=${step ? nothing : "23:00"} min=${low ?? nothing} max=${high ?? nothing} step=${step ?? nothing} .value=${String(/** @type {any} */ (shown.tried)[name])}></div>`;
    return html`
      <section class="figure"><h3>${t("programs.try")}</h3>
        <p class="small muted">${t("programs.try.words")}</p>
        ${this.trialFault ? problem(this.trialFault, () => this.#load()) : nothing}
        <form class="program-form" @change=${(/** @type {Event} */ e) => this.#try(e)} @submit=${(/** @type {Event} */ e) => { e.preventDefault(); this.#try(e); }}>${FIELDS.map(field)}</form>
        <div class="field program-price"><label for="try-price">${t("programs.price")}</label>
          <input id="try-price" type="number" min="0" max="200" step="0.1" .value=${String(this.priceCt)} @change=${(/** @type {any} */ e) => { if (e.target.reportValidity()) this.priceCt = Number(e.target.value); }}></div>
        ${this.#figures(own, shown)}
        ${shown === own ? nothing : html`<p><a class="button" href=${link("programs", this.#id())}>${t("programs.as-is")}</a></p>`}</section>`;
  }

  /** @param {Year} own @param {Year} shown */
  #figures(own, shown) {
    const lit = (/** @type {Year} */ year) => year.hours.reduce((sum, { level_percent: level, hours }) => sum + (level ? hours : 0), 0);
    const rows = [
      ["programs.lit", "h", lit],
      ["programs.energy", "kWh", (/** @type {Year} */ year) => year.energy_kwh],
      ["programs.cost", "€", (/** @type {Year} */ year) => (year.energy_kwh * this.priceCt) / 100],
    ];
    return html`<table class="demands program-figures"><caption class="small muted">${t("programs.figures", { lamps: lampCount(own.lamps) })}</caption>
      <thead><tr><th scope="col">${t("programs.a-year")}</th><th scope="col">${t("programs.as-is")}</th><th scope="col">${t("programs.on-trial")}</th><th scope="col">${t("programs.difference")}</th></tr></thead>
      <tbody>${rows.map((/** @type {any} */ [key, unit, of]) => html`<tr><th scope="row">${t(key)}</th><td class="num">${num(of(own))} ${unit}</td>
        <td class="num">${shown === own ? "–" : `${num(of(shown))} ${unit}`}</td><td class="num">${shown === own ? "–" : `${of(shown) > of(own) ? "+" : ""}${num(of(shown) - of(own))} ${unit}`}</td></tr>`)}</tbody></table>`;
  }
}
customElements.define("cr-programs", Programs);
