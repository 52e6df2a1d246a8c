/** What the lights and signs on the map mean, and where the map comes from. */

import { html } from "lit";
import { store } from "../core/city.js";
import { readPref, writePref } from "../core/prefs.js";
import { percent, t } from "../i18n/index.js";
import { SIGNS } from "./icons.js";
import { View } from "./view.js";

export class Legend extends View {
  constructor() {
    super(["city", "theme"]);
  }

  render() {
    return html`
      <details class="legend" ?open=${readPref("legend") !== "closed" && innerWidth > 900} @toggle=${(/** @type {any} */ e) => writePref("legend", e.target.open ? "open" : "closed")}>
        <summary>${t("map.legend")}</summary>
        <div class="legend-body">
          <div class="ramp" role="img" aria-label=${`${t("map.legend.level")}: ${t("map.legend.off")} – ${percent(100)}`}>
            ${[0, 25, 50, 100].map((level) => html`<span class="step"><span class="dot l${level}"></span><span class="num">${level ? percent(level) : t("map.legend.off")}</span></span>`)}
          </div>
          <ul>${["fault", "silent", "override", "pending"].map((key) => html`<li class="is-${key}">${SIGNS[key]()}<span>${t(`overview.${key}`)}</span></li>`)}</ul>
          <p class="source">${store.get("city")?.attribution ?? ""}</p>
        </div>
      </details>`;
  }
}
customElements.define("cr-legend", Legend);
