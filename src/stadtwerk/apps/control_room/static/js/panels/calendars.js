/** Calendars: which program rules which night, edited by rules or on the picture of the year, saved as versions. */

import { html, nothing } from "lit";
import { getJson, postQuestion } from "../core/api.js";
import { store } from "../core/city.js";
import { go, link } from "../core/router.js";
import { Again } from "../core/store.js";
import { lampCount, localised, num, t } from "../i18n/index.js";
import "../programs/assignments.js";
import { nightPicture, yearPicture } from "../programs/picture.js";
import { programChoice, ruleForms } from "../programs/rule_form.js";
import { choiceWords, letter, rulerWords, rulersPicture } from "../programs/rulers.js";
import "../programs/save.js";
import "../programs/versions.js";
import { icon } from "../ui/icons.js";
import { empty, loading, problem } from "../ui/states.js";
import { View } from "../ui/view.js";

/** @typedef {import("../programs/model.js").Rule} Rule */
/** @typedef {import("../programs/picture.js").Year} Year */
/** @typedef {{default_program: string, rules: Rule[]}} Draft */

const NEW = "new";
const DAY_MS = 86_400_000;
const RULES_MAX = 50;

export class Calendars extends View {
  static properties = {
    what: {}, programs: { state: true }, calendars: { state: true }, draft: { state: true }, year: { state: true }, fault: { state: true },
    draftFault: { state: true }, night: { state: true }, anchor: { state: true }, saved: { state: true },
  };

  constructor() {
    super(["at"]);
    new Again(this, store, ["moment"], () => this.#load());
    this.what = "";
    /** @type {any[]|null} */
    this.programs = null;
    /** @type {any[]} */
    this.calendars = [];
    /** @type {Draft|null} */
    this.draft = null;
    /** @type {Year|null} */
    this.year = null;
    /** @type {unknown} */
    this.fault = null;
    /** @type {unknown} */
    this.draftFault = null;
    /** @type {number|null} */
    this.night = null;
    /** @type {number|null} */
    this.anchor = null;
    this.saved = 0;
    this.asked = 0;
    this.focusOn = "";
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (changed.has("what")) this.#load();
  }

  updated() {
    if (!this.focusOn) return;
    /** @type {HTMLElement|null} */ (this.querySelector(this.focusOn))?.focus();
    this.focusOn = "";
  }

  async #load() {
    const mine = ++this.asked;
    try {
      const [{ programs }, { calendars }] = await Promise.all([getJson("/api/lighting/programs"), getJson("/api/lighting/calendars")]);
      if (mine !== this.asked) return;
      [this.programs, this.calendars, this.fault] = [programs, calendars, null];
    } catch (fault) {
      if (mine === this.asked) this.fault = fault;
      return;
    }
    const own = this.#own();
    this.draft = own ? { default_program: own.default_program, rules: own.rules ?? [] } : this.what === NEW ? { default_program: this.programs?.[0].id ?? "", rules: [] } : null;
    await this.#draw();
  }

  /** Work the year out of what is edited; in the past, of what was in force. */
  async #draw() {
    const mine = ++this.asked;
    const { draft } = this;
    if (!draft) return;
    try {
      const own = this.#own();
      const year = store.get("at") !== null && own ? await getJson(`/api/lighting/calendars/year?calendar=${encodeURIComponent(own.id)}`)
        : await (await postQuestion("/api/lighting/calendars/try", { id: own?.id ?? "", ...draft })).json();
      if (mine === this.asked) [this.year, this.draftFault] = [year, null];
    } catch (fault) {
      if (mine === this.asked) this.draftFault = fault;
    }
  }

  /** @returns {any} the calendar shown: that of the address, or the first; none while a new one is made */
  #own() {
    return this.what === NEW ? null : (this.calendars.find((one) => one.id === this.what) ?? (this.what ? null : this.calendars[0] ?? null));
  }

  /** @param {Draft} draft @param {string} [focus] */
  #change(draft, focus = "") {
    this.draft = draft;
    this.focusOn = focus;
    this.#draw();
  }

  /** @param {number} k a night of the year shown @returns {string} its date, of every year */
  #edge(k) {
    return `-${new Date(Date.UTC(this.year?.year ?? 2000, 0, 1) + k * DAY_MS).toISOString().slice(4, 10)}`;
  }

  /** Make the nights chosen on the picture a rule before all others. */
  #ruleForChoice() {
    const { draft, year } = this;
    if (!draft || !year) return;
    const night = this.night ?? year.tonight;
    const [from, to] = [Math.min(this.anchor ?? night, night), Math.max(this.anchor ?? night, night)];
    const other = this.programs?.find((one) => one.id !== draft.default_program)?.id ?? draft.default_program;
    this.#change({ ...draft, rules: [{ program: other, start_date: this.#edge(from), end_date: this.#edge(to) }, ...draft.rules] }, "#rule-0-program");
  }

  render() {
    if (this.fault) return problem(this.fault, () => this.#load());
    if (!this.programs) return loading();
    const own = this.#own();
    const isNow = store.get("at") === null;
    return html`
      <div class="program-choice" role="group" aria-label=${t("nav.calendars")}>${this.calendars.map((one) => html`
        <a class="button chip" href=${link("calendars", one.id)} aria-current=${one.id === own?.id ? "true" : nothing}>${localised(one.title)} <span class="small">${lampCount(one.lamps)}, ${num(one.power_kw)} kW</span></a>`)}
        ${isNow ? html`<a class="button chip" href=${link("calendars", NEW)} aria-current=${this.what === NEW ? "true" : nothing}>${icon("plus")}${t("calendars.new")}</a>` : nothing}</div>
      ${this.draft ? this.#editor(this.draft, own) : this.what ? html`${empty(t("calendars.unknown"))}<cr-plan-versions .plan=${this.what} .saved=${this.saved} .titles=${{}} @plan-changed=${() => { this.saved += 1; this.#load(); }}></cr-plan-versions>` : html`${empty(t("calendars.none"))}<p class="muted">${t("calendars.words")}</p>`}`;
  }

  /** @param {Draft} draft @param {any} own */
  #editor(draft, own) {
    const { year, programs } = this;
    const isNow = store.get("at") === null;
    const titles = Object.fromEntries((programs ?? []).map((one) => [one.id, one.title]));
    const letterOf = (/** @type {string} */ id) => letter(Math.max(0, year?.programs.findIndex((one) => one.id === id) ?? 0));
    const isChanged = !own || JSON.stringify([draft.default_program, draft.rules]) !== JSON.stringify([own.default_program, own.rules ?? []]);
    const next = () => { this.saved += 1; this.#load(); };
    return html`
      ${this.draftFault ? problem(this.draftFault) : nothing}
      ${year ? this.#year(year) : loading()}
      ${isNow ? html`<section class="figure"><h3>${t("calendars.rules")}</h3><p class="small muted">${t("calendars.rules.words")}</p>
        ${ruleForms(draft.rules, { programs: programs ?? [], letterOf, change: (rules, focus) => this.#change({ ...draft, rules }, focus) })}
        <div class="actions"><button id="add-rule" ?disabled=${draft.rules.length >= RULES_MAX} @click=${() => this.#change({ ...draft, rules: [...draft.rules, { program: programs?.at(-1).id }] }, `#rule-${draft.rules.length}-program`)}>${icon("plus")}${t("calendars.rule.add")}</button></div>
        <div class="field default-program"><label for="default-program"><strong>${letter(0)}</strong> ${t("plans.default")}</label>${programChoice("default-program", draft.default_program, programs ?? [], (id) => this.#change({ ...draft, default_program: id }))}</div></section>
      <cr-plan-save .what=${"calendar"} .plan=${own} .content=${draft} .changed=${isChanged} .taken=${[...(programs ?? []), ...this.calendars].map((one) => one.id)}
        @plan-saved=${(/** @type {CustomEvent} */ event) => { if (event.detail.id === this.what) next(); else { this.saved += 1; go("calendars", event.detail.id); } }}></cr-plan-save>` : nothing}
      ${own ? html`<cr-plan-versions .plan=${own.id} .saved=${this.saved} .titles=${titles} @plan-changed=${next}></cr-plan-versions>` : nothing}
      <cr-assignments .saved=${this.saved} @plan-changed=${next}></cr-assignments>`;
  }

  /** @param {Year} year */
  #year(year) {
    const last = year.of_night.length - 1;
    const night = Math.min(this.night ?? year.tonight, last);
    const anchor = Math.min(this.anchor ?? night, last);
    const pick = (/** @type {number} */ to, /** @type {boolean} */ isExtending) => {
      if (!isExtending) this.anchor = null;
      else this.anchor ??= night;
      this.night = Math.max(0, Math.min(last, to));
    };
    const programs = this.programs ?? [];
    return html`
      <section class="figure"><h3>${t("programs.year", { year: year.year })}</h3>
        ${yearPicture(year, night, pick, { anchor, words: rulerWords(year, night, programs) })}
        ${rulersPicture(year, [anchor, night], programs)}
        <p class="small muted">${t("calendars.keys")}</p></section>
      <section class="figure"><h3>${choiceWords(year, anchor, night)}</h3>
        <p aria-live="polite">${rulerWords(year, night, programs)}</p>${nightPicture(year, night)}
        ${store.get("at") === null ? html`<div class="actions"><button class="rule-for-choice" @click=${() => this.#ruleForChoice()}>${icon("plus")}${t("calendars.rule.choice")}</button></div>` : nothing}
        <p class="muted">${t("calendars.energy", { kwh: num(year.energy_kwh), lamps: lampCount(year.lamps) })}</p></section>`;
  }
}
customElements.define("cr-calendars", Calendars);
