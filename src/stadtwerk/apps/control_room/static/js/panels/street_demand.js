/** A street's light on demand for a traffic somebody names: beside always on, half-night and the lower bound, drawn. */

import { html, nothing } from "lit";
import { getJson } from "../core/api.js";
import { num, t } from "../i18n/index.js";
import { css } from "../ui/bars.js";
import { SIGNS, icon } from "../ui/icons.js";
import { loading, problem } from "../ui/states.js";
import { View } from "../ui/view.js";

const TRAFFIC = [["cars", 20], ["cyclists", 0], ["walkers", 0]];
const MOST_PER_HOUR = 1000;

export class StreetDemand extends View {
  static properties = { street: {}, found: { state: true }, fault: { state: true }, isBusy: { state: true } };

  constructor() {
    super([]);
    this.street = "";
    /** @type {any} */
    this.found = null;
    /** @type {unknown} */
    this.fault = null;
    this.isBusy = false;
    /** @type {URLSearchParams|null} */
    this.asked = null;
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (changed.has("street")) this.found = this.fault = null;
  }

  async #ask() {
    const { street, asked } = this;
    if (!asked) return;
    this.isBusy = true;
    this.fault = null;
    try {
      const found = await getJson(`/api/lighting/demand?${asked}`);
      if (street === this.street) this.found = found;
    } catch (error) {
      if (street === this.street) [this.found, this.fault] = [null, error];
    }
    this.isBusy = false;
  }

  /** @param {SubmitEvent} event */
  #submit(event) {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    this.asked = new URLSearchParams({ street: this.street });
    for (const [kind, value] of form) this.asked.set(kind, String(value));
    this.#ask();
  }

  render() {
    return html`
      <section class="figure demand"><h3>${t("demand.title")}</h3>
        <form @submit=${this.#submit}>
          ${TRAFFIC.map(([kind, usual]) => html`<label>${t(`demand.${kind}`)}
            <input name=${kind} type="number" min="0" max=${MOST_PER_HOUR} step="any" required .defaultValue=${String(usual)}></label>`)}
          <button type="submit" ?disabled=${this.isBusy}>${t("demand.ask")}</button>
        </form>
        ${this.isBusy ? loading(t("demand.busy")) : this.fault ? problem(this.fault, () => this.#ask()) : this.found ? this.#answer() : html`<p class="small muted">${t("demand.hint")}</p>`}
      </section>`;
  }

  #answer() {
    const { found } = this;
    const bars = [["always", 100], ["half", found.half_night_percent], ["demand", found.demand_percent], ["bound", found.bound_percent]];
    return html`
      <table class="demand-bars"><caption class="small muted">${t("demand.of", { w: num(found.always_w_km) })}</caption>
        <tbody>${bars.map(([name, value]) => html`<tr class=${`is-${name}`}>
          <th scope="row">${t(`demand.${name}`)}</th>
          <td class="bar"><span .style=${css({ width: `${Math.min(Number(value), 100)}%` })}></span></td>
          <td class="num">${num(Number(value), 1)} %</td></tr>`)}</tbody></table>
      <p class="count ${found.violations ? "is-fault" : ""}">${found.violations ? SIGNS.fault() : icon("check")}
        <span>${t("demand.gap", { points: num(found.gap_points, 2) })} ${t("demand.missed", { n: num(found.violations), of: num(found.instants) })}</span></p>
      <p class="small muted">${Object.keys(found.full).map((area) => t("demand.classes", { area: this.#area(area), full: found.full[area], low: found.low[area] })).join(" · ")}</p>
      ${found.missed.length ? html`<p class="small">${t("demand.less", { areas: found.missed.map((/** @type {string} */ area) => this.#area(area)).join(", ") })}</p>` : nothing}
      <p class="small muted">${t("demand.honest")}</p>`;
  }

  /** @param {string} area as the certificate names it @returns {string} for people */
  #area(area) {
    const [kind, side] = area.split(" ");
    return t(`class.area.${kind}`) + (side ? ` ${t(`class.side.${side}`)}` : "");
  }
}
customElements.define("cr-street-demand", StreetDemand);
