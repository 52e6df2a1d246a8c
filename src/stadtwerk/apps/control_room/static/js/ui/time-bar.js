/** The bar of the time machine: which instant, how to get to another, and that this is the past. */

import { html, nothing } from "lit";
import { getJson } from "../core/api.js";
import { announce, clock, store } from "../core/city.js";
import { SPEEDS, isPast, play, turnTo } from "../core/past.js";
import { fromLocalField, isoSeconds, toLocalField } from "../core/time.js";
import { parseWhen, writeWhen } from "../core/when.js";
import { dayAndTime, num, t } from "../i18n/index.js";
import { icon } from "./icons.js";
import { inWords } from "./states.js";
import { View } from "./view.js";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const SLIDER_STEP_MIN = 5;
/** Buttons: minutes to go from here. */
const STEPS = [-60, -15, 15, 60];

export class TimeBar extends View {
  static properties = { isUnread: { state: true } };

  constructor() {
    super(["at", "timeOpen", "speed", "pastFault", "pastBusy", "city"]);
    this.isUnread = false;
    /** Where the slider that is on show begins, while the present moves on. */
    this.begin = 0;
  }

  /** Open the bar and begin to type. */
  async open() {
    store.set({ timeOpen: true });
    // The city wakes whoever answers about the past while we type.
    getJson(`/api/commands?limit=1&at=${isoSeconds(clock.presentMs() - MINUTE_MS)}`).catch(() => undefined);
    await this.updateComplete;
    /** @type {HTMLInputElement|null} */ (this.querySelector("#when"))?.select();
  }

  /** @param {number|null} ms */
  #go(ms) {
    this.isUnread = false;
    store.set({ speed: 0 });
    turnTo(ms);
    announce(ms === null ? t("past.announce.now") : t("past.announce", { at: dayAndTime(ms, clock.zone) }));
  }

  /** @param {Event} event */
  #typed(event) {
    event.preventDefault();
    const field = /** @type {HTMLInputElement} */ (this.querySelector("#when"));
    if (/^(jetzt|now)$/i.test(field.value.trim())) return this.#go(null);
    const ms = parseWhen(field.value, clock.presentMs(), clock.zone);
    this.isUnread = Number.isNaN(ms) || ms > clock.presentMs();
    if (!this.isUnread) this.#go(ms);
  }

  /** The 24 hours the slider spans: the last ones, or the day of an older instant. */
  #span() {
    const [now, at] = [clock.presentMs(), store.get("at") ?? clock.presentMs()];
    if (at > now - DAY_MS) return [now - DAY_MS, now];
    const midnight = fromLocalField(`${toLocalField(at, clock.zone).slice(0, 10)}T00:00`, clock.zone);
    return [midnight, midnight + DAY_MS];
  }

  /** @param {Event} event */
  #slid(event) {
    const minutes = Number(/** @type {HTMLInputElement} */ (event.target).value);
    store.set({ speed: 0 });
    turnTo(this.begin + minutes * MINUTE_MS, { isStep: true });
  }

  #close() {
    store.set({ timeOpen: false });
    if (isPast()) this.#go(null);
  }

  render() {
    if (!store.get("city") || !(store.get("timeOpen") || isPast())) return nothing;
    const at = store.get("at") ?? clock.presentMs();
    return html`
      <section class="time-bar ${isPast() ? "is-past" : ""}" aria-label=${t("past.title")}>
        <p class="where"><strong>${t(isPast() ? "past.is" : "past.title")}</strong> <span class="small">${isPast() ? t("past.commands") : t("past.now")}</span></p>
        <form @submit=${(/** @type {Event} */ e) => this.#typed(e)}>
          <label for="when">${t("past.when")}</label>
          <input id="when" class="num" autocomplete="off" spellcheck="false" .value=${isPast() ? writeWhen(at, clock.zone) : ""} placeholder=${t("past.example")}
            aria-invalid=${this.isUnread ? "true" : "false"} aria-describedby=${this.isUnread ? "when-fault" : nothing}>
          <button>${t("past.go")}</button>
        </form>
        <div class="steps" role="group" aria-label=${t("past.steps")}>${STEPS.map((minutes) => this.#step(at, minutes))}</div>
        ${this.#slider(at)}
        ${this.#play()}
        <button class="primary" ?disabled=${!isPast()} @click=${() => this.#go(null)}>${t("past.back")}</button>
        <button class="icon quiet" @click=${() => this.#close()} aria-label=${t("action.close")}>${icon("close")}</button>
        ${this.#fault()}
      </section>`;
  }

  /** @param {number} at @param {number} minutes */
  #step(at, minutes) {
    const size = Math.abs(minutes) >= 60 ? `${Math.abs(minutes) / 60} h` : `${Math.abs(minutes)} min`;
    const words = `${minutes < 0 ? "−" : "+"}${size}`;
    return html`<button @click=${() => this.#go(at + minutes * MINUTE_MS)} ?disabled=${minutes > 0 && !isPast()} aria-label=${t(minutes < 0 ? "past.earlier" : "past.later", { by: size })}>${words}</button>`;
  }

  /** @param {number} at */
  #slider(at) {
    const [from, until] = this.#span();
    this.begin = from;
    return html`
      <div class="slide">
        <label class="visually-hidden" for="when-slider">${t("past.slider")}</label>
        <input id="when-slider" type="range" min="0" max=${(until - from) / MINUTE_MS} step=${SLIDER_STEP_MIN} .value=${String(Math.round((at - from) / MINUTE_MS))}
          aria-valuetext=${dayAndTime(at, clock.zone)} @input=${(/** @type {Event} */ e) => this.#slid(e)}>
        <span class="ends small num" aria-hidden="true"><span>${dayAndTime(from, clock.zone)}</span><span>${dayAndTime(until, clock.zone)}</span></span>
      </div>`;
  }

  #play() {
    const speed = store.get("speed");
    const button = (/** @type {number} */ one) => html`
      <button ?disabled=${!isPast()} aria-pressed=${speed === one ? "true" : "false"} @click=${() => play(speed === one ? 0 : one)}
        aria-label=${t(speed === one ? "past.pause" : "past.play", { n: num(one) })}>${speed === one ? "❚❚" : "▶"} ×${num(one)}</button>`;
    return html`<div class="plays" role="group" aria-label=${t("past.replay")}>${SPEEDS.map(button)}</div>`;
  }

  #fault() {
    const fault = this.isUnread ? t("past.unread") : store.get("pastFault") ? inWords(store.get("pastFault")) : "";
    return fault ? html`<p class="hint-error" id="when-fault" role="alert">${fault}</p>` : nothing;
  }
}
customElements.define("cr-time", TimeBar);
