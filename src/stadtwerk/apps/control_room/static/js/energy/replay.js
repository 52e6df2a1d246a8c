/** A past night under another program or policy: what it would have taken, cost and missed; one night or a month of them. */

import { html, nothing } from "lit";
import { getJson } from "../core/api.js";
import { go } from "../core/router.js";
import { localised, num, t } from "../i18n/index.js";
import { problem } from "../ui/states.js";
import { View } from "../ui/view.js";

const POLICIES = ["half-night", "always", "on-demand", "program"];
const FIELDS = ["full_percent", "dim_percent", "dim_from", "dim_until"];
const WALL_TIME = "([01][0-9]|2[0-3]):[0-5][0-9]";
const PRICE_CT = 25;
const SUMMED = ["kwh", "cost_eur", "below_min", "below_lowest_min"];

export class Replay extends View {
  static properties = { day: {}, trial: {}, days: { attribute: false }, programs: { state: true }, found: { state: true }, fault: { state: true }, done: { state: true }, of: { state: true }, isMonth: { state: true }, priceCt: { state: true } };

  constructor() {
    super(["at"]);
    this.day = this.trial = "";
    /** @type {string[]} nights that are known */
    this.days = [];
    /** @type {any[]} */
    this.programs = [];
    /** @type {any} */
    this.found = null;
    /** @type {unknown} */
    this.fault = null;
    this.done = this.of = this.asked = 0;
    this.isMonth = false;
    this.priceCt = PRICE_CT;
  }

  async connectedCallback() {
    super.connectedCallback();
    try {
      this.programs = (await getJson("/api/lighting/programs")).programs;
    } catch (fault) {
      this.fault = fault;
    }
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (changed.has("day") || changed.has("trial")) this.#run();
  }

  /** @returns {string[]} the nights to replay: this one, or those known of its month */
  #nights() {
    return this.isMonth ? this.days.filter((day) => day.startsWith(this.day.slice(0, 8))) : [this.day];
  }

  async #run() {
    const mine = ++this.asked;
    Object.assign(this, { found: null, fault: null, done: 0 });
    if (!this.trial || !this.day) return;
    const [policy, program, ...values] = this.trial.split(";");
    const query = new URLSearchParams({ policy, price_ct: String(this.priceCt) });
    if (program) query.set("program", program);
    FIELDS.forEach((name, k) => values[k] && query.set(name, values[k]));
    const nights = this.#nights();
    this.of = nights.length;
    try {
      /** @type {any} */
      let sum = null;
      for (const day of nights) {
        query.set("day", day);
        const one = await getJson(`/api/lighting/energy/replay?${query}`);
        if (mine !== this.asked) return;
        sum = sum ? added(sum, one) : one;
        this.done += 1;
      }
      this.found = sum;
    } catch (fault) {
      if (mine === this.asked) this.fault = fault;
    }
  }

  /** @param {Event} event */
  #try(event) {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.currentTarget);
    if (!form.reportValidity()) return;
    const data = new FormData(form);
    this.isMonth = data.get("month") !== null;
    this.priceCt = Number(data.get("price"));
    const policy = String(data.get("policy"));
    const more = policy === "program" ? [data.get("program"), ...FIELDS.map((name) => data.get(name) ?? "")] : [];
    const trial = [policy, ...more].join(";").replace(/;+$/, "");
    if (trial === this.trial) this.#run();
    else go("energy", this.day, trial);
  }

  render() {
    const [policy = POLICIES[0], program, ...values] = this.trial ? this.trial.split(";") : [];
    return html`<section class="figure"><h3>${t("energy.replay")}</h3><p class="small muted">${t("energy.replay.words")}</p>
      <form class="energy-form" @submit=${(/** @type {Event} */ e) => this.#try(e)}>
        <div class="field"><label for="replay-policy">${t("energy.replay.policy")}</label><select id="replay-policy" name="policy" @change=${() => this.requestUpdate()}>${POLICIES.map((one) => html`<option value=${one} ?selected=${one === policy}>${t(`energy.replay.${one}`)}</option>`)}</select></div>
        ${(this.querySelector("#replay-policy")?.value ?? policy) === "program" ? this.#program(program, values) : nothing}
        <div class="field"><label for="replay-price">${t("energy.replay.price")}</label><input id="replay-price" name="price" type="number" min="0" max="200" step="0.1" required .value=${String(this.priceCt)}></div>
        <label class="radio"><input type="checkbox" name="month" ?checked=${this.isMonth}> ${t("energy.replay.month")}</label>
        <button class="primary">${t("energy.replay.run")}</button></form>
      ${this.fault ? problem(this.fault, () => this.#run()) : nothing}
      ${this.trial && !this.found && !this.fault ? html`<p role="status" class="small"><progress max=${this.of} value=${this.done} aria-label=${t("energy.replay.progress")}></progress> ${t("energy.replay.of", { done: num(this.done), of: num(this.of) })}</p>` : nothing}
      ${this.found ? this.#result(this.found) : nothing}</section>`;
  }

  /** @param {string|undefined} program @param {string[]} values */
  #program(program, values) {
    const input = (/** @type {string} */ name, /** @type {number} */ k) => html`<div class="field"><label for="replay-${name}">${t(`programs.${name}`)}</label>
      <input id="replay-${name}" name=${name} type=${k < 2 ? "number" : "text"} min=${k < 2 ? 0 : nothing} max=${k < 2 ? 100 : nothing} pattern=${k < 2 ? nothing : WALL_TIME} placeholder=${t("energy.replay.own")} .value=${values[k] ?? ""}></div>`;
    return html`<div class="field"><label for="replay-program">${t("energy.replay.program.name")}</label><select id="replay-program" name="program">${this.programs.map((one) => html`<option value=${one.id} ?selected=${one.id === program}>${localised(one.title)}</option>`)}</select></div>${FIELDS.map(input)}`;
  }

  /** @param {any} found */
  #result(found) {
    const { as_it_was: was, would_be: would } = found;
    const row = (/** @type {string} */ name, /** @type {string} */ unit, /** @type {number} */ digits) => html`<tr><th scope="row">${t(`energy.replay.${name}`)}</th><td>${num(was[name], digits)} ${unit}</td><td>${num(would[name], digits)} ${unit}</td>
      <td>${would[name] > was[name] ? "+" : ""}${num(would[name] - was[name], digits)} ${unit}</td></tr>`;
    return html`<div class="table-frame" tabindex="0" role="group" aria-label=${t("energy.replay")}><table class="demands num"><caption>${t("energy.replay.caption", { nights: num(this.of), measured: found.measured_kwh === null ? t("energy.unknown") : `${num(found.measured_kwh, 1)} kWh` })}</caption>
      <thead><tr><th scope="col">${t("energy.replay.figure")}</th><th scope="col">${t("energy.replay.was")}</th><th scope="col">${t("energy.replay.would")}</th><th scope="col">${t("energy.replay.change")}</th></tr></thead>
      <tbody>${row("kwh", "kWh", 1)}${row("cost_eur", "€", 2)}${row("below_min", "min", 0)}${row("below_lowest_min", "min", 0)}</tbody></table></div>
      ${found.worst.length ? html`<p class="small">${t("energy.replay.worst")} ${found.worst.slice(0, 5).map((/** @type {any} */ one) => `${one.name} (${one.class}, ${num(one.below_min)} min)`).join("; ")}</p>` : html`<p class="small">${t("energy.replay.none")}</p>`}`;
  }
}
customElements.define("cr-energy-replay", Replay);

/** @param {any} sum @param {any} one @returns {any} two nights together */
function added(sum, one) {
  const both = (/** @type {any} */ a, /** @type {any} */ b) => ({ ...a, ...Object.fromEntries(SUMMED.map((name) => [name, a[name] + b[name]])) });
  const measured = sum.measured_kwh === null || one.measured_kwh === null ? null : sum.measured_kwh + one.measured_kwh;
  return { ...sum, measured_kwh: measured, as_it_was: both(sum.as_it_was, one.as_it_was), would_be: both(sum.would_be, one.would_be) };
}
