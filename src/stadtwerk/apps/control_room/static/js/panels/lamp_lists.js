/** A list of lamps of others: what each column becomes, a picture of the doubtful, and a city to take away. */

import { html, nothing } from "lit";
import { Problem, postFile } from "../core/api.js";
import { num, t } from "../i18n/index.js";
import { SIGNS, icon } from "../ui/icons.js";
import { loading, problem } from "../ui/states.js";
import { View } from "../ui/view.js";
import "../ui/places.js";

const FIELDS = ["id", "pole", "x", "y", "street", "highway", "district", "circuit", "cabinet", "height_m", "power_w", "lamp_type", "installed_on", "cct_k", "count"];
const SYSTEMS = ["wgs84", "utm31", "utm32", "utm33"];

export class LampLists extends View {
  static properties = { found: { state: true }, fault: { state: true }, isBusy: { state: true }, doubt: { state: true } };

  constructor() {
    super([]);
    /** @type {File|null} */
    this.file = null;
    /** @type {any} */
    this.found = null;
    /** @type {unknown} */
    this.fault = null;
    this.isBusy = false;
    this.doubt = "";
    /** @type {Record<string, string>} columns a person chose, by field */
    this.chosen = {};
    this.system = "";
  }

  /** @param {Record<string, string>} [more] @returns {URLSearchParams} what is asked of the list */
  #asked(more = {}) {
    const columns = Object.entries(this.chosen).map(([field, column]) => [`map.${field}`, column]);
    return new URLSearchParams([...columns, ["name", this.file?.name ?? ""], ["system", this.system], ...Object.entries(more)]);
  }

  /** @param {() => Promise<void>} work */
  async #busy(work) {
    this.isBusy = true;
    this.fault = null;
    try {
      await work();
    } catch (error) {
      this.fault = error;
    } finally {
      this.isBusy = false;
    }
  }

  #look() {
    const { file } = this;
    if (!file) return;
    this.#busy(async () => {
      this.found = await (await postFile(`/api/lamp-lists/preview?${this.#asked()}`, file)).json();
    });
  }

  /** @param {Event} event */
  #open(event) {
    this.file = /** @type {HTMLInputElement} */ (event.target).files?.[0] ?? null;
    this.found = null;
    this.chosen = {};
    this.system = this.doubt = "";
    this.#look();
  }

  /** @param {SubmitEvent} event */
  #make(event) {
    event.preventDefault();
    const { file } = this;
    const told = /** @type {Record<string, string>} */ (Object.fromEntries(new FormData(/** @type {HTMLFormElement} */ (event.target))));
    if (!file) return;
    this.#busy(async () => {
      const body = await (await postFile(`/api/lamp-lists/city?${this.#asked(told)}`, file)).blob();
      const anchor = Object.assign(document.createElement("a"), { href: URL.createObjectURL(body), download: `${told.city}.zip` });
      anchor.click();
      setTimeout(() => URL.revokeObjectURL(anchor.href), 60_000);
    });
  }

  render() {
    return html`
      <div class="field"><label for="list-file">${t("lists.file")}</label>
        <input id="list-file" type="file" accept=".csv,.txt,.tsv,.json,.osm,.gz,.bz2,.pbf" ?disabled=${this.isBusy} @change=${(/** @type {Event} */ event) => this.#open(event)}>
        <p class="small muted">${t("lists.hint")}</p></div>
      ${this.fault ? problem(this.fault, this.fault instanceof Problem && this.fault.status === 422 ? null : () => this.#look()) : nothing}
      ${this.isBusy ? loading(t("lists.busy")) : nothing}
      ${this.found ? this.#all(this.found) : nothing}`;
  }

  /** @param {any} found */
  #all(found) {
    return html`
      <p class="headline" role="status">${t("lists.taken", { taken: num(found.taken), rows: num(found.rows), out: num(found.left_out) })}</p>
      <p class="small muted">${found.encoding}, ${found.delimiter === "\t" ? "Tab" : found.delimiter}, ${t(`lists.system.${found.system}`)}</p>
      <section class="figure"><h3>${t("lists.doubts")}</h3>
        ${found.doubts.length ? html`<ul class="counts">${found.doubts.map((/** @type {any} */ one) => this.#doubt(one))}</ul>` : html`<p class="small">${icon("check")} ${t("lists.sound")}</p>`}
        <cr-places .picture=${found.picture} .chosen=${this.doubt}></cr-places></section>
      <section class="figure"><h3>${t("lists.mapping")}</h3>
        <div class="field"><label for="list-system">${t("lists.system")}</label>
          <select id="list-system" @change=${(/** @type {any} */ event) => { this.system = event.target.value; this.#look(); }}>
            ${SYSTEMS.map((one) => html`<option value=${one} ?selected=${one === found.system}>${t(`lists.system.${one}`)}</option>`)}</select></div>
        ${FIELDS.map((field) => this.#field(field, found))}
        <p class="small muted">${t("lists.unused", { names: found.columns.filter((/** @type {any} */ one) => !one.becomes).map((/** @type {any} */ one) => one.column).join(", ") || "–" })}</p></section>
      <section class="figure"><h3>${t("lists.first")}</h3>
        <ul>${found.first.map((/** @type {any} */ row) => html`<li class="small num">${Object.entries(row.becomes).map(([name, value]) => `${name} ${value ?? "–"}`).join(" · ")}</li>`)}</ul></section>
      ${this.#form()}`;
  }

  /** @param {any} one */
  #doubt({ kind, lamps, left_out: isOut, examples }) {
    const names = examples.map((/** @type {any} */ row) => `${num(row.row)}${row.id ? ` (${row.id})` : ""}`).join(", ");
    return html`<li><button class="count" aria-pressed=${this.doubt === kind ? "true" : "false"} @click=${() => { this.doubt = this.doubt === kind ? "" : kind; }}>
      ${isOut ? SIGNS.fault() : icon("help")}<span>${t(`lists.doubt.${kind}`)}<br><span class="small muted">${t(isOut ? "lists.out" : "lists.kept")} · ${t("lists.rows", { names })}</span></span>
      <span class="num n">${num(lamps)}</span></button></li>`;
  }

  /** @param {string} field @param {any} found */
  #field(field, { columns }) {
    const now = columns.find((/** @type {any} */ one) => one.becomes === field)?.column ?? "";
    return html`<div class="field"><label for=${`list-${field}`}>${t(`lists.field.${field}`)}</label>
      <select id=${`list-${field}`} ?disabled=${this.isBusy} @change=${(/** @type {any} */ event) => { this.chosen = { ...this.chosen, [field]: event.target.value }; this.#look(); }}>
        <option value="" ?selected=${!now}>${t("lists.nothing")}</option>
        ${columns.map((/** @type {any} */ one) => html`<option value=${one.column} ?selected=${one.column === now}>${one.column}</option>`)}</select></div>`;
  }

  #form() {
    const text = (/** @type {string} */ name) => html`<div class="field"><label for=${`list-${name}`}>${t(`lists.${name}`)}</label><input id=${`list-${name}`} name=${name} maxlength="80" required></div>`;
    return html`<form class="figure" @submit=${(/** @type {SubmitEvent} */ event) => this.#make(event)}><h3>${t("lists.make")}</h3>
      ${text("city")}${text("source")}${text("licence")}
      <p class="small muted">${t("lists.made")}</p>
      <div class="actions"><button class="primary" ?disabled=${this.isBusy}>${t("lists.download")}</button></div></form>`;
  }
}
customElements.define("cr-lamp-lists", LampLists);
