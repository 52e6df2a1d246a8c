/** Writes a schedule: which lamps, what light, until when, on which days and times; shows at once when that would be. */

import { html, nothing } from "lit";
import { live } from "lit/directives/live.js";
import { getJson } from "../core/api.js";
import { announce, clock } from "../core/city.js";
import { go, link } from "../core/router.js";
import { dayAndTime, localised, rampWords, t } from "../i18n/index.js";
import { said } from "../i18n/refusals.js";
import { icon } from "../ui/icons.js";
import { problem } from "../ui/states.js";
import { View } from "../ui/view.js";
import { draftOf, emptyDraft, orderOf, ruleOf, titleOf } from "./draft.js";
import { order, wordsOf } from "./model.js";
import "./place.js";
import { HOLIDAYS, SUN_EVENTS, WEEKDAYS } from "./types.js";

const PRESETS = [0, 25, 40, 50, 75, 100];
const RAMPS_S = [0, 10, 60, 300, 900];
const WAIT_MS = 200;

export class RuleForm extends View {
  static properties = { plan: {}, target: {}, draft: { state: true }, preview: { state: true }, fault: { state: true }, isSending: { state: true } };

  constructor() {
    super(["lamps"]);
    /** @type {import("./types.js").Plan|null} */
    this.plan = null;
    this.target = "";
    this.draft = emptyDraft();
    /** @type {{next?: {at: string, holiday: Record<string, string>|null}[], fault?: any}} */
    this.preview = {};
    /** @type {any} */
    this.fault = null;
    this.isSending = false;
    /** @type {number|undefined} */
    this.timer = undefined;
    this.asked = "";
    this.began = false;
  }

  willUpdate() {
    if (!this.began) this.draft = this.plan ? draftOf(this.plan) : emptyDraft(this.target);
    this.began = true;
  }

  updated() {
    const rule = JSON.stringify(ruleOf(this.draft));
    if (rule === this.asked) return;
    this.asked = rule;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.#ask(rule), WAIT_MS);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.timer);
  }

  /** @param {string} rule */
  async #ask(rule) {
    try {
      this.preview = await getJson(`/api/schedule/preview?rule=${encodeURIComponent(rule)}`);
    } catch (fault) {
      this.preview = { fault };
    }
  }

  /** @param {Partial<import("./draft.js").Draft>} patch */
  #set(patch) {
    this.draft = { ...this.draft, ...patch };
  }

  /** @param {Event} event */
  async #save(event) {
    event.preventDefault();
    this.fault = null;
    this.isSending = true;
    try {
      const { draft, plan } = this;
      const said = { title: titleOf(draft), rule: ruleOf(draft), order: orderOf(draft), grace_s: Math.round(draft.graceMin * 60), reason: draft.reason.trim() };
      const id = plan ? plan.id : freshId();
      const words = t(plan ? "rules.done.changed" : "rules.done.created", { title: said.title });
      const back = plan ? { kind: "schedule.change", body: wordsOf(plan) } : { kind: "schedule.delete", body: { id } };
      await order({ kind: plan ? "schedule.change" : "schedule.create", body: { id, ...said } }, { words, back });
      announce(words);
      go("rules", id);
    } catch (error) {
      this.fault = error;
      await this.updateComplete;
      /** @type {HTMLElement|null} */ (this.querySelector("[aria-invalid=true], .problem"))?.focus();
    }
    this.isSending = false;
  }

  /** @param {string} field @returns {string} */
  #faultOf(field) {
    const faults = [...(this.fault?.faults ?? []), ...(this.preview.fault?.faults ?? [])];
    return faults.filter((/** @type {any} */ one) => one.field.startsWith(field)).map((/** @type {any} */ one) => said(one.detail))[0] ?? "";
  }

  /** @param {string} field */
  #hint(field) {
    const words = this.#faultOf(field);
    return words ? html`<p class="hint-error" role="alert">${words}</p>` : nothing;
  }

  render() {
    const { draft } = this;
    const isNew = !this.plan;
    return html`
      <p class="crumbs small"><a href=${link("rules")}>${t("rules.all")}</a></p>
      <form class="rule" novalidate @submit=${(/** @type {Event} */ e) => this.#save(e)}>
        <h3 class="plan-title">${t(isNew ? "rules.new" : "rules.change")}</h3>
        ${this.fault ? problem(this.fault instanceof SyntaxError ? new Error(t("rules.json")) : this.fault) : nothing}
        <div class="columns">
          <fieldset class="part"><legend>${t("rules.what")}</legend>${this.#what(draft)}</fieldset>
          <fieldset class="part"><legend>${t("rules.when")}</legend>${this.#when(draft)}</fieldset>
          <div class="part">${this.#preview()}${this.#name(draft)}
            <div class="actions">
              <button class="primary" type="submit" ?disabled=${this.isSending}>${icon("check")}${t(isNew ? "rules.save.new" : "rules.save")}</button>
              <a class="button" href=${isNew ? link("rules") : link("rules", this.plan?.id)}>${t("action.cancel")}</a>
            </div></div>
        </div>
      </form>`;
  }

  /** @param {import("./draft.js").Draft} draft */
  #what(draft) {
    if (draft.doing === "other") {
      return html`<div class="field"><label for="rule-other">${t("rules.doing.json")}</label>
        <textarea id="rule-other" rows="12" spellcheck="false" .value=${live(draft.other)} @input=${(/** @type {any} */ e) => this.#set({ other: e.target.value })}></textarea>${this.#hint("order")}</div>`;
    }
    return html`
      <cr-place .kind=${draft.targetKind} .place=${draft.target} .fault=${this.#faultOf("order.content.target")}
        @chosen=${(/** @type {CustomEvent} */ e) => this.#set({ targetKind: e.detail.kind, target: e.detail.id })}></cr-place>
      <div class="field" role="radiogroup" aria-label=${t("rules.doing")}>
        ${["set", "clear"].map((doing) => html`<label class="radio"><input type="radio" name="doing" .checked=${live(draft.doing === doing)} @change=${() => this.#set({ doing: /** @type {any} */ (doing) })}><span>${t(`rules.doing.${doing}`)}</span></label>`)}
      </div>
      ${draft.doing === "set" ? this.#light(draft) : nothing}
      ${this.#hint("order.kind")}`;
  }

  /** @param {import("./draft.js").Draft} draft */
  #light(draft) {
    // Each key counts at once: a field that waits for its end would lose it to the next drawing.
    const level = (/** @type {any} */ e) => e.target.value && this.#set({ level: Math.max(0, Math.min(100, Math.round(Number(e.target.value)))) });
    return html`
      <div class="field"><label for="rule-level">${t("dim.level")}</label>
        <div class="level-input"><input id="rule-level" type="range" min="0" max="100" .value=${live(String(draft.level))} @input=${level}>
          <input type="number" min="0" max="100" aria-label=${`${t("dim.level")} %`} .value=${live(String(draft.level))} @input=${level}><span class="muted" aria-hidden="true">%</span></div>
        <div class="presets" role="group" aria-label=${t("dim.level")}>${PRESETS.map((p) => html`<button type="button" class="chip num" aria-pressed=${p === draft.level ? "true" : "false"} @click=${() => this.#set({ level: p })}>${p}</button>`)}</div>
        <p class="small muted">${t("law.spared")}</p>${this.#hint("order.content.level_percent")}</div>
      <div class="field"><label for="rule-ramp">${t("dim.ramp")}</label>
        <select id="rule-ramp" @change=${(/** @type {any} */ e) => this.#set({ rampS: Number(e.target.value) })}>
          ${[...new Set([...RAMPS_S, draft.rampS])].map((s) => html`<option value=${s} ?selected=${s === draft.rampS}>${rampWords(s)}</option>`)}</select></div>
      <fieldset class="field"><legend>${t("dim.until")}</legend>
        <div class="pair"><label class="radio"><input type="radio" name="until" .checked=${live(draft.untilKind === "clock")} @change=${() => this.#set({ untilKind: "clock" })}><span>${t("rules.until.clock")}</span></label>
          <input type="time" aria-label=${t("rules.until.clock")} .value=${live(draft.untilClock)} @input=${(/** @type {any} */ e) => this.#set({ untilKind: "clock", untilClock: e.target.value || "05:00" })}></div>
        <div class="pair"><label class="radio"><input type="radio" name="until" .checked=${live(draft.untilKind === "after")} @change=${() => this.#set({ untilKind: "after" })}><span>${t("rules.until.after")}</span></label>
          <input type="number" min="1" max="720" aria-label=${t("rules.until.after")} .value=${live(String(draft.untilHours))} @input=${(/** @type {any} */ e) => this.#set({ untilKind: "after", untilHours: Math.max(1, Math.round(Number(e.target.value)) || 1) })}></div>
        ${this.#hint("order.content.until")}
      </fieldset>`;
  }

  /** @param {import("./draft.js").Draft} draft */
  #when(draft) {
    const { moments } = draft;
    const put = (/** @type {number} */ i, /** @type {object} */ patch) => this.#set({ moments: moments.map((one, k) => (k === i ? { ...one, ...patch } : one)) });
    return html`
      <div class="field"><span class="label" id="rule-moments">${t("rules.moments")}</span>
        <ul class="moments" aria-labelledby="rule-moments">${moments.map((moment, i) => html`
          <li>
            <select aria-label=${t("rules.moment.kind")} @change=${(/** @type {any} */ e) => put(i, { kind: e.target.value })}>
              ${["clock", ...SUN_EVENTS].map((kind) => html`<option value=${kind} ?selected=${kind === moment.kind}>${t(kind === "clock" ? "rules.moment.clock" : `rules.sun.${kind}`)}</option>`)}</select>
            ${moment.kind === "clock"
              ? html`<input type="time" aria-label=${t("rules.moment.clock")} .value=${live(moment.time)} @input=${(/** @type {any} */ e) => e.target.value && put(i, { time: e.target.value })}>`
              : html`<input type="number" min="-360" max="360" step="5" aria-label=${t("rules.moment.minutes")} title=${t("rules.moment.minutes")} .value=${live(String(moment.minutes))} @input=${(/** @type {any} */ e) => put(i, { minutes: Number(e.target.value) || 0 })}>`}
            <button type="button" class="icon quiet" aria-label=${t("rules.moment.remove")} ?disabled=${moments.length < 2 && !draft.rest.interval} @click=${() => this.#set({ moments: moments.filter((_, k) => k !== i) })}>${icon("close")}</button>
          </li>`)}</ul>
        <button type="button" @click=${() => this.#set({ moments: [...moments, { kind: "clock", time: "05:00", minutes: 0 }] })}>${icon("plus")}${t("rules.moment.add")}</button>
        ${this.#hint("rule.times")}${this.#hint("rule.sun")}</div>
      <div class="field"><span class="label">${t("rules.days")}</span>
        <div class="presets" role="group" aria-label=${t("rules.days")}>${WEEKDAYS.map((day) => this.#day(draft, day))}</div>
        ${draft.weekdays.length ? nothing : html`<p class="small muted">${t("rules.days.all")}</p>`}</div>
      <div class="field"><label for="rule-holidays">${t("rules.holidays")}</label>
        <select id="rule-holidays" @change=${(/** @type {any} */ e) => this.#set({ holidays: e.target.value })}>
          ${HOLIDAYS.map((one) => html`<option value=${one} ?selected=${one === draft.holidays}>${t(`rules.holidays.choice.${one}`)}</option>`)}</select></div>
      <details class="field" ?open=${Boolean(draft.since || draft.until || draft.except)}><summary>${t("rules.season")}</summary>
        <label>${t("rules.season.since")}<input type="date" .value=${live(draft.since)} @input=${(/** @type {any} */ e) => this.#set({ since: e.target.value })}></label>
        <label>${t("rules.season.until")}<input type="date" .value=${live(draft.until)} @input=${(/** @type {any} */ e) => this.#set({ until: e.target.value })}></label>
        <label>${t("rules.season.except")}<input placeholder="2026-12-24, 2026-12-31" .value=${live(draft.except)} @input=${(/** @type {any} */ e) => this.#set({ except: e.target.value })}></label>
        ${this.#hint("rule.until")}${this.#hint("rule.except_dates")}
      </details>`;
  }

  /** @param {import("./draft.js").Draft} draft @param {string} day */
  #day(draft, day) {
    const isOn = draft.weekdays.includes(day);
    const toggle = () => this.#set({ weekdays: WEEKDAYS.filter((one) => (one === day ? !isOn : draft.weekdays.includes(one))) });
    return html`<button type="button" class="chip" aria-pressed=${isOn ? "true" : "false"} title=${t(`rules.day.long.${day}`)} @click=${toggle}>${t(`rules.day.${day}`)}</button>`;
  }

  #preview() {
    const { next, fault } = this.preview;
    return html`
      <section class="note" aria-live="polite"><h4>${t("rules.preview")}</h4>
        ${fault ? html`<p class="hint-error">${said(fault.faults?.[0]?.detail ?? fault.detail ?? fault.title)}</p>` : nothing}
        ${next ? html`<ul class="runs num">${next.map(({ at, holiday }) => html`<li>${dayAndTime(at, clock.zone)}${holiday ? html` <span class="muted">${localised(holiday)}</span>` : nothing}</li>`)}</ul>` : nothing}
      </section>`;
  }

  /** @param {import("./draft.js").Draft} draft */
  #name(draft) {
    return html`
      <div class="field"><label for="rule-title">${t("rules.name")}</label>
        <input id="rule-title" maxlength="80" placeholder=${titleOf({ ...draft, title: "" })} .value=${live(draft.title)} @input=${(/** @type {any} */ e) => this.#set({ title: e.target.value })}>${this.#hint("title")}</div>
      <div class="field"><label for="rule-grace">${t("rules.grace.field")}</label>
        <input id="rule-grace" type="number" min="0" max="720" .value=${live(String(draft.graceMin))} @input=${(/** @type {any} */ e) => this.#set({ graceMin: Math.max(0, Math.min(720, Number(e.target.value) || 0)) })}>
        <p class="small muted">${t("rules.grace.hint")}</p></div>
      <div class="field"><label for="rule-reason">${t("dim.reason")}</label>
        <input id="rule-reason" maxlength="200" .value=${live(draft.reason)} @input=${(/** @type {any} */ e) => this.#set({ reason: e.target.value })}></div>`;
  }
}
customElements.define("cr-rule-form", RuleForm);

/** @returns {string} an id for a new schedule */
const freshId = () => `s${[...crypto.getRandomValues(new Uint8Array(6))].map((b) => b.toString(16).padStart(2, "0")).join("")}`;
