/** Choose a district, street or circuit from a list: the keyboard's way to select on the map. */

import { html, nothing } from "lit";
import { store } from "../core/city.js";
import { link } from "../core/router.js";
import { num, t } from "../i18n/index.js";
import { empty, loading } from "../ui/states.js";
import { View } from "../ui/view.js";

const SHOWN = 60;
const KINDS = ["district", "street", "circuit"];

export class ChoosePanel extends View {
  static properties = { kind: { state: true }, filter: { state: true } };

  constructor() {
    super(["lamps"]);
    this.kind = "district";
    this.filter = "";
  }

  firstUpdated() {
    /** @type {HTMLElement|null} */ (this.querySelector("select"))?.focus();
  }

  render() {
    const lamps = store.get("lamps");
    if (!lamps) return loading();
    const rows = this.#rows(lamps);
    return html`
      <div class="field"><label for="choose-kind">${t("choose.kind")}</label>
        <select id="choose-kind" @change=${(/** @type {any} */ e) => { this.kind = e.target.value; }}>
          ${KINDS.map((kind) => html`<option value=${kind} ?selected=${kind === this.kind}>${t(`kind.${kind}`)}</option>`)}
        </select></div>
      <div class="field"><label for="choose-filter">${t("choose.filter")}</label>
        <input id="choose-filter" type="search" placeholder=${t("choose.filter.placeholder")} .value=${this.filter} @input=${(/** @type {any} */ e) => { this.filter = e.target.value; }}></div>
      ${rows.length ? html`<ul class="rows">${rows.slice(0, SHOWN).map((row) => html`
          <li><a href=${link(this.kind, row.id)}><span>${row.name}</span><span class="num muted n">${num(row.lamps)}</span></a></li>`)}</ul>` : empty(t("choose.none"))}
      ${rows.length > SHOWN ? html`<p class="small muted">${t("choose.more", { n: num(rows.length - SHOWN) })}</p>` : nothing}`;
  }

  /**
   * @param {import("../core/lamps.js").LampTable} lamps
   * @returns {{id: string, name: string, lamps: number}[]}
   */
  #rows(lamps) {
    const table = /** @type {any} */ (lamps.columns)[`${this.kind}s`];
    const column = /** @type {any} */ (lamps.columns)[this.kind];
    const counts = new Uint32Array(table.length);
    for (const at of column) counts[at] += 1;
    const needle = this.filter.trim().toLowerCase();
    return table
      .map((/** @type {any} */ row, /** @type {number} */ i) => ({ id: row.id, name: row.name || row.id, lamps: counts[i] }))
      .filter((/** @type {any} */ row) => row.lamps && `${row.name} ${row.id}`.toLowerCase().includes(needle))
      .sort((/** @type {any} */ a, /** @type {any} */ b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
  }
}
customElements.define("cr-choose", ChoosePanel);
