/** A night looked at again: its strip of light, power, programs and sun, what happened when, and the map as it was. */

import { html, nothing } from "lit";
import { getJson } from "../core/api.js";
import { clock, store } from "../core/city.js";
import { SPEEDS, play, turnTo } from "../core/past.js";
import { go } from "../core/router.js";
import { Again } from "../core/store.js";
import { isoSeconds } from "../core/time.js";
import { dayAndTime, kilowatts, lampCount, localised, num, percent, plainDate, t, timeOfDay } from "../i18n/index.js";
import { loading, problem } from "../ui/states.js";
import { View } from "../ui/view.js";
import { nightStrip } from "./night_strip.js";

/** @typedef {import("./night_strip.js").Night} Night */

const DAY_MS = 86_400_000;
const AGAIN_MS = 60_000;
const MARKS = 40;

/** @param {string} day @param {number} by @returns {string} another day */
const dayFrom = (day, by) => new Date(Date.parse(`${day}T12:00:00Z`) + by * DAY_MS).toISOString().slice(0, 10);

export class NightPanel extends View {
  static properties = { day: {}, place: {}, night: { state: true }, fault: { state: true }, text: { state: true }, placeFault: { state: true }, shown: { state: true } };

  constructor() {
    super(["at", "speed", "levels", "lamps", "selection", "alarmKinds", "theme"]);
    new Again(this, store, ["city"], () => this.#load());
    this.day = "";
    this.place = "";
    /** @type {Night|null} */
    this.night = null;
    /** @type {unknown} */
    this.fault = null;
    this.text = "";
    this.placeFault = "";
    this.shown = MARKS;
    this.timer = 0;
    this.asked = 0;
  }

  connectedCallback() {
    super.connectedCallback();
    this.timer = window.setInterval(() => this.night && this.night.end !== this.night.until && !document.hidden && this.#load(), AGAIN_MS);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this.timer);
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (!changed.has("day")) return;
    this.night = null;
    this.shown = MARKS;
    this.#load();
  }

  /** Ask for the whole night, as it was known at its end, whichever instant is on the screen. */
  async #load() {
    if (!store.get("city")) return;
    const mine = ++this.asked;
    const nextNoon = this.day ? Date.parse(`${dayFrom(this.day, 1)}T12:00:00Z`) : Infinity;
    // The clock on the screen may run ahead of the city's; what the city said last is never in its future.
    const at = isoSeconds(Math.min(clock.baseMs - 1000, nextNoon));
    try {
      const night = await getJson(`/api/lighting/night?day=${encodeURIComponent(this.day)}&at=${at}`);
      if (mine === this.asked) Object.assign(this, { night, fault: null });
    } catch (fault) {
      if (mine === this.asked) this.fault = fault;
    }
  }

  /** @param {number} ms */
  #jump(ms) {
    store.set({ speed: 0 });
    turnTo(ms);
  }

  /** @param {number} speed */
  #play(speed) {
    if (!this.night) return;
    const [begin, end] = [Date.parse(this.night.since), Date.parse(this.night.end)];
    const at = store.get("at");
    if (store.get("speed") === speed) {
      play(0);
      return;
    }
    if (at === null || at < begin || at >= end - 60_000) turnTo(begin);
    // The time machine takes over the instant of the address first; then it can run.
    requestAnimationFrame(() => play(speed));
  }

  /** @param {Event} event */
  #find(event) {
    event.preventDefault();
    const { streets, districts } = store.get("lamps").columns;
    const wanted = this.text.trim().toLocaleLowerCase();
    const fits = (/** @type {any} */ one) => wanted && one.name.toLocaleLowerCase().startsWith(wanted);
    const district = districts.find(fits);
    const found = district ?? streets.find(fits);
    this.placeFault = found ? "" : t("night.place.none");
    if (found) go("night", this.#day(), `${district ? "district" : "street"}:${found.id}`);
  }

  #day() {
    return this.day || this.night?.day || "";
  }

  render() {
    const { night, fault } = this;
    if (fault && !night) return html`${this.#days()}${problem(fault, () => this.#load())}`;
    if (!night) return loading(t("night.loading"));
    return html`${this.#days()}
      ${nightStrip(night, store.get("at"), (ms) => this.#jump(ms))}
      ${this.#replay(night)}${this.#place()}${this.#summary(night)}${this.#marks(night)}${this.#table(night)}`;
  }

  #days() {
    const day = this.#day();
    const today = new Date(clock.presentMs()).toISOString().slice(0, 10);
    return html`<div class="night-days line">
      <button @click=${() => go("night", dayFrom(day, -1), this.place)} ?disabled=${!day} aria-label=${t("night.before")}>‹</button>
      <label><span class="visually-hidden">${t("night.day")}</span><input type="date" .value=${day} max=${today} @change=${(/** @type {any} */ e) => e.target.value && go("night", e.target.value, this.place)}></label>
      <button @click=${() => go("night", dayFrom(day, 1), this.place)} ?disabled=${!day || day >= today} aria-label=${t("night.after")}>›</button></div>`;
  }

  /** @param {Night} night */
  #replay(night) {
    const [begin, end] = [Date.parse(night.since), Date.parse(night.end)];
    const at = Math.min(Math.max(store.get("at") ?? end, begin), end);
    const speed = store.get("speed");
    return html`<div class="night-replay"><label for="night-at">${t("night.at")}: <span class="num">${dayAndTime(at, clock.zone)}</span></label>
      <input id="night-at" type="range" min="0" max=${Math.floor((end - begin) / 60_000)} step="5" .value=${String(Math.round((at - begin) / 60_000))} aria-valuetext=${dayAndTime(at, clock.zone)}
        @input=${(/** @type {any} */ e) => { store.set({ speed: 0 }); turnTo(begin + Number(e.target.value) * 60_000, { isStep: true }); }}>
      <div class="plays" role="group" aria-label=${t("past.replay")}>${SPEEDS.map((one) => html`<button aria-pressed=${speed === one ? "true" : "false"} @click=${() => this.#play(one)}
        aria-label=${t(speed === one ? "past.pause" : "past.play", { n: num(one) })}>${speed === one ? "❚❚" : "▶"} ×${num(one)}</button>`)}</div></div>`;
  }

  #place() {
    const selection = store.get("selection");
    const lamps = store.get("lamps");
    const stats = selection && lamps ? lamps.stats(selection.ixs) : null;
    return html`<section class="figure"><h3>${t("night.place")}</h3>
      <form class="line" @submit=${(/** @type {Event} */ e) => this.#find(e)}><label class="visually-hidden" for="night-place">${t("night.place.label")}</label>
        <input id="night-place" autocomplete="off" placeholder=${t("night.place.label")} .value=${this.text} @input=${(/** @type {any} */ e) => { this.text = e.target.value; }}><button>${t("night.place.show")}</button></form>
      ${this.placeFault ? html`<p class="hint-error" role="alert">${this.placeFault}</p>` : nothing}
      ${stats ? html`<p class="status"><strong>${selection.title}</strong><span class="muted num">${lampCount(stats.n)}</span></p>
        <p class="small num">${t("night.place.stats", { lit: num(stats.lit), level: stats.meanLevel === null ? "–" : percent(stats.meanLevel), kw: kilowatts(stats.nowKw), fault: num(stats.fault) })}</p>` : nothing}</section>`;
  }

  /** @param {Night} night */
  #summary({ summary, alarms, commands, sun }) {
    const fact = (/** @type {string} */ key, /** @type {string} */ value) => html`<div><dt>${t(`night.sum.${key}`)}</dt><dd class="num">${value}</dd></div>`;
    const part = summary.program_kwh ? summary.energy_kwh / summary.program_kwh - 1 : null;
    return html`<section class="figure"><h3>${t("night.sum")}</h3><dl class="facts">
      ${sun.sunset && sun.sunrise ? fact("sun", `${timeOfDay(sun.sunset, clock.zone)} – ${timeOfDay(sun.sunrise, clock.zone)}`) : nothing}
      ${fact("energy", `${num(summary.energy_kwh, 1)} kWh`)}${fact("program", `${num(summary.program_kwh, 1)} kWh${part === null ? "" : ` (${part > 0 ? "+" : ""}${num(part * 100)} %)`}`)}
      ${fact("peak", summary.peak_kw === null ? "–" : `${kilowatts(summary.peak_kw)} kW`)}${fact("lit", summary.most_lit === null ? "–" : num(summary.most_lit))}${fact("faulty", summary.most_faulty === null ? "–" : num(summary.most_faulty))}
      ${fact("alarms", num(alarms.length))}${fact("commands", num(commands.length))}${summary.observed < 0.995 ? fact("observed", percent(summary.observed * 100)) : nothing}</dl></section>`;
  }

  /** @param {Night} night */
  #marks({ alarms, commands, more }) {
    const kinds = store.get("alarmKinds");
    const ofAlarm = alarms.map((one) => {
      const [kind, source] = [one.id.slice(0, one.id.indexOf(":")), one.id.slice(one.id.indexOf(":") + 1)];
      return { at: one.at, sign: "▲", words: `${localised(kinds?.get(kind)?.title) || kind}, ${source}`, name: t("night.alarm") };
    });
    const ofCommand = commands.map((one) => ({ at: one.at, sign: "○", words: `${one.title} · ${one.actor}`, name: t("night.command") }));
    const marks = [...ofAlarm, ...ofCommand].sort((a, b) => a.at.localeCompare(b.at));
    const at = store.get("at");
    return html`<section class="figure"><h3>${t("night.marks")}</h3>
      ${marks.length ? html`<ul class="night-marks">${marks.slice(0, this.shown).map((one) => html`<li><button class="quiet" aria-current=${at === Date.parse(one.at) - (Date.parse(one.at) % 1000) ? "true" : nothing} @click=${() => this.#jump(Date.parse(one.at))}>
        <span class="num">${timeOfDay(one.at, clock.zone)}</span><span aria-hidden="true">${one.sign}</span><span><span class="visually-hidden">${one.name}: </span>${one.words}</span></button></li>`)}</ul>` : html`<p class="small muted">${t("night.marks.none")}</p>`}
      ${marks.length > this.shown ? html`<button @click=${() => { this.shown += MARKS; }}>${t("classes.more")}</button>` : nothing}
      ${more ? html`<p class="small muted">${t("night.marks.more")}</p>` : nothing}</section>`;
  }

  /** @param {Night} night */
  #table(night) {
    const hours = night.at.flatMap((at, k) => (k % 12 === 0 ? [k] : []));
    return html`<details class="figure"><summary>${t("night.table")}</summary><div class="table-frame" tabindex="0" role="group" aria-label=${t("night.table")}><table class="demands num"><caption>${plainDate(night.day)}</caption>
      <thead><tr><th scope="col">${t("night.time")}</th><th scope="col">${t("night.lit")}</th><th scope="col">kW</th><th scope="col">${t("night.program")} kW</th><th scope="col">${t("night.sun")} °</th></tr></thead>
      <tbody>${hours.map((k) => html`<tr><th scope="row">${timeOfDay(night.at[k], clock.zone)}</th><td>${num(night.lit[k])}</td><td>${num(night.power_kw[k], 1)}</td><td>${num(night.program_kw[k], 1)}</td><td>${num(night.sun_deg[k])}</td></tr>`)}</tbody></table></div></details>`;
  }
}
customElements.define("cr-night", NightPanel);
