/** The street designer: one or two variants of a street, drawn, judged and compared; every step has its address. */

import { html, nothing } from "lit";
import { Problem, getJson } from "../core/api.js";
import { store } from "../core/city.js";
import { go, link } from "../core/router.js";
import { DEFAULTS, VARIANTS, fromText, toText } from "../design/model.js";
import { t } from "../i18n/index.js";
import { icon } from "../ui/icons.js";
import { empty, loading, problem } from "../ui/states.js";
import { View } from "../ui/view.js";
import "../design/form.js";
import "../design/result.js";

/** @typedef {import("../design/model.js").Drawing} Drawing */

const UNDO_KEPT = 100;

export class DesignPanel extends View {
  static properties = { what: {}, street: {}, faults: { state: true }, fault: { state: true }, text: { state: true } };

  constructor() {
    super(["lamps"]);
    this.what = "";
    this.street = "";
    /** What the server found wrong with fields. @type {{field: string, detail: string}[]} */
    this.faults = [];
    /** @type {unknown} */
    this.fault = null;
    this.text = "";
    /** Addresses to go back to. @type {string[]} */
    this.before = [];
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if ((changed.has("what") || changed.has("street")) && this.what === "street") this.#begin(this.street);
  }

  /** Begin with a street of the city. @param {string} street */
  async #begin(street) {
    this.fault = null;
    try {
      const { design } = await getJson(`/api/lighting/design/street?street=${encodeURIComponent(street)}`);
      if (this.street === street) go("design", toText({ variants: [{ ...DEFAULTS, ...design }], on: 0, lane: 0 }));
    } catch (fault) {
      this.fault = fault;
    }
  }

  /** @param {Drawing} drawing */
  #go(drawing) {
    this.before = [...this.before, this.what].slice(-UNDO_KEPT);
    // The next change builds on this one, however late the address follows.
    this.what = toText(drawing);
    go("design", this.what);
  }

  #undo() {
    const last = this.before.at(-1);
    this.before = this.before.slice(0, -1);
    if (last !== undefined) go("design", last);
  }

  /** @param {Event} event */
  #find(event) {
    event.preventDefault();
    const { streets } = store.get("lamps").columns;
    const wanted = this.text.trim().toLocaleLowerCase();
    const found = streets.find((/** @type {any} */ one) => one.id === wanted || one.name.toLocaleLowerCase() === wanted)
      ?? streets.find((/** @type {any} */ one) => wanted && one.name.toLocaleLowerCase().startsWith(wanted));
    if (found) go("design", "street", found.id);
    else this.fault = new Problem({ status: 404 });
  }

  render() {
    if (this.what === "street") return this.fault ? html`${problem(this.fault)}<a href=${link("design")}>${t("design.blank")}</a>` : loading(t("design.loading"));
    const drawing = fromText(this.what);
    if (!drawing) return html`${empty(t("design.unread"))}<a href=${link("design")}>${t("design.blank")}</a>`;
    return html`<div class="design">
      <div class="design-side">${this.#start()}${this.#variants(drawing)}
        <cr-design-form .design=${drawing.variants[drawing.on]} .faults=${this.faults}
          @design=${(/** @type {CustomEvent} */ e) => this.#go({ ...drawing, variants: drawing.variants.with(drawing.on, e.detail) })}></cr-design-form></div>
      <div class="design-results ${drawing.variants.length > 1 ? "are-two" : ""}">${drawing.variants.map((design, k) => html`
        <cr-design-result .design=${design} .lane=${drawing.lane} .name=${t("design.variant", { name: "AB"[k] })}
          @lane=${(/** @type {CustomEvent} */ e) => this.#go({ ...drawing, lane: e.detail })}
          @judged=${(/** @type {CustomEvent} */ e) => { if (k === drawing.on) this.faults = e.detail instanceof Problem ? e.detail.faults : []; }}></cr-design-result>`)}</div>
    </div>`;
  }

  #start() {
    return html`<form class="design-start" role="search" @submit=${(/** @type {Event} */ e) => this.#find(e)}>
      <label for="design-street">${t("design.start")}</label>
      <div class="line"><input id="design-street" autocomplete="off" .value=${this.text} @input=${(/** @type {any} */ e) => { this.text = e.target.value; this.fault = null; }}><button>${t("design.take")}</button></div>
      ${this.fault ? html`<p class="hint-error" role="alert">${t("classes.none.street")}</p>` : nothing}</form>`;
  }

  /** @param {Drawing} drawing */
  #variants(drawing) {
    const { variants, on } = drawing;
    return html`<div class="design-variants" role="group" aria-label=${t("design.variants")}>
      ${variants.map((_, k) => html`<button class="chip" aria-pressed=${k === on ? "true" : "false"} @click=${() => this.#go({ ...drawing, on: k })}>${t("design.variant", { name: "AB"[k] })}</button>`)}
      ${variants.length < VARIANTS ? html`<button @click=${() => this.#go({ ...drawing, variants: [...variants, variants[on]], on: 1 })}>${icon("plus")}${t("design.compare")}</button>`
        : html`<button @click=${() => this.#go({ ...drawing, variants: [variants[on]], on: 0 })}>${t("design.keep")}</button>`}
      <button ?disabled=${!this.before.length} @click=${() => this.#undo()}>${icon("undo")}${t("design.undo")}</button>
      <a class="button" href=${link("design")}>${t("design.blank")}</a></div>`;
  }
}
customElements.define("cr-design", DesignPanel);
