/** The alarm list: urgent first, by exception, worked with the keyboard. */

import { html, nothing } from "lit";
import { PRIORITIES, byTime, byUrgency, isOpen, isUnseen, loadAlarms, order } from "../core/alarms.js";
import { announce, clock, store } from "../core/city.js";
import { go, link } from "../core/router.js";
import { dayAndTime, num, t } from "../i18n/index.js";
import { icon } from "../ui/icons.js";
import { empty, loading, problem } from "../ui/states.js";
import { View } from "../ui/view.js";
import { openForm } from "./form.js";
import { alarmTitle, prioritySign } from "./signs.js";

/** @typedef {import("../core/alarms.js").AlarmView} AlarmView */

const SHOWN = 300;
/** @type {Record<string, (view: AlarmView) => boolean>} */
const FILTERS = {
  open: isOpen,
  unseen: isUnseen,
  shelved: (view) => view.state === "shelved",
  suppressed: (view) => view.state === "suppressed" || view.state === "out-of-service",
};

export class AlarmList extends View {
  static properties = { filter: { state: true }, priority: { state: true }, text: { state: true }, sort: { state: true }, chosen: { state: true }, fault: { state: true } };

  constructor() {
    super(["alarms", "alarmKinds", "alarmFault", "alarmFocus", "at"]);
    this.filter = "open";
    this.priority = "";
    this.text = "";
    /** @type {"urgency"|"time"} */
    this.sort = "urgency";
    /** @type {Set<string>} */
    this.chosen = new Set();
    /** @type {unknown} */
    this.fault = null;
  }

  connectedCallback() {
    super.connectedCallback();
    if (!store.get("alarms")) loadAlarms();
  }

  updated() {
    const first = store.get("alarmFocus") && /** @type {HTMLElement|null} */ (this.querySelector("tbody a.what"));
    if (!first) return;
    store.set({ alarmFocus: false });
    first.focus();
  }

  /** @returns {AlarmView[]} */
  #views() {
    const wanted = this.text.trim().toLocaleLowerCase();
    const fits = (/** @type {AlarmView} */ view) => FILTERS[this.filter](view) && (!this.priority || view.priority === this.priority)
      && (!wanted || `${alarmTitle(view)} ${view.name}`.toLocaleLowerCase().includes(wanted));
    return [...store.get("alarms").values()].filter(fits).sort(this.sort === "urgency" ? byUrgency : byTime);
  }

  /** @param {AlarmView[]} views @returns {string[]} the chosen alarms that are on show */
  #ids(views) {
    return views.filter((view) => this.chosen.has(view.id)).map((view) => view.id);
  }

  /** @param {string[]} ids */
  async #acknowledge(ids) {
    const open = ids.filter((id) => !store.get("alarms").get(id)?.acked);
    if (!open.length) return;
    try {
      await order("acknowledge", open);
      this.fault = null;
      this.chosen = new Set();
      announce(t("alarm.said.acknowledged", { n: num(open.length) }));
    } catch (error) {
      this.fault = error;
    }
  }

  /** @param {KeyboardEvent} event @param {AlarmView} view @param {AlarmView[]} views */
  #key(event, view, views) {
    if (event.ctrlKey || event.metaKey || event.altKey || store.get("at") !== null) return;
    const many = this.#ids(views);
    const ids = many.length ? many : [view.id];
    const acts = /** @type {Record<string, () => void>} */ ({
      a: () => this.#acknowledge(ids), s: () => openForm("shelve", ids), k: () => openForm("comment", ids),
      x: () => this.#choose(view.id), " ": () => this.#choose(view.id), Enter: () => go("alarms", view.id),
      ArrowDown: () => this.#move(event, 1), ArrowUp: () => this.#move(event, -1),
    });
    const act = acts[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    const isBox = /** @type {Element} */ (event.target).matches("input");
    if (!act || (isBox && event.key === " ")) return;
    event.preventDefault();
    act();
  }

  /** @param {KeyboardEvent} event @param {number} step */
  #move(event, step) {
    const rows = [.../** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll("tbody a.what"))];
    const row = /** @type {Element} */ (event.target).closest("tr");
    const at = rows.findIndex((link_) => link_.closest("tr") === row);
    rows[at + step]?.focus();
  }

  /** @param {string} id */
  #choose(id) {
    const chosen = new Set(this.chosen);
    if (!chosen.delete(id)) chosen.add(id);
    this.chosen = chosen;
  }

  render() {
    const fault = store.get("alarmFault");
    if (fault && !store.get("alarms")) return problem(fault, () => loadAlarms());
    if (!store.get("alarms")) return loading();
    const views = this.#views();
    return html`
      ${this.#filters()}
      ${this.fault ? problem(this.fault) : nothing}
      ${store.get("at") === null ? this.#actions(views) : nothing}
      ${views.length ? this.#table(views) : empty(t(`alarm.none.${this.filter}`))}
      ${views.length > SHOWN ? html`<p class="small muted">${t("list.more", { shown: num(SHOWN), n: num(views.length) })}</p>` : nothing}`;
  }

  #filters() {
    const all = [...store.get("alarms").values()];
    return html`
      <div class="filters">
        <div role="group" aria-label=${t("alarm.filter")} class="segments">${Object.entries(FILTERS).map(([name, fits]) => html`
          <button class="chip" aria-pressed=${this.filter === name ? "true" : "false"} @click=${() => { this.filter = name; this.chosen = new Set(); }}>
            ${t(`alarm.filter.${name}`)} <span class="num">${num(all.filter(fits).length)}</span></button>`)}</div>
        <label><span class="visually-hidden">${t("alarm.priority")}</span>
          <select id="alarm-priority" @change=${(/** @type {any} */ e) => { this.priority = e.target.value; }}>
            <option value="">${t("alarm.priority.all")}</option>
            ${PRIORITIES.map((p) => html`<option value=${p} ?selected=${p === this.priority}>${t(`alarm.priority.${p}`)}</option>`)}
          </select></label>
        <label class="grow"><span class="visually-hidden">${t("alarm.text")}</span>
          <input id="alarm-text" type="search" placeholder=${t("alarm.text")} @input=${(/** @type {any} */ e) => { this.text = e.target.value; }}></label>
      </div>`;
  }

  /** @param {AlarmView[]} views */
  #actions(views) {
    const ids = this.#ids(views);
    const unseen = ids.filter((id) => !store.get("alarms").get(id)?.acked);
    return html`
      <div class="actions bar" role="group" aria-label=${t("alarm.actions")}>
        <button class="primary" id="acknowledge" ?disabled=${!unseen.length} @click=${() => this.#acknowledge(ids)}>${icon("check")}${t("alarm.acknowledge.n", { n: num(unseen.length) })}</button>
        <button ?disabled=${!ids.length} @click=${() => openForm("shelve", ids)}>${t("alarm.shelve.n", { n: num(ids.length) })}</button>
        <button ?disabled=${!ids.length} @click=${() => openForm("comment", ids)}>${t("alarm.comment.n", { n: num(ids.length) })}</button>
        <p class="small muted" id="alarm-keys">${t("alarm.keys")}</p>
      </div>`;
  }

  /** @param {AlarmView[]} views */
  #table(views) {
    const shown = views.slice(0, SHOWN);
    const all = shown.every((view) => this.chosen.has(view.id));
    const head = (/** @type {"urgency"|"time"} */ name, /** @type {string} */ words) => html`
      <th scope="col" aria-sort=${this.sort === name ? "descending" : "none"}><button class="quiet sort" @click=${() => { this.sort = name; }}>${words}</button></th>`;
    return html`
      <table class="alarms">
        <thead><tr>
          <th scope="col"><input type="checkbox" aria-label=${t("alarm.choose.all")} .checked=${all}
            @change=${() => { this.chosen = new Set(all ? [] : shown.map((view) => view.id)); }}></th>
          ${head("urgency", t("alarm.priority"))}${head("time", t("alarm.since"))}
          <th scope="col">${t("alarm.what")}</th><th scope="col" class="n">${t("alarm.lamps")}</th><th scope="col">${t("alarm.state")}</th>
        </tr></thead>
        <tbody>${shown.map((view) => this.#row(view, views))}</tbody>
      </table>`;
  }

  /** @param {AlarmView} view @param {AlarmView[]} views */
  #row(view, views) {
    const unseen = isUnseen(view);
    const title = `${alarmTitle(view)}, ${view.name}`;
    return html`
      <tr class="${unseen ? "is-unseen" : ""} ${view.active ? "is-active" : ""} ${this.chosen.has(view.id) ? "is-chosen" : ""}"
        @keydown=${(/** @type {KeyboardEvent} */ e) => this.#key(e, view, views)}>
        <td><input type="checkbox" aria-label=${t("alarm.choose", { title })} .checked=${this.chosen.has(view.id)} @change=${() => this.#choose(view.id)}></td>
        <td><span class="with-sign">${prioritySign(view.priority, unseen)}<span class="word">${t(`alarm.priority.${view.priority}`)}</span></span></td>
        <td class="num">${dayAndTime(view.annunciated_at ?? view.raised_at, clock.zone)}</td>
        <td><a class="what" href=${link("alarms", view.id)}><strong>${alarmTitle(view)}</strong> <span class="muted">${view.name}</span></a>
          ${view.comment ? html`<span class="small muted comment">${icon("list")}${view.comment}</span>` : nothing}</td>
        <td class="num n">${num(view.lamps)}</td>
        <td>${t(`alarm.state.${view.state}`)}${view.count > 1 ? html` <span class="small muted num">${t("alarm.count", { n: num(view.count) })}</span>` : nothing}
          ${view.state === "shelved" ? html`<br><span class="small muted num">${t("alarm.until", { at: dayAndTime(view.shelved_until, clock.zone) })}</span>` : nothing}</td>
      </tr>`;
  }
}
customElements.define("cr-alarm-list", AlarmList);
