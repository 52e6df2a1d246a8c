/** Asks how bright, how fast, until when and why; shows what it would do; sends it once. */

import { html, nothing } from "lit";
import { live } from "lit/directives/live.js";
import { newKey } from "../core/api.js";
import { announce, clock, sendCommand, store, targetOf } from "../core/city.js";
import { go, link } from "../core/router.js";
import { fromLocalField, isoSeconds, nextLocalHour, toLocalField } from "../core/time.js";
import { dayAndTime, kilowatts, lampCount, num, percent, rampWords, t, timeOfDay } from "../i18n/index.js";
import { levelBar } from "../ui/bars.js";
import { icon } from "../ui/icons.js";
import { loading, problem } from "../ui/states.js";
import { View } from "../ui/view.js";

const PRESETS = [0, 25, 40, 50, 75, 100];
const RAMPS_S = [0, 10, 60, 300, 900];
const HOUR_MS = 3_600_000;
const LONGEST_MS = 30 * 24 * HOUR_MS;

export class DimPanel extends View {
  static properties = { level: { state: true }, rampS: { state: true }, untilKind: { state: true }, custom: { state: true },
    reason: { state: true }, step: { state: true }, fault: { state: true }, faults: { state: true } };

  constructor() {
    super(["selection", "levels", "lamps"]);
    this.level = 40;
    this.rampS = 10;
    /** @type {"hour"|"six"|"custom"} */
    this.untilKind = "hour";
    this.custom = toLocalField(clock.nowMs() + 2 * HOUR_MS, clock.zone);
    this.reason = "";
    /** @type {"form"|"confirm"|"sending"} */
    this.step = "form";
    /** @type {unknown} */
    this.fault = null;
    /** @type {Record<string, string>} */
    this.faults = {};
    this.key = newKey();
  }

  #untilMs() {
    const now = clock.nowMs();
    if (this.untilKind === "hour") return now + HOUR_MS;
    if (this.untilKind === "six") return nextLocalHour(now, clock.zone, 6);
    return fromLocalField(this.custom, clock.zone);
  }

  /** @returns {Record<string, string>} hints by field; empty when all is well */
  #check() {
    /** @type {Record<string, string>} */
    const faults = {};
    const until = this.#untilMs();
    if (!(this.level >= 0 && this.level <= 100)) faults.level_percent = t("dim.error.level");
    if (!(until > clock.nowMs())) faults.until = t("dim.error.until");
    else if (until > clock.nowMs() + LONGEST_MS) faults.until = t("dim.error.far");
    return faults;
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    this.fault = null;
    this.faults = this.#check();
    if (Object.keys(this.faults).length) return;
    this.untilMs = this.#untilMs();
    this.step = "confirm";
  }

  /** @param {boolean} [spare] leave out what a rule protects, rather than be refused */
  async #send(spare = false) {
    const selection = store.get("selection");
    if (this.step === "sending" || !selection) return;
    this.step = "sending";
    const body = { target: targetOf(selection), level_percent: this.level, ramp_s: this.rampS, until: isoSeconds(this.untilMs ?? this.#untilMs()), reason: this.reason.trim() || t("dim.reason.default"), ...(spare ? { spare } : {}) };
    try {
      const view = await sendCommand("lighting.set-level", body, this.key);
      announce(t("announce.sent", { n: num(view.targets) }));
      go("command", view.id);
    } catch (error) {
      this.#refused(error);
    }
  }

  /** @param {any} error */
  #refused(error) {
    this.fault = error;
    this.faults = Object.fromEntries((error.faults ?? []).map((/** @type {any} */ f) => [f.field, f.detail]));
    // Not reached: the same key again is the same command. Refused: a corrected command is another one.
    if (error.status) this.key = newKey();
    this.step = error.status === 0 ? "confirm" : "form";
  }

  /** @param {Map<string, unknown>} changed */
  updated(changed) {
    if (!changed.has("step") || changed.get("step") === undefined) return;
    const first = this.step === "confirm" ? "button.primary" : this.step === "form" ? "[aria-invalid=true], #dim-level" : "";
    if (first) /** @type {HTMLElement|null} */ (this.querySelector(first))?.focus();
  }

  firstUpdated() {
    /** @type {HTMLElement|null} */ (this.querySelector("#dim-level"))?.focus();
  }

  render() {
    const lamps = store.get("lamps");
    const selection = store.get("selection");
    if (!lamps || !selection) return loading();
    return html`
      ${this.#preview(lamps, selection)}
      ${this.fault ? problem(this.fault) : nothing}
      ${this.faults.spare ? html`<div class="actions"><button @click=${() => this.#send(true)}>${t("dim.spare")}</button></div>` : nothing}
      ${this.step === "form" ? this.#form(selection) : this.#confirm(selection)}`;
  }

  /** @param {import("../core/lamps.js").LampTable} lamps @param {import("../core/types.js").Selection} selection */
  #preview(lamps, selection) {
    const stats = lamps.stats(selection.ixs);
    const saved = lamps.savedKw(selection.ixs, this.level);
    const hours = Math.max(0, (this.#untilMs() - clock.nowMs()) / HOUR_MS);
    const doubtful = stats.fault + stats.silent;
    return html`
      <section class="note preview" aria-live="polite">
        <p>${t("dim.preview.targets", { n: num(selection.ixs.length) })}</p>
        <p class="big num"><span class="value">${t("dim.preview", { from: percent(stats.meanLevel), to: percent(this.level) })}</span></p>
        ${levelBar(this.level, stats.meanLevel)}
        <p class="num">${t(saved >= 0 ? "dim.saved" : "dim.more", { kw: kilowatts(Math.abs(saved)), kwh: num(Math.abs(saved) * hours, Math.abs(saved) * hours < 10 ? 1 : 0) })}</p>
        <p class="small muted">${t("dim.estimate")}${doubtful ? html` · ${t("dim.faulty", { n: num(doubtful) })}` : nothing}</p>
      </section>`;
  }

  /** @param {import("../core/types.js").Selection} selection */
  #form(selection) {
    return html`
      <form class="dim" novalidate @submit=${(/** @type {Event} */ e) => this.#submit(e)}>
        ${this.#levelField()}
        <div class="field"><label for="dim-ramp">${t("dim.ramp")}</label>
          <select id="dim-ramp" @change=${(/** @type {any} */ e) => { this.rampS = Number(e.target.value); }}>
            ${RAMPS_S.map((s) => html`<option value=${s} ?selected=${s === this.rampS}>${rampWords(s)}</option>`)}
          </select>${this.#hint("ramp_s")}</div>
        ${this.#untilField()}
        <div class="field"><label for="dim-reason">${t("dim.reason")}</label>
          <input id="dim-reason" maxlength="200" .value=${live(this.reason)} aria-describedby="reason-hint" placeholder=${t("dim.reason.default")}
            @input=${(/** @type {any} */ e) => { this.reason = e.target.value; }}>
          <p class="small muted" id="reason-hint">${t("dim.reason.hint")}</p>${this.#hint("reason")}</div>
        ${this.#hint("target")}
        <div class="actions">
          <button class="primary" type="submit">${t("dim.check")}</button>
          <a class="button" href=${link(selection.kind, selection.id)}>${t("action.cancel")}</a>
        </div>
      </form>`;
  }

  #levelField() {
    const set = (/** @type {any} */ e) => { this.level = Math.round(Number(e.target.value)); };
    return html`
      <div class="field"><label for="dim-level">${t("dim.level")}</label>
        <div class="level-input">
          <input id="dim-level" type="range" min="0" max="100" step="1" .value=${live(String(this.level))} @input=${set} aria-valuetext=${percent(this.level)}>
          <input type="number" min="0" max="100" step="1" inputmode="numeric" aria-label=${`${t("dim.level")} %`} .value=${live(String(this.level))} @change=${set}
            aria-invalid=${this.faults.level_percent ? "true" : "false"}><span class="muted" aria-hidden="true">%</span>
        </div>
        <div class="presets" role="group" aria-label=${t("dim.level")}>
          ${PRESETS.map((p) => html`<button type="button" class="chip num" aria-pressed=${p === this.level ? "true" : "false"} @click=${() => { this.level = p; }}>${p}</button>`)}
        </div>${this.#hint("level_percent")}</div>`;
  }

  #untilField() {
    const now = clock.nowMs();
    const choice = (/** @type {"hour"|"six"|"custom"} */ kind, /** @type {string} */ words) => html`
      <label class="radio"><input type="radio" name="until" value=${kind} .checked=${live(this.untilKind === kind)} @change=${() => { this.untilKind = kind; }}><span>${words}</span></label>`;
    return html`
      <fieldset class="field"><legend>${t("dim.until")}</legend>
        ${choice("hour", t("dim.until.hour", { at: timeOfDay(now + HOUR_MS, clock.zone) }))}
        ${choice("six", t("dim.until.six"))}
        ${choice("custom", t("dim.until.custom"))}
        ${this.untilKind === "custom" ? html`<input type="datetime-local" aria-label=${t("dim.until.field")} .value=${live(this.custom)}
          aria-invalid=${this.faults.until ? "true" : "false"} @input=${(/** @type {any} */ e) => { this.custom = e.target.value; }}>` : nothing}
        ${this.#hint("until")}
      </fieldset>`;
  }

  /** @param {string} field */
  #hint(field) {
    return this.faults[field] ? html`<p class="hint-error" role="alert">${this.faults[field]}</p>` : nothing;
  }

  /** @param {import("../core/types.js").Selection} selection */
  #confirm(selection) {
    const isSending = this.step === "sending";
    const n = selection.ixs.length;
    return html`
      <section class="confirm" aria-labelledby="confirm-title">
        <h3 id="confirm-title">${t("dim.confirm.title")}</h3>
        <p>${t("dim.confirm.text", { n: lampCount(n).replace(/ .*/, ""), level: percent(this.level), ramp: rampWords(this.rampS), until: dayAndTime(this.untilMs, clock.zone) })}</p>
        <p class="muted">${t("dim.reason")}: ${this.reason.trim() || t("dim.reason.default")}</p>
        <div class="actions">
          <button class="primary" ?disabled=${isSending} @click=${() => this.#send()}>${isSending ? `${t("dim.sending")} …` : html`${icon("check")}${t("dim.send", { n: num(n) })}`}</button>
          <button ?disabled=${isSending} @click=${() => { this.step = "form"; }}>${t("dim.change")}</button>
        </div>
      </section>`;
  }
}
customElements.define("cr-dim", DimPanel);
