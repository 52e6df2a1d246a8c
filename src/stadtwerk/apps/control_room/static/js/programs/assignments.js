/** Who was to follow which program or calendar, newest first; the newest assignment can be taken back. */

import { html, nothing } from "lit";
import { getJson } from "../core/api.js";
import { announce, clock, store } from "../core/city.js";
import { link } from "../core/router.js";
import { Again } from "../core/store.js";
import { dayAndTime, lampCount, localised, t } from "../i18n/index.js";
import { icon } from "../ui/icons.js";
import { problem } from "../ui/states.js";
import { View } from "../ui/view.js";
import { orderPlan } from "./model.js";

export class Assignments extends View {
  static properties = { saved: {}, list: { state: true }, fault: { state: true } };

  constructor() {
    super(["at"]);
    new Again(this, store, ["moment"], () => this.#load());
    this.saved = 0;
    /** @type {any[]|null} */
    this.list = null;
    /** @type {unknown} */
    this.fault = null;
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (changed.has("saved")) this.#load();
  }

  async #load() {
    try {
      this.list = (await getJson("/api/lighting/assignments?limit=20")).assignments;
    } catch (fault) {
      this.fault = fault;
    }
  }

  /** @param {string} id */
  async #undo(id) {
    this.fault = null;
    try {
      await orderPlan("undo-assignment", { assignment: id });
      announce(t("plans.said.unassigned"));
      this.dispatchEvent(new CustomEvent("plan-changed", { bubbles: true }));
    } catch (fault) {
      this.fault = fault;
    }
    await this.#load();
  }

  render() {
    const place = (/** @type {any} */ one) => {
      const kind = ["lamp", "street", "circuit", "district"].find((name) => name in one.target);
      return kind ? html`<a href=${link(kind, one.target[kind])}>${one.title}</a>` : html`<span class="num">${one.title}</span>`;
    };
    return html`
      <section class="figure assignments"><h3>${t("plans.assignments")}</h3>
        <p class="small muted">${t("plans.assign.how")}</p>
        ${this.fault ? problem(this.fault) : nothing}
        ${this.list?.length ? html`<ol class="versions">${this.list.map((one) => html`<li class=${one.undone_at ? "is-undone" : ""}>
          <p>${place(one)} → <strong>${localised(one.plan_title)}</strong> <span class="muted">${lampCount(one.lamps)} · ${dayAndTime(one.at, clock.zone)}, ${one.by}${one.reason ? html` · ${one.reason}` : nothing}</span>
          ${one.undone_at ? html`<span>${t("plans.taken-back", { at: dayAndTime(one.undone_at, clock.zone) })}</span>` : nothing}
          ${one.can_undo && store.get("at") === null ? html`<button class="quiet undo-assignment" @click=${() => this.#undo(one.id)}>${icon("undo")}${t("plans.assign.undo")}</button>` : nothing}</p></li>`)}</ol>`
        : html`<p class="muted">${t("plans.assignments.none")}</p>`}</section>`;
  }
}
customElements.define("cr-assignments", Assignments);
