/** A street, district, circuit, cabinet or drawn area: its lamps together. */

import { html, nothing } from "lit";
import { isClosed, store } from "../core/city.js";
import { areaKm2 } from "../core/geometry.js";
import { link } from "../core/router.js";
import { kilowatts, lampCount, num, t } from "../i18n/index.js";
import { levelBar, spread } from "../ui/bars.js";
import { commandRow } from "../ui/commands.js";
import { SIGNS, icon } from "../ui/icons.js";
import { empty, loading } from "../ui/states.js";
import { View } from "../ui/view.js";
import "./street_class.js";
import "./street_demand.js";
import "./street_policy.js";
import "./street_law.js";

export class GroupPanel extends View {
  constructor() {
    super(["selection", "levels", "commands", "lamps", "route"]);
  }

  render() {
    const lamps = store.get("lamps");
    const selection = store.get("selection");
    const route = store.get("route");
    if (!lamps) return loading();
    if (!selection) return empty(t("group.unknown", { kind: t(`kind.${route.name}`), id: route.id }));
    if (!selection.ixs.length) return empty(t("group.none"));
    const stats = lamps.stats(selection.ixs);
    return html`
      <p class="crumbs small muted">${lampCount(selection.ixs.length)}${selection.ring ? html` · ${t("group.area", { km2: num(areaKm2(selection.ring), 2) })}` : nothing}</p>
      ${this.#level(stats)}
      ${["feeder", "gateway"].includes(selection.kind) ? nothing : html`<div class="actions">
        <a class="button primary" href=${link(selection.kind, selection.id, "dim")}>${icon("dim")}${t("action.dim")}</a>
        <a class="button" href=${link(selection.kind, selection.id, "assign")}>${icon("list")}${t("plans.assign")}</a>
        ${["district", "street", "circuit"].includes(selection.kind) ? html`<a class="button" href=${link("rules", "new", `${selection.kind}:${selection.id}`)}>${icon("plus")}${t("rules.plan")}</a>` : nothing}
        ${stats.override ? html`<a class="button" href=${link(selection.kind, selection.id, "clear")}>${icon("undo")}${t("action.clear")}</a>` : nothing}
      </div>`}
      <section class="figure"><h3>${t("group.spread")}</h3>${spread(stats.bins)}</section>
      ${this.#state(stats)}
      ${selection.kind === "street" ? html`<cr-street-class .street=${selection.id}></cr-street-class><cr-street-policy .street=${selection.id}></cr-street-policy><cr-street-demand .street=${selection.id}></cr-street-demand><cr-street-law .street=${selection.id}></cr-street-law>` : nothing}
      ${this.#commands(selection)}`;
  }

  /** @param {import("../core/lamps.js").GroupStats} stats */
  #level(stats) {
    return html`
      <section class="figure pair">
        <div><h3>${t("group.mean")}</h3>
          <p class="big num"><span class="value">${stats.meanLevel === null ? "–" : num(stats.meanLevel)}</span> <span class="unit">%</span></p>${levelBar(null, stats.meanLevel)}</div>
        <div><h3>${t("group.power")}</h3>
          <p class="big num"><span class="value">${kilowatts(stats.nowKw)}</span> <span class="unit">kW</span></p>
          <p class="small muted">${t("group.installed", { kw: kilowatts(stats.installedKw) })}</p></div>
      </section>`;
  }

  /** @param {import("../core/lamps.js").GroupStats} stats */
  #state(stats) {
    const row = (/** @type {string} */ key, /** @type {number} */ n, /** @type {boolean} */ isAbnormal) => html`
      <li class="count ${isAbnormal && n ? `is-${key}` : ""}">${SIGNS[key]()}<span>${t(`overview.${key}`)}</span><span class="num n">${num(n)}</span></li>`;
    return html`
      <section class="figure"><h3>${t("group.state")}</h3>
        <ul class="counts">
          ${row("lit", stats.lit, false)}${row("fault", stats.fault, true)}${row("silent", stats.silent, true)}
          ${row("override", stats.override, false)}${row("pending", stats.pending, false)}
        </ul>
      </section>`;
  }

  /** @param {import("../core/types.js").Selection} selection */
  #commands(selection) {
    const here = [...store.get("commands").values()].filter((view) => view.target?.[selection.kind] === selection.id);
    if (!here.length) return nothing;
    const sorted = [...here.filter((v) => !isClosed(v)), ...here.filter(isClosed)].slice(0, 6);
    return html`<section class="figure"><h3>${t("group.commands")}</h3><ul class="commands">${sorted.map(commandRow)}</ul></section>`;
  }
}
customElements.define("cr-group", GroupPanel);
