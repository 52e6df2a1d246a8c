/** What one variant gives: verdict, requirements with margins, pictures, energy, luminaire; and what to take along. */

import { html, nothing } from "lit";
import { postQuestion } from "../core/api.js";
import { num, percent, t } from "../i18n/index.js";
import { said } from "../i18n/refusals.js";
import { demandRow } from "../panels/class_detail.js";
import { areaWords } from "../panels/class_words.js";
import { SIGNS, icon } from "../ui/icons.js";
import { loading, problem } from "../ui/states.js";
import { View } from "../ui/view.js";
import { download, toServer } from "./model.js";
import "./picture.js";

const WAIT_MS = 120;

export class DesignResult extends View {
  static properties = { design: { attribute: false }, lane: { type: Number }, name: {}, found: { state: true }, fault: { state: true }, busy: { state: true } };

  constructor() {
    super([]);
    /** @type {import("./model.js").Design|null} */
    this.design = null;
    this.lane = 0;
    this.name = "";
    /** @type {any} */
    this.found = null;
    /** @type {unknown} */
    this.fault = null;
    this.busy = false;
    this.asked = "";
    this.timer = 0;
    /** @type {AbortController|null} */
    this.call = null;
  }

  willUpdate() {
    const wanted = JSON.stringify([this.design, this.lane]);
    if (wanted === this.asked || !this.design) return;
    this.asked = wanted;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.#ask(), this.found ? WAIT_MS : 0);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.timer);
    this.call?.abort();
  }

  async #ask() {
    this.call?.abort();
    const design = this.design && toServer(this.design);
    if (!design) {
      Object.assign(this, { found: null, fault: new Error(t("design.file.gone", { name: this.design?.file?.name ?? "" })), busy: false });
      return;
    }
    const call = this.call = new AbortController();
    this.busy = true;
    try {
      const found = await (await postQuestion("/api/lighting/design/light", { design, lane: this.lane }, call.signal)).json();
      if (call === this.call) Object.assign(this, { found, fault: null, busy: false });
    } catch (fault) {
      if (call === this.call) Object.assign(this, { fault, busy: false });
    }
    this.dispatchEvent(new CustomEvent("judged", { detail: this.fault }));
  }

  async #certificate() {
    try {
      // Byte for byte as it was sealed: read and written again, 1.0 would become 1.
      const whole = await postQuestion("/api/lighting/design/certificate", { design: toServer(/** @type {any} */ (this.design)), name: this.name });
      download(await whole.blob(), `${this.name}-${t("design.file.certificate")}.json`);
    } catch (fault) {
      this.fault = fault;
    }
  }

  #json() {
    download(new Blob([JSON.stringify({ name: this.name, design: this.design, result: this.found }, null, 1)], { type: "application/json" }), `${this.name}.json`);
  }

  /** Both pictures in one image. */
  #png() {
    const pictures = [...this.querySelectorAll("canvas")];
    const [width, height] = [Math.max(...pictures.map((one) => one.width)), pictures.reduce((sum, one) => sum + one.height, 0)];
    const sheet = Object.assign(document.createElement("canvas"), { width, height });
    const context = sheet.getContext("2d");
    if (!context) return;
    context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--surface");
    context.fillRect(0, 0, width, height);
    let top = 0;
    for (const one of pictures) {
      context.drawImage(one, 0, top);
      top += one.height;
    }
    sheet.toBlob((blob) => blob && download(blob, `${this.name}.png`));
  }

  render() {
    if (this.fault) return html`<h3>${this.name}</h3>${problem(this.fault, () => this.#ask())}`;
    const { found } = this;
    if (!found) return loading(t("design.loading"));
    const verdicts = found.areas.map((/** @type {any} */ area) => area.verdict).filter(Boolean);
    const isMet = verdicts.every((/** @type {any} */ one) => one.met);
    return html`<div class=${this.busy ? "is-busy" : ""} aria-busy=${this.busy ? "true" : "false"}>
      <h3 class="class-name">${this.name}</h3>
      ${verdicts.length ? html`<p class="status ${isMet ? "" : "is-fault"}" role="status">${isMet ? icon("check") : SIGNS.fault()}<strong>${t(isMet ? "design.met" : "design.missed")}</strong></p>` : nothing}
      <cr-light-picture .found=${found} kind="lx" label=${t("design.isolux")}></cr-light-picture>
      ${found.luminance ? html`<cr-light-picture .found=${found} kind="cd" label=${t("design.luminance", { n: num(found.lane + 1) })}></cr-light-picture>${this.#lanes()}` : nothing}
      ${found.areas.map((/** @type {any} */ area) => this.#area(area))}
      ${this.#energy()}${this.#luminaire()}
      <div class="actions"><button @click=${() => this.#certificate()}>${t("design.certificate")}</button><button @click=${() => this.#json()}>JSON</button><button @click=${() => this.#png()}>${t("design.png")}</button></div>
    </div>`;
  }

  #lanes() {
    const { lanes, edge_ratio: edge } = this.found;
    return html`<div class="table-frame" tabindex="0" role="group" aria-label=${t("design.lanes")}><table class="demands num"><caption>${t("design.lanes")}</caption>
      <thead><tr><th scope="col">${t("design.lane")}</th><th scope="col">L cd/m²</th><th scope="col">Uo</th><th scope="col">Ul</th><th scope="col">TI %</th></tr></thead>
      <tbody>${lanes.map((/** @type {any} */ one, /** @type {number} */ k) => html`<tr><th scope="row"><button class="chip" aria-pressed=${this.found.lane === k ? "true" : "false"} aria-label=${t("design.seen", { n: num(k + 1) })} @click=${() => this.dispatchEvent(new CustomEvent("lane", { detail: k }))}>${num(k + 1)}</button></th>
        <td>${num(one.mean_cd_m2, 2)}</td><td>${num(one.overall, 2)}</td><td>${num(one.longitudinal, 2)}</td><td>${one.glare_percent >= 1e9 ? "∞" : num(one.glare_percent, 1)}</td></tr>`)}</tbody></table></div>
      <p class="small muted num">EIR ${num(edge, 2)}</p>`;
  }

  /** @param {any} area */
  #area({ area, mean_lux: mean, least_lux: least, verdict }) {
    return html`<section class="figure"><h3>${areaWords(area)}${verdict ? html` · ${t("class.pair", { required: verdict.required, delivered: verdict.delivered || "–" })}` : nothing}</h3>
      ${verdict ? html`<div class="table-frame" tabindex="0" role="group" aria-label=${areaWords(area)}><table class="demands"><thead><tr><th scope="col">${t("classes.demand")}</th><th scope="col">${t("classes.needs")}</th><th scope="col">${t("classes.gets")}</th><th scope="col">${t("classes.margin")}</th></tr></thead><tbody>${verdict.demands.map(demandRow)}</tbody></table></div>
        ${verdict.over_lit ? html`<p class="small muted">${t("design.overlit")}</p>` : nothing}`
        : html`<p class="num">${t("design.lux", { mean: num(mean, 1), least: num(least, 1) })}</p>`}</section>`;
  }

  #energy() {
    const { energy } = this.found;
    const fact = (/** @type {string} */ key, /** @type {string} */ value) => html`<div><dt>${t(`design.energy.${key}`)}</dt><dd class="num">${value}</dd></div>`;
    return html`<section class="figure"><h3>${t("design.group.energy")}</h3><dl class="facts">
      ${fact("pdi", energy.power_density_w_lx_m2 === null ? "–" : `${num(energy.power_density_w_lx_m2 * 1000, 1)} mW/(lx·m²)`)}
      ${fact("aeci", energy.annual_kwh_m2 === null ? "–" : `${num(energy.annual_kwh_m2, 2)} kWh/(m²·a)`)}
      ${fact("km", energy.kw_per_km === null ? "–" : `${num(energy.kw_per_km, 2)} kW/km`)}${fact("lamps", `${num(energy.luminaires_per_km, 1)} /km`)}</dl></section>`;
  }

  #luminaire() {
    const { luminaire } = this.found;
    const fact = (/** @type {string} */ key, /** @type {unknown} */ value) => html`<div><dt>${t(`design.report.${key}`)}</dt><dd class="num">${value}</dd></div>`;
    return html`<section class="figure"><h3>${t("design.report")}</h3><dl class="facts">
      ${fact("name", luminaire.name || "–")}${fact("format", `${luminaire.format}, ${t(`design.symmetry.${luminaire.symmetry}`)}, ${t("design.report.planes", { n: num(luminaire.planes) })}`)}
      ${fact("frame", t(`design.frame.${luminaire.frame}`))}${fact("flux", `${num(luminaire.flux_lm)} lm · ${percent(luminaire.output_ratio * 100)}`)}${fact("power", luminaire.power_w ? `${num(luminaire.power_w, 1)} W` : "–")}
      ${fact("peak", `${num(luminaire.peak.cd_per_klm)} cd/klm, C ${num(luminaire.peak.c_deg)}°, γ ${num(luminaire.peak.gamma_deg, 1)}°`)}${fact("mark", `${luminaire.sha256.slice(0, 16)}…`)}</dl>
      ${luminaire.warnings.length ? html`<ul class="small warnings">${luminaire.warnings.map((/** @type {string} */ one) => html`<li class="is-fault">${SIGNS.fault()}<span>${said(one)}</span></li>`)}</ul>` : html`<p class="small muted">${t(luminaire.generated ? "design.report.generated" : "design.report.clean")}</p>`}</section>`;
  }
}
customElements.define("cr-design-result", DesignResult);
