/** Has what is selected follow a program or a calendar: choose one, give a reason, send. */

import { html, nothing } from "lit";
import { getJson, newKey } from "../core/api.js";
import { announce, sendCommand, store, targetOf } from "../core/city.js";
import { go, link } from "../core/router.js";
import { lampCount, localised, num, percent, t } from "../i18n/index.js";
import { icon } from "../ui/icons.js";
import { loading, problem } from "../ui/states.js";
import { View } from "../ui/view.js";

export class AssignPanel extends View {
  static properties = { plans: { state: true }, chosen: { state: true }, reason: { state: true }, busy: { state: true }, fault: { state: true }, faults: { state: true } };

  constructor() {
    super(["selection"]);
    /** @type {any[]|null} */
    this.plans = null;
    this.chosen = "";
    this.reason = "";
    this.busy = false;
    /** @type {any} */
    this.fault = null;
    this.key = newKey();
    this.#load();
  }

  async #load() {
    try {
      const [{ programs }, { calendars }] = await Promise.all([getJson("/api/lighting/programs"), getJson("/api/lighting/calendars")]);
      this.plans = [...programs.map((/** @type {any} */ one) => ({ ...one, words: t("plans.says", { full: percent(one.full_percent), dim: percent(one.dim_percent), from: one.dim_from, until: one.dim_until }) })),
        ...calendars.map((/** @type {any} */ one) => ({ ...one, words: t("plans.calendar.says", { n: num(one.rules?.length ?? 0) }) }))];
      this.fault = null;
    } catch (fault) {
      this.fault = fault;
    }
  }

  /** @param {boolean} spare leave out what a rule protects */
  async #send(spare) {
    const selection = store.get("selection");
    this.busy = true;
    this.fault = null;
    try {
      await sendCommand("lighting.assign-plan", { target: targetOf(selection), plan: this.chosen, reason: this.reason.trim(), ...(spare ? { spare } : {}) }, this.key);
      announce(t("plans.said.assigned", { n: lampCount(selection.ixs.length) }));
      const isCalendar = "default_program" in (this.plans ?? []).find((one) => one.id === this.chosen);
      go(isCalendar ? "calendars" : "programs", this.chosen);
    } catch (/** @type {any} */ fault) {
      this.fault = fault;
      if (fault.status) this.key = newKey();
      this.busy = false;
    }
  }

  updated() {
    if (document.activeElement?.closest("cr-assign") || this.chosen) return;
    /** @type {HTMLElement|null} */ (this.querySelector("input[type=radio]"))?.focus();
  }

  render() {
    const selection = store.get("selection");
    if (!this.plans && this.fault) return problem(this.fault, () => this.#load());
    if (!selection || !this.plans) return loading();
    const isProtected = this.fault?.faults?.some((/** @type {any} */ one) => one.field === "spare");
    return html`
      <p>${t("plans.assign.who", { n: lampCount(selection.ixs.length) })}</p>
      ${this.fault ? problem(this.fault) : nothing}
      ${isProtected ? html`<div class="actions"><button @click=${() => this.#send(true)}>${t("dim.spare")}</button></div>` : nothing}
      <form class="assign" @submit=${(/** @type {Event} */ event) => { event.preventDefault(); if (this.chosen) this.#send(false); }}>
        <fieldset><legend>${t("plans.assign.which")}</legend>
          ${this.plans.map((plan) => html`<label class="choice"><input type="radio" name="plan" value=${plan.id} ?checked=${plan.id === this.chosen} @change=${() => { this.chosen = plan.id; }}>
            <span><strong>${localised(plan.title)}</strong> <span class="small muted">${plan.words}</span></span></label>`)}</fieldset>
        <div class="field"><label for="assign-reason">${t("plans.reason")}</label>
          <input id="assign-reason" maxlength="200" .value=${this.reason} @input=${(/** @type {any} */ event) => { this.reason = event.target.value; }}></div>
        <p class="small muted">${t("plans.assign.words")}</p>
        <div class="actions"><button class="primary" type="submit" ?disabled=${this.busy || !this.chosen}>${icon("check")}${t("plans.assign.send")}</button>
          <a class="button" href=${link(selection.kind, selection.id)}>${t("action.cancel")}</a></div>
      </form>`;
  }
}
customElements.define("cr-assign", AssignPanel);
