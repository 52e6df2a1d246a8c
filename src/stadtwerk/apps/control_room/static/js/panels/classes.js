/** The class map's list: every street's lighting class, the worst first; what the strokes on the map mean; filters. */

import { html, nothing } from "lit";
import { STATES, dropClasses, loadClasses } from "../core/classes.js";
import { store } from "../core/city.js";
import { go, link } from "../core/router.js";
import { Again } from "../core/store.js";
import { num, percent, t } from "../i18n/index.js";
import { empty, loading, problem } from "../ui/states.js";
import { View } from "../ui/view.js";
import { stroke, why } from "./class_words.js";
import "./class_detail.js";

/** @typedef {import("../core/classes.js").StreetRow} StreetRow */

const SHOWN = 100;
const AGAIN_MS = 30_000;
/** Shares of full light the city can be looked at with; "" = as the lamps shine. */
const LEVELS = ["", "100", "70", "50", "30"];

export class Classes extends View {
  static properties = { what: {}, level: {}, text: { state: true }, shown: { state: true } };

  constructor() {
    super(["classes", "classesFault", "lamps", "at"]);
    new Again(this, store, ["moment", "lamps"], () => this.#load());
    this.what = "";
    this.level = "";
    this.text = "";
    this.shown = SHOWN;
    this.timer = 0;
  }

  connectedCallback() {
    super.connectedCallback();
    this.timer = window.setInterval(() => !document.hidden && store.get("at") === null && this.#load(), AGAIN_MS);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this.timer);
    dropClasses();
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (changed.has("level")) this.#load();
    if (changed.has("what")) this.shown = SHOWN;
  }

  #load() {
    if (store.get("lamps")) loadClasses(this.level);
  }

  /** @param {StreetRow[]} rows */
  #wanted(rows) {
    const text = this.text.trim().toLocaleLowerCase();
    return rows.filter((row) => (!STATES.includes(this.what) || row.state === this.what)
      && (!text || `${row.name} ${row.required} ${row.id}`.toLocaleLowerCase().includes(text)));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const links = [.../** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll("ol.rows a"))];
    event.preventDefault();
    links[links.indexOf(/** @type {HTMLElement} */ (document.activeElement)) + step]?.focus();
  }

  render() {
    const fault = store.get("classesFault");
    /** @type {import("../core/classes.js").ClassTable|null} */
    const table = store.get("classes");
    if (fault && !table) return problem(fault, () => this.#load());
    if (!table) return loading(t("classes.loading"));
    if (this.what && !STATES.includes(this.what)) {
      const row = table.rows.find((one) => one.id === this.what);
      if (row) return html`<cr-class-detail .row=${row} .level=${this.level}></cr-class-detail>`;
      return table.share < 1 ? loading(t("classes.loading")) : html`${empty(t("classes.none.street"))}<a href=${link("classes")}>${t("classes.all")}</a>`;
    }
    return html`
      ${table.share < 1 ? html`<p class="small muted" role="status">${t("classes.progress", { n: num(table.share * 100) })}</p>` : nothing}
      ${fault ? problem(fault, () => this.#load()) : nothing}
      ${this.#levels()}${this.#legend(table.rows)}${this.#list(this.#wanted(table.rows))}`;
  }

  #levels() {
    const one = (/** @type {string} */ level) => html`<a class="button chip" href=${link("classes", STATES.includes(this.what) ? this.what : "all", level)} aria-current=${level === this.level ? "true" : nothing}>${level ? percent(Number(level)) : t("classes.own")}</a>`;
    return html`<div class="class-levels" role="group" aria-label=${t("classes.level")}>${LEVELS.map(one)}</div>`;
  }

  /** @param {StreetRow[]} rows */
  #legend(rows) {
    const one = (/** @type {string} */ state, /** @type {number} */ n) => html`
      <li><a class="count" href=${link("classes", this.what === state ? "all" : state, this.level)} aria-current=${this.what === state ? "true" : nothing}>
        ${stroke(state)}<span>${t(`classes.state.${state}`)}</span><span class="n num">${num(n)}</span></a></li>`;
    return html`<section class="figure"><h3>${t("classes.legend")}</h3>
      <ul class="counts class-legend">${STATES.map((state) => one(state, rows.filter((row) => row.state === state).length))}</ul></section>`;
  }

  /** @param {StreetRow[]} rows */
  #list(rows) {
    return html`<section class="figure"><h3>${t("classes.list")}</h3>
      <div class="field"><label for="class-text">${t("classes.text")}</label>
        <input id="class-text" autocomplete="off" .value=${this.text} @input=${(/** @type {any} */ e) => { this.text = e.target.value; this.shown = SHOWN; }}></div>
      ${rows.length ? html`<ol class="rows class-rows" @keydown=${(/** @type {KeyboardEvent} */ e) => this.#key(e)}>${rows.slice(0, this.shown).map((row) => this.#row(row))}</ol>` : empty(t("classes.none"))}
      ${rows.length > this.shown ? html`<p class="line wraps"><span class="small muted">${t("list.more", { shown: num(this.shown), n: num(rows.length) })}</span>
        <button @click=${() => { this.shown += SHOWN; }}>${t("classes.more")}</button></p>` : nothing}</section>`;
  }

  /** @param {StreetRow} row */
  #row(row) {
    const open = (/** @type {Event} */ event) => { event.preventDefault(); go("classes", row.id, this.level); };
    return html`<li><a href=${link("classes", row.id, this.level)} @click=${open}>${stroke(row.state)}
      <span><span>${row.name}</span><br><span class="small muted">${row.state === "missed" ? nothing : html`${t(`classes.state.${row.state}`)}: `}${why(row)}</span></span>
      <span class="num n">${row.required}${row.state === "missed" ? html` ✗<br><span class="small muted">${row.delivered ?? "–"}</span>` : nothing}</span></a></li>`;
  }
}
customElements.define("cr-classes", Classes);
