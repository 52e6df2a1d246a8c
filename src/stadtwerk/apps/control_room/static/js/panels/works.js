/** Work orders and tours of a day: picture, replan, move a job by keyboard or buttons, take a step back. */

import { html, nothing } from "lit";
import { announce, clock, store } from "../core/city.js";
import { link } from "../core/router.js";
import { Again } from "../core/store.js";
import { dayAndTime, num, plainDate, t, timeOfDay } from "../i18n/index.js";
import { empty, loading, problem } from "../ui/states.js";
import { View } from "../ui/view.js";
import { dayPicture, waysPicture } from "../works/gantt.js";
import { isMovable, loadDay, openJobs, order } from "../works/model.js";

/** @typedef {import("../works/model.js").Job} Job */
/** @typedef {import("../works/model.js").Tour} Tour */
/** @typedef {import("../works/model.js").Day} Day */

const [AGAIN_MS, PLANNING_MS] = [15_000, 700];
const SHOWN = 100;
const DAY_MS = 86_400_000;

export class WorksPanel extends View {
  static properties = { what: {}, day: { state: true }, fault: { state: true }, unread: { state: true }, moved: { state: true } };

  constructor() {
    super(["at"]);
    new Again(this, store, ["moment"], () => this.#load());
    this.what = "";
    /** @type {Day|null} */
    this.day = null;
    /** @type {unknown} */
    this.fault = null;
    /** @type {unknown} */
    this.unread = null;
    this.moved = "";
    this.timer = 0;
    this.asked = 0;
    this.focusOn = "";
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.timer);
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (changed.has("what")) this.#load();
  }

  updated() {
    const row = this.focusOn && /** @type {HTMLElement|null} */ (this.querySelector(`[data-job="${this.focusOn}"] a`));
    if (!row) return;
    this.focusOn = "";
    row.focus();
  }

  /** Read the day anew, soon again while a search runs; of several answers the last question's counts. */
  async #load() {
    clearTimeout(this.timer);
    const mine = ++this.asked;
    try {
      const day = await loadDay(this.what);
      if (mine !== this.asked) return;
      this.day = day;
      this.unread = null;
    } catch (fault) {
      if (mine === this.asked) this.unread = fault;
    }
    if (!this.isConnected || store.get("at") !== null) return;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.#load(), this.day?.planning?.state === "asked" ? PLANNING_MS : AGAIN_MS);
  }

  /** @param {string} what @param {object} content @param {string} words @param {string} [job] */
  async #order(what, content, words, job = "") {
    this.fault = null;
    try {
      await order(what, content);
      this.moved = job;
      announce(words);
    } catch (fault) {
      this.fault = fault;
    }
    await this.#load();
    // Rows are drawn anew in their order first; then the focus follows the job.
    this.focusOn = job;
    this.requestUpdate();
  }

  /** @param {Job} job @param {Tour} tour @param {number|null} place */
  #plan(job, tour, place) {
    const content = { job: job.id, crew: tour.crew.id, day: tour.day, ...(place === null ? {} : { place }) };
    return this.#order("plan-job", content, t("works.said.moved", { job: job.id, crew: tour.crew.name }), job.id);
  }

  /** @param {KeyboardEvent} event @param {Tour} tour @param {number} i */
  #key(event, tour, i) {
    if (!event.shiftKey || !this.day || store.get("at") !== null || !isMovable(tour.stops[i])) return;
    const { job } = tour.stops[i];
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const side = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const other = side && this.day.tours[this.day.tours.indexOf(tour) + side];
    if (step && tour.stops[i + step]) this.#plan(job, tour, i + step);
    else if (other) this.#plan(job, other, null);
    else return;
    event.preventDefault();
  }

  render() {
    if (!this.day) return this.unread ? problem(this.unread, () => this.#load()) : loading();
    const { day } = this;
    const open = openJobs(day);
    return html`
      ${this.#head(day)}
      ${this.unread ? problem(this.unread, () => this.#load()) : nothing}
      ${this.fault ? problem(this.fault) : nothing}
      ${this.moved && store.get("at") === null ? html`<p class="works-undo"><button @click=${() => this.#undo()}>${t("works.undo", { job: this.moved })}</button></p>` : nothing}
      ${day.tours.length ? html`${dayPicture(day)}<div class="works-two">${waysPicture(day, open)}<div>${day.tours.map((tour) => this.#tour(tour))}</div></div>` : empty(t("works.nocrew"))}
      <h3 id="works-open">${t("works.open", { n: num(open.length) })}</h3>
      ${open.length ? html`<ul class="works-open" aria-labelledby="works-open">${open.slice(0, SHOWN).map((job) => this.#open(job))}</ul>` : empty(t("works.noopen"))}
      ${open.length > SHOWN ? html`<p class="small muted">${t("list.more", { shown: num(SHOWN), n: num(open.length) })}</p>` : nothing}`;
  }

  /** @param {Day} day */
  #head(day) {
    const shift = (/** @type {number} */ days) => new Date(Date.parse(`${day.day}T12:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
    const busy = day.planning?.state === "asked";
    const km = day.tours.reduce((sum, tour) => sum + tour.distance_m, 0) / 1000;
    const left = day.planning?.left?.length ?? 0;
    return html`
      <div class="works-head">
        <a class="button" href=${link("works", shift(-1))} aria-label=${t("works.before")}>‹</a>
        <strong>${plainDate(day.day)}</strong>
        <a class="button" href=${link("works", shift(1))} aria-label=${t("works.after")}>›</a>
        <span class="muted">${t("works.sum", { n: num(day.tours.reduce((sum, tour) => sum + tour.stops.length, 0)), km: num(km, 1) })}</span>
        <a class="button" href=${link("crews")}>${t("works.crews")}</a>
        ${store.get("at") === null ? html`<button class="primary" ?disabled=${busy || !day.tours.length} @click=${() => this.#order("plan-tours", { day: day.day }, t("works.said.asked"))}>${t("works.replan")}</button>` : nothing}
      </div>
      <p role="status" class="small muted">${busy ? (day.progress ? t("works.searching", { km: num(day.progress.distance_m / 1000, 1), left: num(day.progress.left) }) : t("works.asked"))
        : day.planning?.state === "failed" ? t("works.failed") : left ? t("works.left", { n: num(left) }) : ""}</p>`;
  }

  /** @param {Tour} tour */
  #tour(tour) {
    const words = tour.back_at ? t("works.tour", { n: num(tour.stops.length), km: num(tour.distance_m / 1000, 1), back: timeOfDay(tour.back_at, clock.zone) }) : t("works.idle");
    return html`
      <section class="works-tour" aria-label=${tour.crew.name}>
        <h3>${tour.crew.name} <span class="muted">${words}</span></h3>
        ${tour.stops.length > 1 && store.get("at") === null ? html`<p class="small muted">${t("works.keys")}</p>` : nothing}
        <ol>${tour.stops.map((stop, i) => html`
          <li data-job=${stop.job.id} @keydown=${(/** @type {KeyboardEvent} */ event) => this.#key(event, tour, i)}>
            <span class="num">${i + 1}</span>
            <span class="num">${timeOfDay(stop.arrive_at, clock.zone)}</span>
            <span class="what">${this.#what(stop.job)} ${stop.late ? html`<strong class="late">! ${t("works.late")}</strong>` : nothing}
              <span class="muted">· ${t(`works.state.${stop.job.state}`)}</span></span>
            ${store.get("at") === null && isMovable(stop) ? html`<span class="acts">
              <button class="icon quiet" ?disabled=${i === 0} aria-label=${t("works.up", { job: stop.job.id })} @click=${() => this.#plan(stop.job, tour, i - 1)}>↑</button>
              <button class="icon quiet" ?disabled=${i === tour.stops.length - 1} aria-label=${t("works.down", { job: stop.job.id })} @click=${() => this.#plan(stop.job, tour, i + 1)}>↓</button>
              ${this.#crews(stop.job, tour)}
              <button class="quiet" aria-label=${t("works.out", { job: stop.job.id })} @click=${() => this.#order("unplan-job", { job: stop.job.id }, t("works.said.out", { job: stop.job.id }), stop.job.id)}>×</button></span>` : nothing}
          </li>`)}</ol>
      </section>`;
  }

  /** @param {Job} job */
  #what(job) {
    return html`<a href=${link("lamp", job.lamps[0])}>${job.street.name} ${job.poles.slice(0, 2).join(", ")}</a> <span class="muted">· ${t(`works.kind.${job.kind}`)}</span>`;
  }

  /** @param {Job} job */
  #open(job) {
    return html`
      <li data-job=${job.id}>
        <span class="num">${job.id}</span>
        <span class="what">${this.#what(job)} <span class=${job.overdue ? "late" : "muted"}>${job.overdue ? "! " : "· "}${t("works.due", { at: dayAndTime(job.due_at, clock.zone) })}</span>
          ${job.priority === "normal" ? nothing : html`<strong>${t(`works.priority.${job.priority}`)}</strong>`}</span>
        ${store.get("at") === null && this.day?.tours.length ? html`<span class="acts">${this.#crews(job, null)}</span>` : nothing}
      </li>`;
  }

  /** @param {Job} job @param {Tour|null} at the tour it is in */
  #crews(job, at) {
    const able = this.day?.tours.filter((tour) => tour.crew.skills.includes(job.skill)) ?? [];
    return html`
      <select aria-label=${t("works.crew", { job: job.id })} @change=${(/** @type {Event} */ event) => {
        const tour = able.find((one) => one.crew.id === /** @type {HTMLSelectElement} */ (event.target).value);
        if (tour) this.#plan(job, tour, null);
      }}>
        ${at ? nothing : html`<option value="" selected>${t("works.choose")}</option>`}
        ${able.map((tour) => html`<option value=${tour.crew.id} ?selected=${tour === at}>${tour.crew.name}</option>`)}
      </select>`;
  }

  #undo() {
    const job = this.moved;
    return this.#order("undo-job", { job }, t("works.said.undone", { job })).then(() => { if (!this.fault) this.moved = ""; });
  }
}
customElements.define("cr-works", WorksPanel);

