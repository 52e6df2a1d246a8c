/** The alarm system's own figures of merit, each beside the band where it is good. */

import { html, nothing } from "lit";
import { getJson } from "../core/api.js";
import { clock, store } from "../core/city.js";
import { link } from "../core/router.js";
import { Again } from "../core/store.js";
import { dayAndTime, duration, localised, num, percent, t } from "../i18n/index.js";
import { kindOf, loadAlarms, PRIORITIES } from "../core/alarms.js";
import { SIGNS, icon } from "../ui/icons.js";
import { empty, loading, problem } from "../ui/states.js";
import { View } from "../ui/view.js";
import { prioritySign } from "./signs.js";

const DAYS = [1, 7, 30];
const EVERY_MS = 30_000;
/** Figures of which more is better. */
const MORE = ["low_medium"];

/** @typedef {{name: string, value: number|null, unit: string, good: number|null, bad: number|null, band: string}} Figure */

export class AlarmFigures extends View {
  static properties = { days: { state: true }, told: { state: true }, fault: { state: true } };

  constructor() {
    super(["alarmKinds"]);
    new Again(this, store, ["moment"], () => this.#load());
    this.days = 1;
    /** @type {any} */
    this.told = null;
    /** @type {unknown} */
    this.fault = null;
    /** @type {number|undefined} */
    this.timer = undefined;
  }

  connectedCallback() {
    super.connectedCallback();
    if (!store.get("alarmKinds")) loadAlarms();
    this.#load();
    this.timer = window.setInterval(() => this.#load(), EVERY_MS);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this.timer);
  }

  async #load() {
    try {
      this.told = await getJson(`/api/alarms/figures?days=${this.days}`);
      this.fault = null;
    } catch (error) {
      this.fault = error;
    }
  }

  render() {
    if (this.fault) return problem(this.fault, () => this.#load());
    if (!this.told) return loading();
    return html`
      <div class="filters"><div role="group" aria-label=${t("alarm.days")} class="segments">${DAYS.map((d) => html`
        <button class="chip" aria-pressed=${this.days === d ? "true" : "false"} @click=${() => { this.days = d; this.#load(); }}>${d === 1 ? t("ago.h", { n: 24 }) : t("ago.d", { n: d })}</button>`)}</div></div>
      <table class="alarms figures">
        <thead><tr><th scope="col">${t("alarm.figure")}</th><th scope="col" class="n">${t("alarm.figure.value")}</th><th scope="col" class="n">${t("alarm.figure.good")}</th><th scope="col">${t("alarm.figure.band")}</th></tr></thead>
        <tbody>${this.told.figures.map((/** @type {Figure} */ figure) => this.#row(figure))}</tbody>
      </table>
      ${this.#priorities()}${this.#top()}${this.#names("chattering")}${this.#names("stale")}
      <p class="small muted"><span class="num">${t("alarm.figures.stretch", { since: dayAndTime(this.told.since, clock.zone), until: dayAndTime(this.told.until, clock.zone) })}</span> ${t("alarm.figures.source")}</p>`;
  }

  /** @param {Figure} figure */
  #row(figure) {
    const write = (/** @type {number|null} */ value) => this.#value(value, figure.unit);
    const sign = figure.band === "good" ? icon("check") : figure.band ? SIGNS.fault() : nothing;
    const side = MORE.includes(figure.name) ? "≥" : "≤";
    return html`
      <tr class="band-${figure.band || "none"}"><th scope="row">${t(`alarm.figure.${figure.name}`)}</th>
        <td class="num n">${write(figure.value)}</td>
        <td class="num n muted">${figure.good === null ? "–" : `${side} ${write(figure.good)}`}</td>
        <td><span class="with-sign">${sign}${figure.band ? t(`alarm.band.${figure.band}`) : "–"}</span></td></tr>`;
  }

  /** @param {number|null} value @param {string} unit */
  #value(value, unit) {
    if (value === null) return "–";
    if (unit === "%") return percent(value);
    if (unit === "s") return duration(value);
    return num(value, value % 1 && value < 10 ? 2 : 0);
  }

  #priorities() {
    const total = Object.values(this.told.priorities).reduce((sum, n) => sum + Number(n), 0);
    return html`<section class="figure"><h3>${t("alarm.priorities")}</h3><ul class="keys">${PRIORITIES.map((p) => html`
      <li><span class="with-sign">${prioritySign(p)}${t(`alarm.priority.${p}`)}</span> <span class="num n">${num(this.told.priorities[p])}</span>
        <span class="muted num">${total ? percent((100 * this.told.priorities[p]) / total) : ""}</span></li>`)}</ul></section>`;
  }

  #top() {
    const title = html`<h3>${t("alarm.top")}</h3>`;
    if (!this.told.top.length) return html`<section class="figure">${title}${empty(t("alarm.top.none"))}</section>`;
    return html`<section class="figure">${title}<ul class="rows">${this.told.top.map((/** @type {{id: string, n: number}} */ one) => html`
      <li><a href=${link("alarms", one.id)}><span>${this.#name(one.id)}</span><span class="num n">${num(one.n)}</span></a></li>`)}</ul></section>`;
  }

  /** @param {"chattering"|"stale"} what */
  #names(what) {
    const ids = /** @type {string[]} */ (this.told[what]);
    if (!ids.length) return nothing;
    return html`<section class="figure"><h3>${t(`alarm.figure.${what}`)}</h3><ul class="chips">${ids.slice(0, 30).map((id) => html`
      <li><a href=${link("alarms", id)}>${this.#name(id)}</a></li>`)}</ul></section>`;
  }

  /** @param {string} id */
  #name(id) {
    const [kind, source] = id.split(":");
    return `${localised(kindOf(kind)?.title) || kind}, ${store.get("alarms")?.get(id)?.name ?? source}`;
  }
}
customElements.define("cr-alarm-figures", AlarmFigures);
