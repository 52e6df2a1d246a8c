/** A program's or calendar's versions with their differences, how far its roll-out is, and the steps back. */

import { html, nothing } from "lit";
import { getJson } from "../core/api.js";
import { announce, clock, store } from "../core/city.js";
import { Again } from "../core/store.js";
import { dayAndTime, lampCount, localised, num, t } from "../i18n/index.js";
import { progressBar } from "../ui/bars.js";
import { icon } from "../ui/icons.js";
import { problem } from "../ui/states.js";
import { View } from "../ui/view.js";
import { differences, orderPlan } from "./model.js";

/** @typedef {import("./model.js").Plan} Plan */

const AGAIN_MS = 2_000;
const SHOWN = 12;

export class PlanVersions extends View {
  static properties = { plan: {}, saved: {}, titles: {}, view: { state: true }, fault: { state: true } };

  constructor() {
    super(["at"]);
    new Again(this, store, ["moment"], () => this.#load());
    this.plan = "";
    /** Rises when the screen saved something. */
    this.saved = 0;
    /** @type {Record<string, unknown>} */
    this.titles = {};
    /** @type {Plan|null} */
    this.view = null;
    /** @type {unknown} */
    this.fault = null;
    this.timer = 0;
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.timer);
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (changed.has("plan")) this.view = null;
    if (changed.has("plan") || changed.has("saved")) this.#load();
  }

  async #load() {
    clearTimeout(this.timer);
    const { plan } = this;
    if (!plan) return;
    try {
      const view = await getJson(`/api/lighting/plans/${encodeURIComponent(plan)}`);
      if (plan !== this.plan) return;
      this.view = view;
    } catch {
      if (plan === this.plan) this.view = null;
    }
    if (!this.isConnected || store.get("at") !== null) return;
    const { rollout, lamps } = this.view ?? {};
    if (this.view && (!rollout || rollout.confirmed + rollout.elsewhere < (lamps ?? 0))) this.timer = window.setTimeout(() => this.#load(), AGAIN_MS);
  }

  /** @param {string} what @param {string} words */
  async #order(what, words) {
    this.fault = null;
    try {
      await orderPlan(what, { id: this.plan });
      announce(words);
      this.dispatchEvent(new CustomEvent("plan-changed", { bubbles: true }));
    } catch (fault) {
      this.fault = fault;
    }
    await this.#load();
  }

  render() {
    const { view } = this;
    if (!view) return nothing;
    const isNow = store.get("at") === null;
    const unused = !view.lamps && !view.calendars.length && !view.retired;
    return html`
      ${this.fault ? problem(this.fault) : nothing}
      ${this.#rollout(view)}
      <section class="figure"><h3>${t("plans.versions")}</h3>
        <ol class="versions">${view.versions.slice(0, SHOWN).map((version, k) => this.#version(version, view.versions.slice(k + 1).find((one) => !one.undone_at)))}</ol>
        ${view.versions.length > SHOWN ? html`<p class="small muted">${t("list.more", { shown: num(SHOWN), n: num(view.versions.length) })}</p>` : nothing}
        ${isNow ? html`<div class="actions">
          ${view.can_undo ? html`<button class="undo-plan" @click=${() => this.#order("undo-plan", t("plans.said.undone"))}>${icon("undo")}${t("plans.undo")}</button>` : nothing}
          ${unused ? html`<button class="retire-plan" @click=${() => this.#order("retire-plan", t("plans.said.retired"))}>${icon("close")}${t("plans.retire")}</button>` : nothing}</div>` : nothing}</section>`;
  }

  /** @param {Plan} view */
  #rollout({ lamps, rollout }) {
    if (!lamps) return html`<section class="figure rollout"><h3>${t("plans.rollout")}</h3><p class="muted">${t("plans.nobody")}</p></section>`;
    if (!rollout) return nothing;
    const key = (/** @type {string} */ name, /** @type {string} */ look, /** @type {number} */ n) => (n ? html`<li class="key-${look}"><span class="swatch" aria-hidden="true"></span><span class="num n">${num(n)}</span> <span class="muted">${t(`plans.rollout.${name}`)}</span></li>` : nothing);
    const bar = { targets: lamps, confirmed: rollout.confirmed, pending: rollout.sent + rollout.waiting, expired: rollout.expired };
    return html`
      <section class="figure rollout"><h3>${t("plans.rollout")}</h3>
        <p>${t("plans.rollout.words", { n: num(rollout.confirmed), lamps: lampCount(lamps) })}</p>
        ${progressBar(/** @type {any} */ (bar))}
        <ul class="keys">${key("confirmed", "confirmed", rollout.confirmed)}${key("sent", "pending", rollout.sent)}${key("waiting", "pending", rollout.waiting)}${key("expired", "expired", rollout.expired)}${key("elsewhere", "pending", rollout.elsewhere)}</ul></section>`;
  }

  /** @param {import("./model.js").Version} version @param {import("./model.js").Version|undefined} before */
  #version(version, before) {
    const titleOf = (/** @type {string} */ id) => localised(this.titles[id] ?? id);
    const who = version.at ? `${dayAndTime(version.at, clock.zone)}, ${version.by}` : t("plans.city");
    return html`<li class=${version.undone_at ? "is-undone" : ""}>
      <p><strong>${t("plans.version", { n: version.number })}</strong> <span class="muted">${who}${version.reason ? html` · ${version.reason}` : nothing}</span>
        ${version.undone_at ? html`<span>${t("plans.taken-back", { at: dayAndTime(version.undone_at, clock.zone) })}</span>` : nothing}</p>
      <ul class="small">${differences(version, before, titleOf).map((line) => html`<li>${line}</li>`)}</ul></li>`;
  }
}
customElements.define("cr-plan-versions", PlanVersions);
