/** A street lit on demand: what is in force, what the last hours took beside always on, half-night and bound, and steps. */

import { html, nothing } from "lit";
import { getJson } from "../core/api.js";
import { announce, sendCommand, store } from "../core/city.js";
import { Again } from "../core/store.js";
import { num, t } from "../i18n/index.js";
import { css } from "../ui/bars.js";
import { SIGNS, icon } from "../ui/icons.js";
import { loading, problem } from "../ui/states.js";
import { View } from "../ui/view.js";
import { areaWords } from "./class_words.js";

const HOURS = 12;
/** While lamps do not follow yet it is looked again so often. */
const AGAIN_MS = 4_000;
/** Bars and the columns they sum up. */
const BARS = [["always", "kwh_always_on"], ["half", "kwh_half_night"], ["demand", "kwh"], ["bound", "kwh_bound"]];

export class StreetPolicy extends View {
  static properties = { street: {}, found: { state: true }, hours: { state: true }, fault: { state: true }, refused: { state: true }, isSending: { state: true } };

  constructor() {
    super(["at"]);
    new Again(this, store, ["moment"], () => this.#load());
    this.street = "";
    /** @type {any} */
    this.found = null;
    /** @type {any} */
    this.hours = null;
    /** @type {unknown} */
    this.fault = null;
    /** @type {unknown} */
    this.refused = null;
    this.isSending = false;
    /** @type {ReturnType<typeof setTimeout>|undefined} */
    this.timer = undefined;
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (!changed.has("street")) return;
    this.found = this.hours = this.fault = this.refused = null;
    this.#load();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.timer);
  }

  async #load() {
    const { street } = this;
    if (!street) return;
    clearTimeout(this.timer);
    const asked = `street=${encodeURIComponent(street)}`;
    try {
      const [policies, live] = await Promise.all([getJson(`/api/lighting/policies?${asked}`), getJson(`/api/lighting/demand/live?${asked}&hours=${HOURS}`)]);
      if (street !== this.street) return;
      Object.assign(this, { found: policies.policies[0] ?? { state: "none" }, hours: live.streets[0] ?? null, fault: null });
      const waits = this.found.state === "asked" || (this.found.state === "planned" && !this.found.in_force);
      if (waits && this.isConnected && store.get("at") === null) this.timer = setTimeout(() => this.#load(), AGAIN_MS);
    } catch (error) {
      if (street === this.street) this.fault = error;
    }
  }

  /** @param {string} step @param {any} content */
  async #say(step, content) {
    this.isSending = true;
    try {
      const view = await sendCommand(`lighting.${step}-policy`, content);
      this.refused = view.refusal ?? null;
      if (!view.refusal) announce(t(`policy.said.${step}`));
      await this.#load();
    } catch (error) {
      this.refused = error;
    }
    this.isSending = false;
  }

  render() {
    const { found } = this;
    return html`<section class="figure demand policy"><h3>${t("policy.title")}</h3>
      ${this.fault ? problem(this.fault, () => this.#load()) : found ? html`${this.#state(found)}${this.#bars()}${store.get("at") === null ? this.#steps(found) : nothing}` : loading()}</section>`;
  }

  /** @param {any} found */
  #state(found) {
    if (found.state === "none" || found.state === "ended") return html`<p class="small muted">${t("policy.none")}</p>`;
    if (found.state === "failed") return html`<p class="count is-fault">${SIGNS.fault()}<span>${t("policy.failed", { why: found.why })}</span></p>`;
    const follows = found.in_force ? t("policy.follows", { n: num(found.following), of: num(found.lamps) }) : t(found.state === "asked" ? "policy.asked" : "policy.sent");
    const kept = found.delivered;
    const below = kept && Object.keys(found.full).some((area) => kept.empty[area] !== found.low[area] || kept.full[area] !== found.full[area]);
    return html`
      <p class="count">${found.in_force ? icon("check") : SIGNS.pending()}<span>${follows}</span></p>
      ${found.dark.length ? html`<p class="count is-fault">${SIGNS.fault()}<span>${t("policy.dark", { n: num(found.dark.length) })}${below ? html` ${t("policy.below")}` : nothing}</span></p>` : nothing}
      ${kept ? html`<p class="small">${Object.keys(found.full).map((area) => t("policy.class", { area: areaWords(area), full: kept.full[area] || "–", low: kept.empty[area] || "–" })).join(" · ")}</p>` : nothing}
      ${found.seals.full ? html`<p class="small muted">${t("policy.seal", { seal: found.seals.full.slice(0, 12) })}</p>` : nothing}`;
  }

  #bars() {
    const { hours } = this;
    const places = hours?.kwh_bound ? hours.at.map((/** @type {string} */ _, /** @type {number} */ k) => k).filter((/** @type {number} */ k) => BARS.every(([, column]) => hours[column][k] !== null)) : [];
    const sum = (/** @type {string} */ column) => places.reduce((/** @type {number} */ total, /** @type {number} */ k) => total + (hours[column][k] ?? 0), 0);
    const always = sum("kwh_always_on");
    if (!always) return nothing;
    const [took, bound, below] = [sum("kwh"), sum("kwh_bound"), sum("minutes_below")];
    const users = sum("cars") + sum("cyclists") + sum("walkers");
    return html`
      <table class="demand-bars"><caption class="small muted">${t("policy.hours", { n: num(places.length), kwh: num(always, 2) })}</caption>
        <tbody>${BARS.map(([name, column]) => html`<tr class=${`is-${name}`}>
          <th scope="row">${t(`demand.${name}`)}</th>
          <td class="bar"><span .style=${css({ width: `${Math.min((100 * sum(column)) / always, 100)}%` })}></span></td>
          <td class="num">${num((100 * sum(column)) / always, 1)} %</td></tr>`)}</tbody></table>
      <p class="small">${t("policy.gap", { points: num((100 * (took - bound)) / always, 1), users: num(users) })}${below ? ` ${t("policy.minutes", { n: num(below) })}` : ""}</p>
      <p class="small muted">${t("policy.honest")}</p>`;
  }

  /** @param {any} found */
  #steps(found) {
    const isLive = found.state === "asked" || found.state === "planned";
    const target = { street: this.street };
    return html`${this.refused ? problem(this.refused) : nothing}
      <div class="actions">
        ${isLive ? html`<button class="quiet" ?disabled=${this.isSending} @click=${() => this.#say("end", { target })}>${icon("close")}${t("policy.end")}</button>`
          : html`<button ?disabled=${this.isSending} @click=${() => this.#say("set", { target })}>${icon("check")}${t("policy.set")}</button>`}
        ${found.can_undo ? html`<button class="quiet" ?disabled=${this.isSending} @click=${() => this.#say("undo", { street: this.street })}>${icon("undo")}${t("policy.undo")}</button>` : nothing}</div>`;
  }
}
customElements.define("cr-street-policy", StreetPolicy);
