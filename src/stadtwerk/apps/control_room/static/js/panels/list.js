/** Lists by exception: the lamps that are not as planned; and all commands. */

import { html, nothing } from "lit";
import { store } from "../core/city.js";
import { link } from "../core/router.js";
import { LISTS } from "../core/selection.js";
import { NEVER_HEARD } from "../core/types.js";
import { num, percent, t } from "../i18n/index.js";
import { commandRow } from "../ui/commands.js";
import { SIGNS } from "../ui/icons.js";
import { empty, loading } from "../ui/states.js";
import { View } from "../ui/view.js";

const SHOWN = 150;

export class ListPanel extends View {
  static properties = { what: {} };

  constructor() {
    super(["levels", "lamps", "commands", "commandsKnown"]);
    this.what = "fault";
  }

  render() {
    if (this.what === "commands") return this.#commands();
    const lamps = store.get("lamps");
    const bit = LISTS[this.what];
    if (!lamps || !bit) return loading();
    const ixs = lamps.where((/** @type {number} */ ix) => (lamps.flags[ix] & bit) !== 0);
    const words = html`${this.what === "silent" ? html`<p class="small muted">${t("list.silent.why")}</p>` : nothing}`;
    if (!ixs.length) return html`${words}${empty(t("list.none"))}`;
    return html`
      ${words}
      <ul class="rows">${[...ixs.slice(0, SHOWN)].map((ix) => this.#row(lamps, ix))}</ul>
      ${ixs.length > SHOWN ? html`<p class="small muted">${t("list.more", { shown: num(SHOWN), n: num(ixs.length) })}</p>` : nothing}`;
  }

  /** @param {import("../core/lamps.js").LampTable} lamps @param {number} ix */
  #row(lamps, ix) {
    const id = lamps.idOf(ix);
    const { columns } = lamps;
    const street = columns.streets[columns.street[ix]]?.name;
    const district = columns.districts[columns.district[ix]]?.name;
    return html`
      <li><a href=${link("lamp", id)}>${SIGNS[this.what]()}
        <span><span class="num">${id}</span><br><span class="small muted">${[street, district].filter(Boolean).join(" · ")}</span></span>
        <span class="num muted n">${lamps.level[ix] === NEVER_HEARD ? "–" : percent(lamps.level[ix] / 2)}</span></a></li>`;
  }

  #commands() {
    const all = [...store.get("commands").values()];
    if (!all.length) return store.get("commandsKnown") ? empty(t("overview.recent.none")) : loading();
    return html`<ul class="commands">${all.map(commandRow)}</ul>`;
  }
}
customElements.define("cr-list", ListPanel);
