/** Ageing: which luminaires a year will take, by model and district, how sure that is, and what to keep in store. */

import { html, nothing } from "lit";
import { getJson } from "../core/api.js";
import { store } from "../core/city.js";
import { link } from "../core/router.js";
import { Again } from "../core/store.js";
import { basisWords, interval, keyOf, lifeCurve, mean, modelName, yearBars } from "../faults/ageing.js";
import { num, plainDate, t } from "../i18n/index.js";
import { loading, problem } from "../ui/states.js";
import { View } from "../ui/view.js";

export class AgeingPanel extends View {
  static properties = { model: {}, isBrief: { type: Boolean }, answer: { state: true }, fault: { state: true } };

  constructor() {
    super(["at"]);
    new Again(this, store, ["moment"], () => this.#load());
    this.model = "";
    this.isBrief = false;
    /** @type {import("../faults/ageing.js").Ageing|null} */
    this.answer = null;
    /** @type {unknown} */
    this.fault = null;
  }

  connectedCallback() {
    super.connectedCallback();
    this.#load();
  }

  async #load() {
    try {
      this.answer = await getJson("/api/lighting/ageing");
      this.fault = null;
    } catch (error) {
      this.fault = error;
    }
  }

  render() {
    const back = this.isBrief ? nothing : html`<p class="crumbs small"><a href=${link("faults")}>${t("faults.all")}</a></p>`;
    if (!this.answer) return html`${back}${this.fault ? problem(this.fault, () => this.#load()) : loading()}`;
    const { answer } = this;
    const told = html`<p>${t("ageing.total", { n: mean(answer.total), interval: interval(answer.total) })}</p>`;
    const chosen = answer.models.find((model) => keyOf(model) === this.model) ?? answer.models[0];
    if (this.isBrief) {
      return html`<section class="figure"><h3>${t("ageing.title")}</h3>${told}${yearBars(answer.models.slice(0, 3), null)}
        <p><a class="button" href=${link("faults", "ageing")}>${t("ageing.more")}</a></p></section>`;
    }
    return html`${back}<h3 class="class-name">${t("ageing.title")}</h3>${told}
      <p class="small muted">${this.#record()}</p>
      <section class="figure"><h3>${t("ageing.models")}</h3><p class="small muted">${t("ageing.models.words")}</p>${yearBars(answer.models, chosen)}</section>
      <section class="figure"><h3>${t("ageing.curve", { model: modelName(chosen) })}</h3>${lifeCurve(chosen)}
        <p class="small muted">${chosen.observed.age_y.length ? t("ageing.legend.observed") : t("ageing.legend")}</p>
        <p class="small">${basisWords(chosen, answer)}</p>
        ${chosen.waiting ? html`<p class="small">${t("ageing.waiting", { n: num(chosen.waiting) })}</p>` : nothing}</section>
      <section class="figure"><h3>${t("ageing.drivers")}</h3>${this.#drivers()}</section>
      <section class="figure"><h3>${t("ageing.parts")}</h3>${this.#parts()}</section>
      <section class="figure"><h3>${t("ageing.districts")}</h3>${this.#districts()}</section>`;
  }

  #record() {
    const { watched_since: since, lamp_years: years, failures } = /** @type {import("../faults/ageing.js").Ageing} */ (this.answer);
    if (!since) return t("ageing.record.none");
    return t("ageing.record", { day: plainDate(since), years: num(years), failures: num(failures) });
  }

  #drivers() {
    const { drivers } = /** @type {import("../faults/ageing.js").Ageing} */ (this.answer);
    return html`<p class="small muted">${t("ageing.drivers.words")}</p><table class="demands"><thead><tr><th scope="col">${t("ageing.driver")}</th><th scope="col">${t("ageing.shape")}</th><th scope="col">${t("ageing.life")}</th><th scope="col">${t("ageing.expected")}</th></tr></thead>
      <tbody>${drivers.map((one) => html`<tr><th scope="row">${t(`ageing.driver.${one.driver}`)} <span class="small muted">${t(`ageing.rests.${one.basis}`)}</span></th><td class="num">${num(one.shape, 2)}</td><td class="num">${num(one.scale_y, 1)}</td>
        <td class="num">${mean(one)}<br><span class="small muted">${interval(one)}</span></td></tr>`)}</tbody></table>`;
  }

  #parts() {
    const { models } = /** @type {import("../faults/ageing.js").Ageing} */ (this.answer);
    return html`<p class="small muted">${t("ageing.parts.words")}</p><table class="demands"><thead><tr><th scope="col">${t("ageing.part")}</th><th scope="col">${t("ageing.expected")}</th><th scope="col">${t("ageing.store")}</th></tr></thead>
      <tbody>${models.map((model) => html`<tr><th scope="row">${modelName(model)}</th><td class="num">${mean(model)}</td><td class="num"><strong>${num(model.high)}</strong></td></tr>`)}</tbody></table>`;
  }

  #districts() {
    const { districts } = /** @type {import("../faults/ageing.js").Ageing} */ (this.answer);
    return html`<table class="demands"><thead><tr><th scope="col">${t("ageing.district")}</th><th scope="col">${t("ageing.lamps")}</th><th scope="col">${t("ageing.expected")}</th><th scope="col">${t("ageing.span")}</th></tr></thead>
      <tbody>${districts.map((one) => html`<tr><th scope="row"><a href=${link("district", one.id)}>${one.name}</a></th><td class="num">${num(one.lamps)}</td><td class="num">${mean(one)}</td><td class="num">${interval(one)}</td></tr>`)}</tbody></table>`;
  }
}
customElements.define("cr-ageing", AgeingPanel);
