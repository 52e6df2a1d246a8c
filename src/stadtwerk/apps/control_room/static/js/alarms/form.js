/** What needs words before it is done with alarms: shelving, comments, suppression, taking out of service. */

import { html, nothing } from "lit";
import { kindOf, order } from "../core/alarms.js";
import { announce, clock, store } from "../core/city.js";
import { fromLocalField, isoSeconds, toLocalField } from "../core/time.js";
import { dayAndTime, num, t } from "../i18n/index.js";
import { icon } from "../ui/icons.js";
import { inWords } from "../ui/states.js";
import { View } from "../ui/view.js";
import { alarmTitle } from "./signs.js";

const HOUR_MS = 3_600_000;
const LONGEST_S = 31 * 86_400;
const SPANS_H = [1, 8, 24, 72, 168, 720];

/** @param {string} mode shelve, comment, suppress or take-out-of-service @param {string[]} ids */
export const openForm = (mode, ids) => /** @type {AlarmForm|null} */ (document.querySelector("cr-alarm-form"))?.open(mode, ids);

export class AlarmForm extends View {
  static properties = { mode: { state: true }, spanH: { state: true }, custom: { state: true }, words: { state: true }, oneShot: { state: true }, fault: { state: true }, isSending: { state: true } };

  constructor() {
    super(["alarms"]);
    this.mode = "";
    /** @type {string[]} */
    this.ids = [];
    this.spanH = 8;
    this.custom = "";
    this.words = "";
    this.oneShot = false;
    this.fault = "";
    this.isSending = false;
    /** @type {Element|null} */
    this.from = null;
  }

  /** @param {string} mode @param {string[]} ids */
  async open(mode, ids) {
    Object.assign(this, { mode, ids, words: "", oneShot: false, fault: "", spanH: this.#spans(ids).includes(8) ? 8 : 1 });
    this.custom = toLocalField(clock.nowMs() + 2 * HOUR_MS, clock.zone);
    this.from = document.activeElement;
    await this.updateComplete;
    /** @type {HTMLDialogElement} */ (this.querySelector("dialog")).showModal();
    /** @type {HTMLElement|null} */ (this.querySelector("#alarm-words"))?.focus();
  }

  #close() {
    /** @type {HTMLDialogElement|null} */ (this.querySelector("dialog"))?.close();
  }

  #closed() {
    this.mode = "";
    /** @type {HTMLElement|null} */ (this.from)?.focus();
  }

  /** @param {string[]} ids @returns {number} longest these alarms may be shelved, seconds */
  #longestS(ids) {
    return Math.min(LONGEST_S, ...ids.map((id) => kindOf(id.split(":")[0])?.shelve_max_s ?? LONGEST_S));
  }

  /** @param {string[]} ids @returns {number[]} hours */
  #spans(ids) {
    return SPANS_H.filter((h) => h * 3600 <= this.#longestS(ids));
  }

  #untilMs() {
    return this.spanH ? clock.nowMs() + this.spanH * HOUR_MS : fromLocalField(this.custom, clock.zone);
  }

  /** @param {Event} event */
  async #send(event) {
    event.preventDefault();
    if (!this.words.trim()) {
      this.fault = t("alarm.form.words.missing");
      return;
    }
    const body = this.#body();
    if (!body || this.isSending) return;
    this.isSending = true;
    try {
      await order(this.mode, this.ids, body);
      announce(t(`alarm.said.${this.mode}`, { n: num(this.ids.length) }));
      this.#close();
    } catch (error) {
      this.fault = inWords(error);
    }
    this.isSending = false;
  }

  #body() {
    const words = this.words.trim();
    if (this.mode === "comment") return { comment: words };
    if (this.mode !== "shelve") return { reason: words };
    const until = this.#untilMs();
    if (!(until > clock.nowMs()) || until > clock.nowMs() + this.#longestS(this.ids) * 1000) {
      this.fault = t("alarm.form.until.wrong", { h: num(this.#longestS(this.ids) / 3600) });
      return null;
    }
    return { until: isoSeconds(until), reason: words, one_shot: this.oneShot };
  }

  render() {
    return html`
      <dialog class="help alarm-form" aria-labelledby="alarm-form-title" @close=${() => this.#closed()}>
        ${this.mode ? html`
          <form class="help-body" novalidate @submit=${(/** @type {Event} */ e) => this.#send(e)}>
            <header><h2 id="alarm-form-title">${t(`alarm.form.${this.mode}`)}</h2>
              <button type="button" class="icon quiet" @click=${() => this.#close()} aria-label=${t("action.close")}>${icon("close")}</button></header>
            <p class="muted">${this.#about()}</p>
            ${this.mode === "shelve" ? this.#span() : nothing}
            <div class="field"><label for="alarm-words">${t(this.mode === "comment" ? "alarm.form.comment.field" : "dim.reason")}</label>
              <input id="alarm-words" maxlength=${this.mode === "comment" ? "500" : "200"} required .value=${this.words} @input=${(/** @type {any} */ e) => { this.words = e.target.value; this.fault = ""; }}></div>
            ${this.fault ? html`<p class="hint-error" role="alert">${this.fault}</p>` : nothing}
            <div class="actions"><button class="primary" type="submit" ?disabled=${this.isSending}>${icon("check")}${t(`alarm.form.${this.mode}.send`)}</button>
              <button type="button" @click=${() => this.#close()}>${t("action.cancel")}</button></div>
          </form>` : html`<h2 id="alarm-form-title" hidden></h2>`}
      </dialog>`;
  }

  #about() {
    const first = store.get("alarms")?.get(this.ids[0]);
    return this.ids.length === 1 && first ? `${alarmTitle(first)}, ${first.name}` : t("alarm.many", { n: num(this.ids.length) });
  }

  #span() {
    const choice = (/** @type {number} */ h) => html`
      <label class="radio"><input type="radio" name="span" value=${h} .checked=${this.spanH === h} @change=${() => { this.spanH = h; }}>
        <span>${h ? t("alarm.form.span", { n: h < 48 ? t("ago.h", { n: num(h) }) : t("ago.d", { n: num(h / 24) }), at: dayAndTime(clock.nowMs() + h * HOUR_MS, clock.zone) }) : t("dim.until.custom")}</span></label>`;
    return html`
      <fieldset class="field"><legend>${t("alarm.form.until")}</legend>
        ${[...this.#spans(this.ids), 0].map(choice)}
        ${this.spanH ? nothing : html`<input type="datetime-local" aria-label=${t("dim.until.field")} .value=${this.custom} @input=${(/** @type {any} */ e) => { this.custom = e.target.value; }}>`}
      </fieldset>
      <label class="radio field"><input type="checkbox" .checked=${this.oneShot} @change=${(/** @type {any} */ e) => { this.oneShot = e.target.checked; }}><span>${t("alarm.form.oneshot")}</span></label>`;
  }
}
customElements.define("cr-alarm-form", AlarmForm);
