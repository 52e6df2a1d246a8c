/** The city at a glance: power against program, what is abnormal, which commands run. */

import { html, nothing } from "lit";
import { getJson } from "../core/api.js";
import { isClosed, loadCommands, start, store } from "../core/city.js";
import { link } from "../core/router.js";
import { Again } from "../core/store.js";
import { kilowatts, num, t } from "../i18n/index.js";
import { bandBar } from "../ui/bars.js";
import { commandRow } from "../ui/commands.js";
import { SIGNS, icon } from "../ui/icons.js";
import { empty, loading, problem } from "../ui/states.js";
import { View } from "../ui/view.js";
import "../energy/gap.js";
import "../ui/chart.js";

const TREND_EVERY_MS = 60_000;
/** Width of the normal band around the program; a lamp in a hundred off is normal, one in twenty is not. */
const BAND_PERCENT = 5;
/** From this share of overridden lamps on, power beside the program is explained. */
const ASKED_SHARE = 0.005;

export class Overview extends View {
  static properties = { energy: { state: true }, fault: { state: true } };

  constructor() {
    super(["at", "pastFault", "city", "totals", "commands", "commandsKnown", "problem"]);
    new Again(this, store, ["moment"], () => this.#load());
    /** @type {any} */
    this.energy = null;
    /** @type {unknown} */
    this.fault = null;
    /** @type {number|undefined} */
    this.timer = undefined;
  }

  connectedCallback() {
    super.connectedCallback();
    this.#load();
    this.timer = window.setInterval(() => this.#load(), TREND_EVERY_MS);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this.timer);
  }

  async #load() {
    try {
      this.energy = await getJson("/api/lighting/energy?hours=24");
      this.fault = null;
    } catch (error) {
      this.fault = error;
    }
  }

  render() {
    const fault = store.get("problem");
    if (fault) return problem(fault, () => start());
    const totals = store.get("totals");
    return html`
      <div class="overview">
        ${totals ? html`${this.#headline(totals)}${this.#power(totals)}<cr-gap></cr-gap>${this.#trend()}${this.#counts(totals)}` : store.get("pastFault") ? problem(store.get("pastFault")) : loading()}
        ${this.#commands()}
      </div>`;
  }

  /** @param {import("../core/types.js").Totals} totals */
  #headline(totals) {
    const abnormal = totals.faulty + totals.silent;
    return html`<p class="headline">${abnormal ? html`${SIGNS.fault()} ${t(abnormal === 1 ? "overview.attention.one" : "overview.attention", { n: num(abnormal) })}` : html`${icon("check")} ${t("overview.normal")}`}</p>`;
  }

  /** @param {import("../core/types.js").Totals} totals */
  #power(totals) {
    const plan = totals.program_kw ?? lastOf(this.energy?.program_kw);
    const off = plan ? ((totals.power_kw - plan) / plan) * 100 : 0;
    const isOff = plan !== null && plan > 1 && Math.abs(off) > BAND_PERCENT;
    // Who dims a district wants the city beside its program: that is a fact, not a fault.
    const isAsked = totals.overridden > totals.lamps * ASKED_SHARE;
    const isAbnormal = isOff && !isAsked;
    const max = Math.max(totals.power_kw, plan ?? 0, ...(this.energy?.power_kw ?? [0])) * 1.12 || 1;
    const words = isOff ? t(off > 0 ? "overview.band.over" : "overview.band.under", { d: num(Math.abs(off)) }) : t("overview.band.in", { band: BAND_PERCENT });
    return html`
      <section class="figure" aria-labelledby="power-title">
        <h3 id="power-title">${t("overview.power")}</h3>
        <p class="big num"><span class="value">${kilowatts(totals.power_kw)}</span> <span class="unit">kW</span>
          ${this.energy?.now ? html`<span class="aside muted small">${t("overview.today", { kwh: num(this.energy.now.energy_today_kwh) })}</span>` : nothing}</p>
        ${plan === null ? nothing : html`
          ${bandBar({ value: totals.power_kw, low: plan * (1 - BAND_PERCENT / 100), high: plan * (1 + BAND_PERCENT / 100), max, isAbnormal })}
          <p class="small muted line wraps"><span>${t("overview.program", { kw: kilowatts(plan) })}</span>
            <span class=${isAbnormal ? "abnormal" : ""}>${isAbnormal ? SIGNS.fault() : nothing}${words}${isOff && isAsked ? html` · ${t("overview.asked")}` : nothing}</span></p>`}
      </section>`;
  }

  #trend() {
    if (this.fault) return problem(this.fault, () => this.#load());
    if (!this.energy) return loading();
    const { at, power_kw: power, program_kw: program } = this.energy;
    const summary = t("overview.trend.summary", { now: kilowatts(lastOf(power)), max: kilowatts(Math.max(...power)), min: kilowatts(Math.min(...power)), program: kilowatts(lastOf(program)) });
    return html`
      <section class="figure"><h3>${t("overview.trend")}</h3>
        ${at.length > 1 ? html`<cr-trend .at=${at} .value=${power} .plan=${program} .summary=${summary}></cr-trend>` : empty(t("lamp.history.none"))}
      </section>`;
  }

  /** @param {import("../core/types.js").Totals} totals */
  #counts(totals) {
    const row = (/** @type {string} */ key, /** @type {number} */ n, /** @type {boolean} */ isAbnormal) => html`
      <li><a href=${link("list", key)} class="count ${isAbnormal && n ? `is-${key}` : ""}">
        ${SIGNS[key]()}<span>${t(`overview.${key}`)}</span><span class="num n">${num(n)}</span></a></li>`;
    return html`
      <section aria-labelledby="lamps-title" class="figure">
        <h3 id="lamps-title">${t("kind.lamps")}</h3>
        <ul class="counts">
          <li class="count">${SIGNS.lit()}<span>${t("overview.lit")}</span><span class="num n">${num(totals.lit)} <span class="muted small">${t("overview.of", { n: num(totals.lamps) })}</span></span></li>
          ${row("fault", totals.faulty, true)}${row("silent", totals.silent, true)}
          ${row("override", totals.overridden, false)}${row("pending", totals.pending, false)}
        </ul>
      </section>`;
  }

  #commands() {
    const all = [...store.get("commands").values()];
    const running = all.filter((view) => !isClosed(view));
    const recent = all.filter(isClosed).slice(0, 4);
    return html`
      <section class="figure" aria-labelledby="running-title">
        <h3 id="running-title">${t("overview.running")}</h3>
        ${running.length ? html`<ul class="commands">${running.slice(0, 6).map(commandRow)}</ul>` : html`<p class="small muted">${t("overview.running.none")}</p>`}
      </section>
      <section class="figure" aria-labelledby="recent-title">
        <h3 id="recent-title">${t("overview.recent")}</h3>
        ${recent.length ? html`<ul class="commands">${recent.map(commandRow)}</ul><a class="small" href=${link("list", "commands")}>${t("overview.recent.all")}</a>`
          : store.get("commandsKnown") ? html`<p class="small muted">${t("overview.recent.none")}</p>` : html`<button @click=${() => loadCommands()}>${t("action.retry")}</button>`}
      </section>`;
  }
}
customElements.define("cr-overview", Overview);

/** @param {number[]|undefined} list @returns {number|null} */
const lastOf = (list) => list?.[list.length - 1] ?? null;
