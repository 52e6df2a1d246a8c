/** Saves a program or a calendar: as a new version of the one looked at, or under a name of its own. */

import { html, nothing } from "lit";
import { announce } from "../core/city.js";
import { localised, t } from "../i18n/index.js";
import { icon } from "../ui/icons.js";
import { problem } from "../ui/states.js";
import { View } from "../ui/view.js";
import { freeId, orderPlan } from "./model.js";

export class PlanSave extends View {
  static properties = { what: {}, plan: {}, content: {}, changed: { type: Boolean }, taken: {}, title: { state: true }, reason: { state: true }, fault: { state: true }, busy: { state: true } };

  constructor() {
    super([]);
    /** @type {"program"|"calendar"} */
    this.what = "program";
    /** @type {{id: string, title: unknown, version: number}|null} */
    this.plan = null;
    this.content = {};
    this.changed = false;
    /** @type {string[]} */
    this.taken = [];
    this.title = "";
    this.reason = "";
    /** @type {unknown} */
    this.fault = null;
    this.busy = false;
  }

  /** @param {Map<string, any>} changed */
  willUpdate(changed) {
    if (!changed.has("plan") || changed.get("plan")?.id === this.plan?.id) return;
    this.title = localised(this.plan?.title ?? "");
    this.reason = "";
    this.fault = null;
  }

  /** @param {boolean} isCopy */
  async #save(isCopy) {
    if (!this.title.trim()) {
      /** @type {HTMLElement|null} */ (this.querySelector("#plan-title"))?.focus();
      return;
    }
    const own = isCopy ? null : this.plan;
    const id = own?.id ?? freeId(this.title, this.taken);
    this.busy = true;
    this.fault = null;
    try {
      await orderPlan(`save-${this.what}`, { id, title: this.title.trim(), based_on: own?.version ?? 0, reason: this.reason.trim(), ...this.content });
      this.reason = "";
      announce(t("plans.said.saved", { title: this.title.trim() }));
      this.dispatchEvent(new CustomEvent("plan-saved", { bubbles: true, detail: { id } }));
    } catch (fault) {
      this.fault = fault;
    }
    this.busy = false;
  }

  render() {
    const isRenamed = Boolean(this.plan) && this.title.trim() !== localised(this.plan?.title ?? "");
    return html`
      <section class="figure plan-save"><h3>${t("plans.save")}</h3>
        ${this.fault ? problem(this.fault) : nothing}
        <div class="program-form">
          <div class="field"><label for="plan-title">${t("plans.title")}</label>
            <input id="plan-title" maxlength="80" required .value=${this.title} @input=${(/** @type {any} */ e) => { this.title = e.target.value; }}></div>
          <div class="field"><label for="plan-reason">${t("plans.reason")}</label>
            <input id="plan-reason" maxlength="200" .value=${this.reason} @input=${(/** @type {any} */ e) => { this.reason = e.target.value; }}></div></div>
        <div class="actions">
          ${this.plan ? html`<button class="primary save-version" ?disabled=${this.busy || !(this.changed || isRenamed)} @click=${() => this.#save(false)}>${icon("check")}${t("plans.save.version", { n: this.plan.version + 1 })}</button>
          <button class="save-copy" ?disabled=${this.busy || !isRenamed} @click=${() => this.#save(true)}>${icon("plus")}${t("plans.save.copy")}</button>`
          : html`<button class="primary save-version" ?disabled=${this.busy} @click=${() => this.#save(false)}>${icon("check")}${t("plans.save.new")}</button>`}</div>
        <p class="small muted">${t(this.plan ? "plans.save.words" : "plans.save.new.words")}</p></section>`;
  }
}
customElements.define("cr-plan-save", PlanSave);
