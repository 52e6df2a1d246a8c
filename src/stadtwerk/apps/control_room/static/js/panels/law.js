/** Nature and law: the dated rules that bind light, how many lamps are against them, and which. */

import { html, nothing } from "lit";
import { getJson } from "../core/api.js";
import { store } from "../core/city.js";
import { link } from "../core/router.js";
import { Again } from "../core/store.js";
import { localised, num, plainDate, t } from "../i18n/index.js";
import { SIGNS, icon } from "../ui/icons.js";
import { empty, loading, problem } from "../ui/states.js";
import { View } from "../ui/view.js";

/** @param {any} rule @returns {string} from when until when it is in force */
export const span = (rule) => {
  if (!rule.valid_from) return t("law.prepared");
  const from = t("law.from", { day: plainDate(rule.valid_from) });
  return rule.valid_until ? `${from} ${t("law.until", { day: plainDate(rule.valid_until) })}` : from;
};

export class LawPanel extends View {
  static properties = { rule: {}, answer: { state: true }, found: { state: true }, fault: { state: true } };

  constructor() {
    super(["at"]);
    new Again(this, store, ["moment"], () => this.#load());
    this.rule = "";
    /** @type {any} */
    this.answer = this.found = null;
    /** @type {unknown} */
    this.fault = null;
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (!changed.has("rule")) return;
    this.found = this.fault = null;
    this.#load();
  }

  async #load() {
    const { rule } = this;
    try {
      const answer = await getJson("/api/lighting/rules");
      const found = rule ? await getJson(`/api/lighting/rules/conflicts?rule=${encodeURIComponent(rule)}`) : null;
      if (rule !== this.rule) return;
      this.answer = answer;
      this.found = found;
      this.fault = null;
    } catch (error) {
      if (rule === this.rule) this.fault = error;
    }
  }

  render() {
    if (this.fault) return problem(this.fault, () => this.#load());
    if (!this.answer || (this.rule && !this.found)) return loading();
    return this.rule ? this.#one(this.found) : this.#all(this.answer);
  }

  /** @param {any} answer */
  #all({ rules }) {
    return html`
      <p class="small muted">${t("law.intro")}</p>
      <ul class="counts">${rules.map((/** @type {any} */ rule) => html`
        <li><a class="count" href=${link("law", rule.id)}>${rule.in_force && rule.against ? SIGNS.fault() : icon(rule.in_force ? "check" : "moon")}
          <span>${localised(rule.title)}<br><span class="small muted">${span(rule)} · ${t("law.bound", { n: num(rule.bound) })}${rule.unknown ? ` · ${t("law.unknown", { n: num(rule.unknown) })}` : ""}</span></span>
          <span class="num n" aria-label=${t("law.against", { n: num(rule.against) })}>${num(rule.against)}</span></a></li>`)}</ul>
      <section class="figure"><h3>${t("law.map")}</h3>
        <p class="small muted">${t("law.map.words")}</p></section>`;
  }

  /** @param {any} found */
  #one({ rule, n, lamps }) {
    return html`
      <p class="crumbs small"><a href=${link("law")}>${t("nav.law")}</a></p>
      <section class="figure"><h3>${localised(rule.title)}</h3>
        <p>${t(`law.demand.${rule.demand}`, { value: num(rule.value) })}, ${t(`law.where.${rule.where}`, { m: num(rule.within_m) })}.</p>
        <p class="small muted">${span(rule)} · ${t(rule.binds.includes("command") ? "law.binds" : "law.advice")}</p>
        <p class="small muted">${t("law.basis")}: ${rule.basis}${rule.checked ? nothing : html` · ${t("law.unchecked")}`}</p>
      </section>
      <section class="figure"><h3>${t("law.against", { n: num(n) })}</h3>
        ${lamps.length ? html`<ul class="rows">${lamps.map((/** @type {any} */ lamp) => html`
          <li><a href=${link("lamp", lamp.id)}><span class="num">${lamp.id}</span><span class="small muted">${lamp.street}</span><span class="n small num">${this.#why(rule, lamp)}</span></a></li>`)}</ul>` : empty(t("law.none"))}
        ${n > lamps.length ? html`<p class="small muted">${t("law.more", { n: num(n - lamps.length) })}</p>` : nothing}
      </section>`;
  }

  /** @param {any} rule @param {any} lamp */
  #why(rule, lamp) {
    if (rule.demand === "most-cct") return `${num(lamp.cct_k)} K`;
    if (rule.demand === "most-upward") return `${num(lamp.upward_percent)} %`;
    return lamp.program;
  }
}
customElements.define("cr-law", LawPanel);
