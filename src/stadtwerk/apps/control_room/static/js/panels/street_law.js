/** What rules of nature and law ask of a street, and where they pull against its class after EN 13201. */

import { html, nothing } from "lit";
import { getJson } from "../core/api.js";
import { store } from "../core/city.js";
import { link } from "../core/router.js";
import { Again } from "../core/store.js";
import { localised, num, percent, t } from "../i18n/index.js";
import { SIGNS, icon } from "../ui/icons.js";
import { problem } from "../ui/states.js";
import { View } from "../ui/view.js";

export class StreetLaw extends View {
  static properties = { street: {}, found: { state: true }, fault: { state: true } };

  constructor() {
    super([]);
    new Again(this, store, ["moment"], () => this.#load());
    this.street = "";
    /** @type {any} */
    this.found = null;
    /** @type {unknown} */
    this.fault = null;
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (!changed.has("street")) return;
    this.found = this.fault = null;
    this.#load();
  }

  async #load() {
    const { street } = this;
    if (!street) return;
    try {
      const found = await getJson(`/api/lighting/rules/street?street=${encodeURIComponent(street)}`);
      if (street === this.street) this.found = found;
    } catch (error) {
      if (street === this.street) this.fault = error;
    }
  }

  render() {
    if (this.fault) return problem(this.fault, () => this.#load());
    if (!this.found?.rules.length) return nothing;
    return html`
      <section class="figure"><h3>${t("law.street")}</h3>
        <ul class="counts">${this.found.rules.map((/** @type {any} */ rule) => html`
          <li><a class="count" href=${link("law", rule.id)}>${rule.against ? SIGNS.fault() : icon("check")}
            <span>${localised(rule.title)}${rule.torn ? html`<br><span class="small">${t("law.torn", { needs: percent(rule.class_needs_percent), most: percent(rule.value) })}</span>` : nothing}</span>
            <span class="num n">${t("law.of", { n: num(rule.against), of: num(rule.bound) })}</span></a></li>`)}</ul>
      </section>`;
  }
}
customElements.define("cr-street-law", StreetLaw);
