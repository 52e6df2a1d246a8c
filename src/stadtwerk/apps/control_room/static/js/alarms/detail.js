/** One alarm: what it means, what to do within which time, and its life. */

import { html, nothing } from "lit";
import { kindOf, loadAlarms, order } from "../core/alarms.js";
import { getJson } from "../core/api.js";
import { announce, clock, store } from "../core/city.js";
import { link } from "../core/router.js";
import { Again } from "../core/store.js";
import { dayAndTime, duration, hasWords, lampCount, localised, num, t } from "../i18n/index.js";
import { hasRole } from "../people/model.js";
import { icon } from "../ui/icons.js";
import { empty, loading, problem } from "../ui/states.js";
import { View } from "../ui/view.js";
import { openForm } from "./form.js";
import { alarmTitle, prioritySign } from "./signs.js";

/** @typedef {import("../core/alarms.js").AlarmView} AlarmView */

export class AlarmDetail extends View {
  static properties = { alarmId: {}, told: { state: true }, fault: { state: true }, refused: { state: true } };

  constructor() {
    super(["alarms", "alarmKinds", "totals", "at"]);
    new Again(this, store, ["moment"], () => this.#load());
    this.alarmId = "";
    /** @type {{alarm: AlarmView, history: any[]}|null} */
    this.told = null;
    /** @type {unknown} */
    this.fault = null;
    /** @type {unknown} */
    this.refused = null;
    /** @type {AlarmView|undefined} */
    this.known = undefined;
  }

  connectedCallback() {
    super.connectedCallback();
    if (!store.get("alarms")) loadAlarms();
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    const known = store.get("alarms")?.get(this.alarmId);
    if (changed.has("alarmId")) this.told = this.fault = this.refused = null;
    if (changed.has("alarmId") || known !== this.known) this.#load();
    this.known = known;
  }

  async #load() {
    try {
      this.told = await getJson(`/api/alarms/${encodeURIComponent(this.alarmId)}`);
      this.fault = null;
    } catch (error) {
      this.fault = error;
    }
  }

  /** @param {string} what */
  async #order(what) {
    try {
      await order(what, [this.alarmId]);
      this.refused = null;
      announce(t(`alarm.said.${what}`, { n: 1 }));
    } catch (error) {
      this.refused = error;
    }
  }

  render() {
    const view = this.known ?? this.told?.alarm;
    if (!view || !store.get("alarmKinds")) return this.fault ? problem(this.fault, () => this.#load()) : loading();
    return html`
      <header class="alarm-head">
        <h3>${prioritySign(view.priority, !view.acked)} ${alarmTitle(view)}</h3>
        <p>${view.name} · <span class="muted">${lampCount(view.lamps)}</span></p>
        <p class="small muted">${t(`alarm.priority.${view.priority}`)} (${num(view.severity)}) · ${t(`alarm.state.${view.state}`)}${view.suppressed_by.includes(":") ? html` · <a href=${link("alarms", view.suppressed_by)}>${t("alarm.explained")}</a>` : nothing}</p>
      </header>
      ${this.refused ? problem(this.refused) : nothing}
      ${store.get("at") === null ? this.#actions(view) : nothing}
      ${this.#meaning(view)}
      ${this.#history()}`;
  }

  /** @param {AlarmView} view */
  #actions(view) {
    const button = (/** @type {string} */ what, /** @type {boolean} */ isMain = false) => html`
      <button class=${isMain ? "primary" : ""} @click=${() => this.#order(what)}>${isMain ? icon("check") : nothing}${t(`alarm.do.${what}`)}</button>`;
    const form = (/** @type {string} */ mode) => html`<button @click=${() => openForm(mode, [view.id])}>${t(`alarm.do.${mode}`)}</button>`;
    return html`
      <div class="actions" role="group" aria-label=${t("alarm.actions")}>
        ${view.acked ? nothing : button("acknowledge", true)}
        ${view.acked && !view.confirmed ? button("confirm", true) : nothing}
        ${view.place ? html`<a class="button" href=${link(view.place, view.source)}>${icon("whole")}${t("alarm.map")}</a>` : nothing}
        ${view.shelving === "Unshelved" ? form("shelve") : button("unshelve")}
        ${form("comment")}
        ${hasRole(["engineer"]) ? html`${view.suppressed_by ? button("release") : form("suppress")}
        ${view.out_of_service ? button("return-to-service") : form("take-out-of-service")}` : nothing}
      </div>`;
  }

  /** @param {AlarmView} view */
  #meaning(view) {
    const kind = kindOf(view.kind);
    const row = (/** @type {string} */ key, /** @type {any} */ value) => html`<div><dt>${t(key)}</dt><dd>${value}</dd></div>`;
    const leftS = view.annunciated_at && kind ? (Date.parse(view.annunciated_at) - clock.nowMs()) / 1000 + kind.respond_s : 0;
    const due = leftS > 0 ? t("alarm.respond.left", { s: duration(leftS) }) : t("alarm.respond.over", { s: duration(-leftS) });
    return html`
      <dl class="facts">
        ${row("alarm.action", html`<strong>${localised(kind?.action)}</strong>`)}
        ${row("alarm.respond", html`${duration(kind?.respond_s ?? 0)}${view.active && view.annunciated_at ? html` <span class=${leftS > 0 ? "muted" : "abnormal"}>${due}</span>` : nothing}`)}
        ${row("alarm.cause", localised(kind?.cause))}
        ${row("alarm.consequence", localised(kind?.consequence))}
        ${row("alarm.since", dayAndTime(view.annunciated_at ?? view.raised_at, clock.zone))}
        ${view.returned_at ? row("alarm.returned", dayAndTime(view.returned_at, clock.zone)) : nothing}
        ${view.acked_at ? row("alarm.acked", `${dayAndTime(view.acked_at, clock.zone)}, ${view.acked_by}`) : nothing}
        ${view.shelved_until ? row("alarm.shelved.until", dayAndTime(view.shelved_until, clock.zone)) : nothing}
        ${view.comment ? row("alarm.comment", `${view.comment} (${view.comment_by})`) : nothing}
      </dl>`;
  }

  #history() {
    if (!this.told) return loading();
    const words = (/** @type {any} */ line) => {
      const key = `alarm.life.${line.kind.replace("alarm.", "")}`;
      const by = line.kind === "alarm.suppressed" && line.by?.includes(":") ? html` · <a href=${link("alarms", line.by)}>${t("alarm.explained")}</a>` : nothing;
      return html`${hasWords(key) ? t(key) : line.kind}${line.until ? ` ${t("alarm.until", { at: dayAndTime(line.until, clock.zone) })}` : ""}${line.comment ? `: ${line.comment}` : ""}${by}`;
    };
    return html`
      <section class="figure"><h3>${t("alarm.history")}</h3>
        ${this.told.history.length ? html`<ol class="life-lines">${this.told.history.map((line) => html`
          <li><span class="num muted">${dayAndTime(line.at, clock.zone)}</span><span>${words(line)}</span><span class="muted">${line.actor === "alarm" ? "" : line.actor}</span></li>`)}</ol>` : empty(t("alarm.history.none"))}
      </section>`;
  }
}
customElements.define("cr-alarm", AlarmDetail);
