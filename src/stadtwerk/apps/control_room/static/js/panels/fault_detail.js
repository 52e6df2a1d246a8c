/** One fault: where, by which measurement, its night as a picture, and what a person may say to it. */

import { html, nothing } from "lit";
import { getJson } from "../core/api.js";
import { announce, clock, sendCommand, store } from "../core/city.js";
import { link } from "../core/router.js";
import { Again } from "../core/store.js";
import { dayAndTime, lampCount, num, t } from "../i18n/index.js";
import { icon } from "../ui/icons.js";
import { empty, loading, problem } from "../ui/states.js";
import { View } from "../ui/view.js";
import { evidenceWords, stateWords, where } from "./fault_words.js";
import "../ui/chart.js";

/** What may be said in which state, as the core allows it. @type {Record<string, string[]>} */
const STEPS = { suspected: ["confirm", "dismiss"], confirmed: ["dismiss"], dismissed: ["confirm"] };
const LAMPS_SHOWN = 20;

export class FaultDetail extends View {
  static properties = { faultId: {}, found: { state: true }, night: { state: true }, reason: { state: true }, fault: { state: true }, refused: { state: true }, isSending: { state: true } };

  constructor() {
    super(["at"]);
    new Again(this, store, ["moment"], () => this.#load());
    this.faultId = this.reason = "";
    /** @type {any} */
    this.found = this.night = null;
    /** @type {unknown} */
    this.fault = this.refused = null;
    this.isSending = false;
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (!changed.has("faultId")) return;
    this.found = this.night = this.fault = this.refused = null;
    this.#load();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    store.set({ faultShown: null });
  }

  async #load() {
    const id = this.faultId;
    const path = `/api/lighting/faults/${encodeURIComponent(id)}`;
    try {
      const found = await getJson(path);
      if (id !== this.faultId) return;
      this.found = found;
      store.set({ faultShown: found });
      const night = await getJson(`${path}/night`);
      if (id === this.faultId) Object.assign(this, { night, fault: null });
    } catch (error) {
      if (id === this.faultId) this.fault = error;
    }
  }

  /** @param {string} step */
  async #say(step) {
    this.isSending = true;
    try {
      await sendCommand(`lighting.${step}-fault`, { fault: this.faultId, ...(this.reason.trim() ? { reason: this.reason.trim() } : {}) });
      this.reason = "";
      this.refused = null;
      announce(t(`faults.said.${step}`));
      await this.#load();
    } catch (error) {
      this.refused = error;
    }
    this.isSending = false;
  }

  render() {
    const back = html`<p class="crumbs small"><a href=${link("faults")}>${t("faults.all")}</a></p>`;
    if (this.fault && !this.found) return html`${back}${problem(this.fault, () => this.#load())}`;
    const { found } = this;
    if (!found) return html`${back}${loading()}`;
    return html`${back}
      <h3 class="class-name">${t(`faults.kind.${found.kind}`)}</h3>
      <p>${where(found)}</p>
      <p>${t("faults.since", { at: dayAndTime(found.since, clock.zone) })} · <strong>${stateWords(found)}</strong>${found.job_id ? html` · <span class="num whole">${found.job_id}</span>` : nothing}</p>
      ${found.reason ? html`<p class="small muted">${found.changed_by}: ${found.reason}</p>` : nothing}
      <p>${evidenceWords(found)}</p>
      <section class="figure"><h3>${t("faults.night")}</h3>${this.#picture()}</section>
      ${store.get("at") === null ? this.#steps(found) : nothing}
      <section class="figure"><h3>${lampCount(found.lamp_count)}</h3>
        <p class="chips">${found.lamps.slice(0, LAMPS_SHOWN).map((/** @type {string} */ lamp) => html`<a class="num" href=${link("lamp", lamp)}>${lamp}</a>`)}${found.lamp_count > LAMPS_SHOWN ? "…" : ""}</p></section>`;
  }

  #picture() {
    const { night } = this;
    if (this.fault) return problem(this.fault, () => this.#load());
    if (!night) return loading();
    if (night.at.length < 2) return empty(t("faults.night.none"));
    const most = (/** @type {(number|null)[]} */ values) => num(Math.max(...values.map((value) => value ?? 0)));
    const summary = t("faults.night.summary", { lamp: night.lamp, power: most(night.power_w), expected: most(night.expected_w) });
    return html`<cr-trend .at=${night.at} .value=${night.power_w} .plan=${night.expected_w} .summary=${summary}></cr-trend>
      <p class="small muted">${t("faults.night.words", { lamp: night.lamp })}</p>`;
  }

  /** @param {any} found */
  #steps(found) {
    const steps = STEPS[found.state] ?? [];
    if (!steps.length && !found.can_undo) return nothing;
    const button = (/** @type {string} */ step) => html`<button class=${step === "confirm" ? "primary" : "quiet"} ?disabled=${this.isSending || (step === "dismiss" && !this.reason.trim())}
      @click=${() => this.#say(step)}>${icon(step === "confirm" ? "check" : step === "undo" ? "undo" : "close")}${t(`faults.step.${step}`)}</button>`;
    return html`<section class="figure"><h3>${t("faults.steps")}</h3>
      ${this.refused ? problem(this.refused) : nothing}
      ${steps.length ? html`<div class="field"><label for="fault-reason">${t("faults.reason")}</label>
        <input id="fault-reason" maxlength="200" autocomplete="off" .value=${this.reason} @input=${(/** @type {any} */ e) => { this.reason = e.target.value; }}></div>` : nothing}
      <div class="actions">${steps.map(button)}${found.can_undo ? button("undo") : nothing}</div></section>`;
  }
}
customElements.define("cr-fault-detail", FaultDetail);
