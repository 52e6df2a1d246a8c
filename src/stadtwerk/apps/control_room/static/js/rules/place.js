/** Chooses a district, street, circuit or lamp by typing a part of its name. */

import { html, nothing } from "lit";
import { live } from "lit/directives/live.js";
import { store } from "../core/city.js";
import { num, t } from "../i18n/index.js";
import { View } from "../ui/view.js";

const KINDS = ["district", "street", "circuit", "lamp"];
const SHOWN = 40;

export class Place extends View {
  static properties = { kind: {}, place: {}, fault: {}, filter: { state: true } };

  constructor() {
    super(["lamps"]);
    this.kind = "district";
    this.place = "";
    this.fault = "";
    this.filter = "";
  }

  /** @param {string} kind @param {string} id */
  #choose(kind, id) {
    this.dispatchEvent(new CustomEvent("chosen", { detail: { kind, id } }));
  }

  /** @returns {{id: string, name: string}[]} */
  #found() {
    const lamps = store.get("lamps");
    if (!lamps || this.kind === "lamp") return [];
    const needle = this.filter.trim().toLowerCase();
    return /** @type {any} */ (lamps.columns)[`${this.kind}s`]
      .map((/** @type {any} */ row) => ({ id: row.id, name: row.name || row.id }))
      .filter((/** @type {any} */ row) => row.id === this.place || `${row.name} ${row.id}`.toLowerCase().includes(needle))
      .sort((/** @type {any} */ a, /** @type {any} */ b) => Number(b.id === this.place) - Number(a.id === this.place) || a.name.localeCompare(b.name, undefined, { numeric: true }));
  }

  render() {
    const found = this.#found();
    const invalid = this.fault ? "true" : "false";
    return html`
      <div class="field"><label for="place-kind">${t("rules.place.kind")}</label>
        <select id="place-kind" @change=${(/** @type {any} */ e) => { this.filter = ""; this.#choose(e.target.value, ""); }}>
          ${KINDS.map((kind) => html`<option value=${kind} ?selected=${kind === this.kind}>${t(`kind.${kind}`)}</option>`)}</select></div>
      ${this.kind === "lamp" ? html`
        <div class="field"><label for="place-lamp">${t("rules.place.lamp")}</label>
          <input id="place-lamp" spellcheck="false" aria-invalid=${invalid} placeholder=${store.get("lamps")?.idOf(0) ?? ""} .value=${live(this.place)} @input=${(/** @type {any} */ e) => this.#choose("lamp", e.target.value.trim())}></div>` : html`
        <div class="field"><label for="place-filter">${t("choose.filter")}</label>
          <input id="place-filter" type="search" placeholder=${t("choose.filter.placeholder")} .value=${live(this.filter)} @input=${(/** @type {any} */ e) => { this.filter = e.target.value; }}>
          <select class="list" size="5" aria-label=${t(`kind.${this.kind}`)} aria-invalid=${invalid} @change=${(/** @type {any} */ e) => this.#choose(this.kind, e.target.value)}>
            ${found.slice(0, SHOWN).map((row) => html`<option value=${row.id} .selected=${live(row.id === this.place)}>${row.name}</option>`)}</select>
          ${found.length > SHOWN ? html`<p class="small muted">${t("choose.more", { n: num(found.length - SHOWN) })}</p>` : nothing}</div>`}
      ${this.fault ? html`<p class="hint-error" role="alert">${this.fault}</p>` : nothing}`;
  }
}
customElements.define("cr-place", Place);
