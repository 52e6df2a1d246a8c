/** One lamp: what it does against what was asked, why, and what it costs. */

import { html, nothing } from "lit";
import { getJson } from "../core/api.js";
import { clock, store } from "../core/city.js";
import { link } from "../core/router.js";
import { Again } from "../core/store.js";
import { FLAG, NEVER_HEARD } from "../core/types.js";
import { dayAndTime, duration, hasWords, localised, num, percent, plainDate, t } from "../i18n/index.js";
import { curve, levelBar } from "../ui/bars.js";
import { commandRow } from "../ui/commands.js";
import { SIGNS, icon } from "../ui/icons.js";
import { empty, loading, problem } from "../ui/states.js";
import { View } from "../ui/view.js";
import "../ui/chart.js";

const RELOAD_AFTER_MS = 800;

export class LampPanel extends View {
  static properties = { lampId: {}, lamp: { state: true }, history: { state: true }, fault: { state: true } };

  constructor() {
    super(["levels", "lamps"]);
    new Again(this, store, ["moment"], () => this.#load());
    this.lampId = "";
    /** @type {any} */
    this.lamp = null;
    /** @type {any} */
    this.history = null;
    /** @type {unknown} */
    this.fault = null;
    this.seen = "";
    /** @type {number|undefined} */
    this.timer = undefined;
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (changed.has("lampId")) {
      this.lamp = this.history = this.fault = null;
      this.#load();
    }
    const now = this.#bytes();
    // The stream said this lamp changed: read its details once it is quiet.
    if (this.seen && now !== this.seen) {
      clearTimeout(this.timer);
      this.timer = window.setTimeout(() => this.#load(), RELOAD_AFTER_MS);
    }
    this.seen = now;
  }

  #bytes() {
    const lamps = store.get("lamps");
    const ix = lamps?.ixOf(this.lampId) ?? -1;
    return ix < 0 ? "" : `${this.lampId} ${lamps.level[ix]} ${lamps.flags[ix] & 15}`;
  }

  async #load() {
    const id = this.lampId;
    const path = `/api/lighting/lamps/${encodeURIComponent(id)}`;
    try {
      const lamp = await getJson(path);
      if (id !== this.lampId) return;
      this.lamp = lamp;
      this.fault = null;
      const history = await getJson(`${path}/history?hours=24`);
      if (id === this.lampId) this.history = history;
    } catch (error) {
      if (id === this.lampId) this.fault = error;
    }
  }

  render() {
    if (this.fault && !this.lamp) return problem(this.fault, () => this.#load());
    if (!this.lamp) return loading(t("lamp.loading"));
    const { lamp } = this;
    return html`
      ${this.#status()}
      ${this.#level()}
      ${lamp.override ? this.#override() : nothing}
      <div class="actions">
        <a class="button primary" href=${link("lamp", lamp.id, "dim")}>${icon("dim")}${t("action.dim")}</a>
        <a class="button" href=${link("lamp", lamp.id, "assign")}>${icon("list")}${t("plans.assign")}</a>
        ${lamp.override ? html`<a class="button" href=${link("lamp", lamp.id, "clear")}>${icon("undo")}${t("action.clear")}</a>` : nothing}
      </div>
      <section class="figure"><h3>${t("lamp.history")}</h3>${this.#trend()}</section>
      <section class="figure"><h3>${t("lamp.curve")}</h3>${curve(lamp.curve ?? [], this.#now())}</section>
      ${this.#facts()}
      <section class="figure"><h3>${t("lamp.commands")}</h3>
        ${lamp.commands?.length ? html`<ul class="commands">${lamp.commands.map(commandRow)}</ul>` : empty(t("lamp.commands.none"))}
      </section>`;
  }

  /** Level now in percent; the stream is fresher than the details. */
  #now() {
    const lamps = store.get("lamps");
    const ix = lamps?.ixOf(this.lamp.id) ?? -1;
    if (ix < 0) return this.lamp.level_percent;
    return lamps.level[ix] === NEVER_HEARD ? null : lamps.level[ix] / 2;
  }

  #flags() {
    const lamps = store.get("lamps");
    const ix = lamps?.ixOf(this.lamp.id) ?? -1;
    return ix < 0 ? 0 : lamps.flags[ix];
  }

  #status() {
    const flags = this.#flags();
    const { lamp } = this;
    const isFaulty = Boolean(flags & FLAG.fault) || (lamp.status && lamp.status !== "ok");
    const isSilent = !isFaulty && Boolean(flags & FLAG.silent);
    const key = isFaulty ? (lamp.status === "ok" ? "defectiveLamp" : lamp.status) : isSilent ? "silent" : "ok";
    const words = hasWords(`status.${key}`) ? t(`status.${key}`) : key;
    const age = lamp.observed_at ? t("lamp.heard", { age: duration((clock.nowMs() - Date.parse(lamp.observed_at)) / 1000) }) : t("lamp.heard.never");
    return html`
      <p class="crumbs small"><a href=${link("street", lamp.street?.id)}>${lamp.street?.name || lamp.street?.id}</a> · <a href=${link("district", lamp.district?.id)}>${lamp.district?.name}</a></p>
      <p class="status ${isFaulty ? "is-fault" : isSilent ? "is-silent" : ""}">
        ${isFaulty ? SIGNS.fault() : isSilent ? SIGNS.silent() : icon("check")}<strong>${words}</strong><span class="muted small">${age}</span></p>`;
  }

  #level() {
    const { lamp } = this;
    const now = this.#now();
    const asked = lamp.override ? lamp.override.level_percent : lamp.program?.expected_level_percent ?? null;
    const isPending = Boolean(this.#flags() & FLAG.pending);
    return html`
      <section class="figure" aria-labelledby="level-title">
        <h3 id="level-title">${t("lamp.level")}</h3>
        <p class="big num"><span class="value">${now === null ? t("lamp.unknown") : num(now)}</span>${now === null ? nothing : html` <span class="unit">%</span>`}
          <span class="aside small muted">${t("lamp.asked")} ${percent(asked)}${isPending ? html` · ${SIGNS.pending()} ${t("overview.pending")}` : nothing}</span></p>
        ${levelBar(asked, now)}
        <p class="small muted">${t("lamp.program")}: ${t("lamp.program.now", { title: localised(lamp.program?.title) || lamp.program?.id || "–", level: percent(lamp.program?.expected_level_percent) })}</p>
      </section>`;
  }

  #override() {
    const { override } = this.lamp;
    return html`
      <section class="note"><h3>${SIGNS.override()} ${t("lamp.override")}: ${percent(override.level_percent)}</h3>
        <p>${override.reason || "–"}</p>
        <p class="small muted">${t("lamp.override.by", { actor: override.actor, until: dayAndTime(override.until, clock.zone) })}
          ${override.command ? html` · <a href=${link("command", override.command)}>${t("kind.command")}</a>` : nothing}</p>
      </section>`;
  }

  #trend() {
    if (this.fault) return problem(this.fault, () => this.#load());
    if (!this.history) return loading();
    const levels = this.history.level_percent.filter((/** @type {any} */ v) => v !== null);
    if (levels.length < 2) return empty(t("lamp.history.none"));
    const summary = t("lamp.history.summary", { max: num(Math.max(...levels)), min: num(Math.min(...levels)), now: percent(this.#now()) });
    return html`<cr-trend .at=${this.history.at} .value=${this.history.level_percent} .summary=${summary} .height=${92} .top=${105}></cr-trend>`;
  }

  #facts() {
    const { lamp } = this;
    const type = `lamp.type.${lamp.lamp_type}`;
    const row = (/** @type {string} */ key, /** @type {any} */ value) => html`<div><dt>${t(key)}</dt><dd class="num">${value}</dd></div>`;
    const unit = (/** @type {number|null|undefined} */ v, /** @type {string} */ u, digits = 0) => (v === null || v === undefined ? "–" : `${num(v, digits)} ${u}`);
    return html`
      <dl class="facts">
        ${row("lamp.power", html`${unit(lamp.power_now_w, "W", 1)} <span class="muted">${t("lamp.nominal", { w: num(lamp.power_w) })}</span>`)}
        ${row("lamp.energy", unit(lamp.energy_kwh, "kWh"))}
        ${row("lamp.hours", unit(lamp.burning_h, "h"))}
        ${row("lamp.temperature", unit(lamp.temperature_c, "°C"))}
        ${row("lamp.voltage", unit(lamp.voltage_v, "V", 1))}
        ${row("lamp.type", hasWords(type) ? t(type) : lamp.lamp_type)}
        ${row("lamp.height", unit(lamp.height_m, "m", 1))}
        ${row("lamp.installed", plainDate(lamp.installed_on))}
        ${row("lamp.pole", store.get("systems").some((/** @type {any} */ one) => one.name === "poles") ? html`<a href=${link("poles", lamp.pole)}>${lamp.pole}</a>` : lamp.pole)}
        ${row("lamp.circuit", html`<a href=${link("circuit", lamp.circuit)}>${lamp.circuit}</a>`)}
        ${row("lamp.cabinet", html`<a href=${link("cabinet", lamp.cabinet)}>${lamp.cabinet}</a>`)}
      </dl>`;
  }
}
customElements.define("cr-lamp", LampPanel);
