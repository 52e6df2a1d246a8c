/** What the city does by itself: schedules with their next and last times, and reactions of one system to another. */

import { html, nothing } from "lit";
import { announce, clock, store } from "../core/city.js";
import { go, link } from "../core/router.js";
import { Again, Watch } from "../core/store.js";
import { dayAndTime, localised, num, t } from "../i18n/index.js";
import { reactionGraph, reactionList, toggleButton } from "../rules/graph.js";
import { enable, loadRules, order, recreate, rules, switchRule } from "../rules/model.js";
import { weekPicture } from "../rules/week.js";
import { isBad, orderWords, ruleWords, runWords } from "../rules/words.js";
import { SIGNS, icon } from "../ui/icons.js";
import { empty, loading, problem } from "../ui/states.js";
import { View } from "../ui/view.js";
import "../rules/form.js";

const FRESH_MS = 60_000;
const SETTLE_MS = 300;

export class RulesPanel extends View {
  static properties = { what: {}, action: {}, fault: { state: true } };

  constructor() {
    super(["commands", "lamps", "at"]);
    new Again(this, store, ["moment"], loadRules);
    this.what = "";
    this.action = "";
    /** @type {unknown} */
    this.fault = null;
    this.rulesWatch = new Watch(this, rules, ["plans", "week", "reactions", "fault", "undo", "busy"]);
    /** @type {number|undefined} */
    this.timer = undefined;
    /** @type {number|undefined} */
    this.soon = undefined;
    this.newest = "";
  }

  connectedCallback() {
    super.connectedCallback();
    loadRules();
    this.timer = window.setInterval(loadRules, FRESH_MS);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this.timer);
    clearTimeout(this.soon);
  }

  willUpdate() {
    const mine = [...store.get("commands").values()].filter(({ id, kind }) => /^(schedule|react)\./.test(kind) || /^(schedule|reaction)-/.test(id));
    const newest = mine.slice(0, 20).map(({ id, state, confirmed }) => `${id}${state}${confirmed}`).join();
    if (this.newest && newest !== this.newest) {
      clearTimeout(this.soon);
      this.soon = window.setTimeout(loadRules, SETTLE_MS);
    }
    this.newest = newest || "none";
  }

  /**
   * @param {import("../rules/model.js").Step} step
   * @param {{words: string, back: import("../rules/model.js").Step}|null} undo
   */
  async #order(step, undo) {
    this.fault = null;
    try {
      await order(step, undo);
      if (undo) announce(undo.words);
    } catch (error) {
      this.fault = error;
    }
  }

  render() {
    const plans = rules.get("plans");
    if (!plans) return rules.get("fault") ? problem(rules.get("fault"), loadRules) : loading();
    const plan = plans.find((/** @type {import("../rules/types.js").Plan} */ one) => one.id === this.what);
    return html`
      ${rules.get("fault") ? problem(rules.get("fault"), loadRules) : nothing}
      ${this.fault ? problem(this.fault) : nothing}
      ${this.#undo()}
      ${this.#page(plans, plan)}`;
  }

  /** @param {import("../rules/types.js").Plan[]} plans @param {import("../rules/types.js").Plan|undefined} plan */
  #page(plans, plan) {
    const isPast = store.get("at") !== null;
    if (isPast && (this.what === "new" || this.action === "edit")) return html`${this.#toAll()}${empty(t("past.commands"))}`;
    if (this.what === "new") return html`<cr-rule-form .plan=${null} .target=${this.action}></cr-rule-form>`;
    if (plan && this.action === "edit") return html`<cr-rule-form .plan=${plan}></cr-rule-form>`;
    if (plan) return this.#one(plan);
    return this.what ? html`${this.#toAll()}${empty(t("rules.unknown"))}` : this.#all(plans);
  }

  #undo() {
    const undo = rules.get("undo");
    if (!undo || store.get("at") !== null) return nothing;
    return html`
      <div class="undo" role="status"><span>${undo.words}</span>
        <button @click=${() => this.#order(undo.back, null)}>${icon("undo")}${t("rules.undo")}</button>
        <button class="icon quiet" aria-label=${t("action.close")} @click=${() => rules.set({ undo: null })}>${icon("close")}</button></div>`;
  }

  #toAll() {
    return html`<p class="crumbs small"><a href=${link("rules")}>${t("rules.all")}</a></p>`;
  }

  /** @param {import("../rules/types.js").Plan[]} plans */
  #all(plans) {
    const reactions = rules.get("reactions")?.rules ?? [];
    return html`
      <section class="figure" aria-labelledby="rules-week"><h3 id="rules-week">${t("rules.week")}</h3>${weekPicture(rules.get("week"))}</section>
      <section class="figure" aria-labelledby="rules-plans">
        <div class="line"><h3 id="rules-plans">${t("rules.plans")}</h3>${this.#add()}</div>
        ${plans.length ? html`<ul class="plans">${plans.map((plan) => this.#row(plan))}</ul>` : empty(t("rules.none"))}
      </section>
      <section class="figure" aria-labelledby="rules-reactions"><h3 id="rules-reactions">${t("rules.reactions")}</h3>
        ${reactions.length ? reactionGraph(reactions) : nothing}
        ${reactionList(reactions, (rule) => this.#order(switchRule(rule.id, !rule.on), { words: t(rule.on ? "rules.done.off" : "rules.done.on", { title: localised(rule.title) }), back: switchRule(rule.id, rule.on) }))}
      </section>`;
  }

  #add() {
    return store.get("at") === null ? html`<a class="button primary" href=${link("rules", "new")}>${icon("plus")}${t("rules.new")}</a>` : nothing;
  }

  /** @param {import("../rules/types.js").Plan} plan */
  #row(plan) {
    const [run] = plan.runs;
    return html`
      <li class="plan ${plan.enabled ? "" : "is-off"}">
        <div class="what"><a href=${link("rules", plan.id)}><strong>${plan.title}</strong></a>
          <span class="small muted">${ruleWords(plan.rule)}</span><span class="small">${orderWords(plan.order)}</span></div>
        <div class="fact small"><span class="muted">${t("rules.next")}</span><span class="num">${plan.next.length ? dayAndTime(plan.next[0], clock.zone) : t("rules.next.none")}</span></div>
        <div class="fact small"><span class="muted">${t("rules.last.run")}</span>${run ? this.#run(run) : html`<span>–</span>`}</div>
        <div class="acts">${this.#toggle(plan)}</div>
      </li>`;
  }

  /** @param {import("../rules/types.js").Run} run */
  #run(run) {
    const words = isBad(run) ? html`<span class="abnormal">${SIGNS.fault()}${runWords(run)}</span>` : runWords(run);
    const at = dayAndTime(run.at, clock.zone);
    return html`<span class="num">${run.command ? html`<a href=${link("command", run.command)}>${at}</a>` : at} · ${words}${run.by_hand ? html` <span class="muted">${t("rules.byhand")}</span>` : nothing}</span>`;
  }

  /** @param {import("../rules/types.js").Plan} plan */
  #toggle(plan) {
    const words = t(plan.enabled ? "rules.done.off" : "rules.done.on", { title: plan.title });
    return toggleButton(plan.enabled, plan.title, () => this.#order(enable(plan.id, !plan.enabled), { words, back: enable(plan.id, plan.enabled) }));
  }

  /** @param {import("../rules/types.js").Plan} plan */
  async #delete(plan) {
    await this.#order({ kind: "schedule.delete", body: { id: plan.id } }, { words: t("rules.done.deleted", { title: plan.title }), back: recreate(plan) });
    if (!this.fault) go("rules");
  }

  /** @param {import("../rules/types.js").Plan} plan */
  #one(plan) {
    const fact = (/** @type {string} */ key, /** @type {unknown} */ value) => html`<div><dt>${t(key)}</dt><dd class="num">${value}</dd></div>`;
    const isBusy = Boolean(rules.get("busy"));
    return html`
      ${this.#toAll()}
      <div class="line plan-head ${plan.enabled ? "" : "is-off"}"><h3 class="plan-title">${plan.title}</h3>${this.#toggle(plan)}</div>
      <div class="actions">
        <button ?disabled=${isBusy} @click=${() => this.#order({ kind: "schedule.run-now", body: { id: plan.id } }, null)}>${icon("check")}${t("rules.runnow")}</button>
        <a class="button" href=${link("rules", plan.id, "edit")}>${icon("dim")}${t("rules.edit")}</a>
        <button ?disabled=${isBusy} @click=${() => this.#delete(plan)}>${icon("close")}${t("rules.delete")}</button>
      </div>
      <dl class="facts">
        ${fact("rules.when", ruleWords(plan.rule))}
        ${fact("rules.order", orderWords(plan.order))}
        ${fact("rules.next", plan.next.length ? html`<ul>${plan.next.map((at) => html`<li>${dayAndTime(at, clock.zone)}</li>`)}</ul>` : t("rules.next.none"))}
        ${fact("rules.grace", t("rules.minutes", { n: num(plan.grace_s / 60) }))}
        ${fact("rules.by", `${plan.actor}, ${dayAndTime(plan.changed_at, clock.zone)}`)}
        ${plan.rrule ? fact("rules.rrule", html`${plan.rrule.map((line) => html`<code>${line}</code><br>`)}`) : nothing}
      </dl>
      <section class="figure"><h3>${t("rules.runs")}</h3>
        ${plan.waiting ? html`<p class="small muted">${t("rules.waiting", { n: num(plan.waiting) })}</p>` : nothing}
        ${plan.runs.length ? html`<ul class="runs">${plan.runs.map((run) => html`<li>${this.#run(run)}</li>`)}</ul>` : empty(t("rules.runs.none"))}
      </section>`;
  }
}
customElements.define("cr-rules", RulesPanel);
