/** A street's lighting class after EN 13201: what each area needs, what it gets, and whether that is proven. */

import { html, nothing } from "lit";
import { getJson } from "../core/api.js";
import { store } from "../core/city.js";
import { Again } from "../core/store.js";
import { num, percent, t } from "../i18n/index.js";
import { SIGNS, icon } from "../ui/icons.js";
import { View } from "../ui/view.js";

/** @param {string} area as the certificate names it @returns {string} for people */
const areaName = (area) => t(`class.area.${area.split(" ")[0]}`) + (area.includes(" ") ? ` ${t(`class.side.${area.split(" ")[1]}`)}` : "");

export class StreetClass extends View {
  static properties = { street: {}, found: { state: true } };

  constructor() {
    super([]);
    new Again(this, store, ["moment"], () => this.#load());
    this.street = "";
    /** @type {any} */
    this.found = null;
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (!changed.has("street")) return;
    this.found = null;
    this.#load();
  }

  async #load() {
    const { street } = this;
    if (!street) return;
    let found = null;
    try {
      found = await getJson(`/api/lighting/class?street=${encodeURIComponent(street)}`);
    } catch {
      // A street that is not lit by rule has no class: the panel says nothing then.
    }
    if (street === this.street) this.found = found;
  }

  render() {
    if (!this.found) return nothing;
    return html`
      <section class="figure"><h3>${t("class.title")}</h3>
        <ul class="counts">${this.found.areas.map((/** @type {any} */ area) => this.#area(area))}</ul>
        <p class="small muted">${t("class.seal", { seal: this.found.certificate.seal.slice(0, 12) })}${this.found.generated ? html` · ${t("class.generated")}` : nothing}</p>
      </section>`;
  }

  /** @param {any} area */
  #area(area) {
    const state = area.proven ? "proven" : area.met ? "unproven" : "missed";
    const least = area.least_level_percent === null ? "" : ` · ${t("class.least", { level: percent(area.least_level_percent) })}`;
    return html`
      <li class="count ${area.met ? "" : "is-fault"}">${area.met ? icon("check") : SIGNS.fault()}
        <span>${areaName(area.area)}: ${t("class.pair", { required: area.required, delivered: area.delivered ?? "–" })}<br>
          <span class="small muted">${t(`class.${state}`, { n: num(this.found.faulty) })}${least}</span></span></li>`;
  }
}
customElements.define("cr-street-class", StreetClass);
