/** How the platform itself is doing: why it is not well, what to do, its processes and how full every limit is. */

import { html, nothing } from "lit";
import { getJson } from "../core/api.js";
import { hasWords, lang, num, percent, t } from "../i18n/index.js";
import { fillBar } from "../ui/bars.js";
import { SIGNS, icon } from "../ui/icons.js";
import { empty, loading, problem } from "../ui/states.js";
import { View } from "../ui/view.js";

const HEALTH_EVERY_MS = 5000;
const FINDINGS_EVERY_MS = 30_000;
const MEGABYTE = 1e6;

/**
 * @typedef {{ name: string, value: number, limit: number, unit: string, share: number, rolling: boolean }} Fill
 * @typedef {{ name: string, program: string, cpu_share: number, rss_bytes: number, restarts: number }} Process
 * @typedef {{ check: string, level: string, finding: string, advice: string }} Finding
 */

export class HealthPanel extends View {
  static properties = { health: { state: true }, findings: { state: true }, fault: { state: true }, unfound: { state: true } };

  constructor() {
    super(["city"]);
    /** @type {any} */
    this.health = null;
    /** @type {Finding[]|null} */
    this.findings = null;
    /** @type {unknown} */
    this.fault = null;
    /** @type {unknown} */
    this.unfound = null;
    /** @type {number[]} */
    this.timers = [];
    this.spoken = "";
  }

  connectedCallback() {
    super.connectedCallback();
    this.#load();
    this.#find();
    this.timers = [window.setInterval(() => this.#load(), HEALTH_EVERY_MS), window.setInterval(() => this.#find(), FINDINGS_EVERY_MS)];
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.timers.forEach(clearInterval);
  }

  updated() {
    if (this.spoken && this.spoken !== lang()) this.#find();
  }

  async #load() {
    try {
      this.health = await getJson("/api/health");
      this.fault = null;
    } catch (error) {
      this.fault = error;
    }
  }

  async #find() {
    this.spoken = lang();
    try {
      this.findings = (await getJson(`/api/health/findings?lang=${this.spoken}`)).findings;
      this.unfound = null;
    } catch (error) {
      this.unfound = error;
    }
  }

  render() {
    if (this.fault) return problem(this.fault, () => this.#load());
    if (!this.health) return loading();
    return html`
      ${this.#status()}
      <div class="health">
        <div>${this.#findings()}</div>
        <div>${this.#processes()}${this.#limits()}</div>
      </div>`;
  }

  #status() {
    const { status, version, loop_lag_s: lag } = this.health;
    const isWell = status === "ok";
    return html`
      <p class="status ${isWell ? "" : "is-fault"}">${isWell ? icon("check") : SIGNS.fault()}<strong>${t(`health.${status}`)}</strong>
        <span class="muted small num">${version ? t("health.version", { version }) : nothing}</span></p>
      ${lag === undefined ? nothing : html`<p class="small muted">${t("health.lag", { ms: num(lag * 1000) })}</p>`}`;
  }

  #findings() {
    if (this.unfound) return problem(this.unfound, () => this.#find());
    if (!this.findings) return html`<section class="figure"><h3>${t("health.findings")}</h3>${loading()}</section>`;
    const open = this.findings.filter((one) => one.level !== "ok");
    const well = this.findings.filter((one) => one.level === "ok");
    return html`
      <section class="figure" aria-labelledby="findings-title">
        <h3 id="findings-title">${t("health.findings")}</h3>
        ${open.length ? html`<ul class="findings">${[...open].sort((a, b) => (a.level < b.level ? -1 : 1)).map(finding)}</ul>` : empty(t("health.findings.none"))}
        <details><summary>${t("health.findings.well", { n: num(well.length) })}</summary><ul class="findings">${well.map(finding)}</ul></details>
      </section>`;
  }

  #processes() {
    if (!this.health.processes) return nothing;
    return html`
      <section class="figure" aria-labelledby="processes-title">
        <h3 id="processes-title">${t("health.processes")}</h3>
        <table class="plain-table">
          <thead><tr><th scope="col">${t("health.process")}</th><th scope="col" class="num">${t("health.cpu")}</th><th scope="col" class="num">${t("health.memory")}</th><th scope="col" class="num">${t("health.restarts")}</th></tr></thead>
          <tbody>${this.health.processes.map(process)}</tbody>
        </table>
      </section>`;
  }

  #limits() {
    if (!this.health.limits) return nothing;
    return html`
      <section class="figure" aria-labelledby="limits-title">
        <h3 id="limits-title">${t("health.limits")}</h3>
        <ul class="fills">${this.health.limits.map(limit)}</ul>
      </section>`;
  }
}
customElements.define("cr-health", HealthPanel);

/** @param {Finding} one */
const finding = (one) => html`
  <li class="is-${one.level}">${one.level === "ok" ? icon("check") : SIGNS.fault()}
    <div><span class="visually-hidden">${t(`health.level.${one.level}`)}: </span>${one.finding}
      ${one.advice ? html`<p class="small muted">${one.advice}</p>` : nothing}</div></li>`;

/** @param {Process} one */
const process = (one) => html`
  <tr><th scope="row">${nameOf("process", one.name)} <span class="muted small">${one.program}</span></th>
    <td class="num">${t("unit.percent", { n: num(one.cpu_share * 100, 1) })}</td>
    <td class="num">${t("unit.mb", { n: num(one.rss_bytes / MEGABYTE) })}</td>
    <td class="num ${one.restarts ? "abnormal" : ""}">${one.restarts ? SIGNS.fault() : nothing}${num(one.restarts)}</td></tr>`;

/** @param {Fill} one */
const limit = (one) => {
  const isNear = !one.rolling && one.share >= 0.8;
  const words = t("health.fill", { value: num(one.value), limit: num(one.limit), share: percent(one.share * 100) });
  return html`
    <li><p class="line small"><span class=${isNear ? "abnormal" : ""}>${isNear ? SIGNS.fault() : nothing}${nameOf("limit", one.name)}</span><span class="num muted">${words}</span></p>
      ${fillBar(one.share, isNear)}</li>`;
};

/** @param {string} kind @param {string} name @returns {string} words for a name, or the name where there are none */
const nameOf = (kind, name) => (hasWords(`health.${kind}.${name}`) ? t(`health.${kind}.${name}`) : name.replaceAll("_", " "));
