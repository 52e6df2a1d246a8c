/** Crews: who drives, when, with what and from where; set up, changed, retired, and the newest change taken back. */

import { html, nothing } from "lit";
import { live } from "lit/directives/live.js";
import { announce, sendCommand, store } from "../core/city.js";
import { go, link } from "../core/router.js";
import { Again } from "../core/store.js";
import { t } from "../i18n/index.js";
import { icon } from "../ui/icons.js";
import { empty, loading, problem } from "../ui/states.js";
import { View } from "../ui/view.js";
import { CLOCK, depots, freshCrew, idOf, loadCrews, shiftBar, SKILLS } from "../works/crews.js";

/** @typedef {import("../works/crews.js").Crew} Crew */

const NEW = "new";

export class CrewsPanel extends View {
  static properties = { what: {}, crews: { state: true }, draft: { state: true }, fault: { state: true }, unread: { state: true }, back: { state: true }, isSending: { state: true } };

  constructor() {
    super(["at"]);
    new Again(this, store, ["moment"], () => this.#load());
    this.what = "";
    /** @type {Crew[]|null} */
    this.crews = null;
    /** @type {Crew|null} */
    this.draft = null;
    /** @type {unknown} */
    this.fault = null;
    /** @type {unknown} */
    this.unread = null;
    /** What takes the newest change back. @type {{kind: string, body: object, words: string}|null} */
    this.back = null;
    this.isSending = false;
  }

  connectedCallback() {
    super.connectedCallback();
    this.#load();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    store.set({ placed: null, pick: null });
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (!changed.has("what") && !changed.has("crews")) return;
    if (changed.has("what")) this.fault = null;
    const known = this.crews?.find((crew) => crew.id === this.what);
    if (changed.has("what") || !this.draft) this.draft = this.what === NEW ? freshCrew() : known ? { ...known } : null;
  }

  updated() {
    const writes = this.draft !== null && store.get("at") === null;
    store.set({
      placed: this.crews ? depots(this.crews, this.what, this.draft) : null,
      pick: writes ? (/** @type {[number, number]} */ at) => this.#set({ depot: [round(at[0]), round(at[1])] }) : null,
    });
  }

  async #load() {
    try {
      this.crews = await loadCrews();
      this.unread = null;
    } catch (error) {
      this.unread = error;
    }
  }

  /** @param {Partial<Crew>} patch */
  #set(patch) {
    if (this.draft) this.draft = { ...this.draft, ...patch };
  }

  /** @param {string} kind @param {object} body @param {string} words @param {{kind: string, body: object}|null} back */
  async #order(kind, body, words, back) {
    this.isSending = true;
    this.fault = null;
    try {
      await sendCommand(`lighting.${kind}`, body);
      this.back = back && { ...back, words: t("crews.undo", { words }) };
      announce(words);
      await this.#load();
      go("crews");
    } catch (error) {
      this.fault = error;
      await this.updateComplete;
      /** @type {HTMLElement|null} */ (this.querySelector(".problem"))?.scrollIntoView({ block: "nearest" });
    }
    this.isSending = false;
  }

  /** @param {Event} event */
  #save(event) {
    event.preventDefault();
    const { draft, crews } = this;
    if (!draft || !crews || !/** @type {HTMLFormElement} */ (event.currentTarget).reportValidity()) return;
    const before = crews.find((crew) => crew.id === draft.id);
    const body = { ...draft, id: draft.id || idOf(draft.name, crews), name: draft.name.trim(), vehicle: draft.vehicle.trim() };
    const back = before ? { kind: "put-crew", body: before } : { kind: "remove-crew", body: { id: body.id } };
    this.#order("put-crew", body, t(before ? "crews.said.changed" : "crews.said.made", { name: body.name }), back);
  }

  /** @param {Crew} crew */
  #retire(crew) {
    this.#order("remove-crew", { id: crew.id }, t("crews.said.retired", { name: crew.name }), { kind: "put-crew", body: crew });
  }

  #undo() {
    if (this.back) this.#order(this.back.kind, this.back.body, t("crews.said.undone"), null);
  }

  render() {
    if (!this.crews) return this.unread ? problem(this.unread, () => this.#load()) : loading();
    const isNow = store.get("at") === null;
    if (this.what && this.draft && isNow) return this.#form(this.draft);
    const chosen = this.crews.find((crew) => crew.id === this.what);
    return html`
      <p class="crumbs small"><a href=${link("works")}>${t("nav.works")}</a></p>
      ${this.unread ? problem(this.unread, () => this.#load()) : nothing}${this.fault ? problem(this.fault) : nothing}
      ${this.what && !chosen && this.what !== NEW ? problem(new Error(t("crews.unknown"))) : nothing}
      ${isNow ? html`<div class="actions column">
        ${this.back ? html`<button ?disabled=${this.isSending} @click=${() => this.#undo()}>${icon("undo")}${this.back.words}</button>` : nothing}
        <a class="button primary" href=${link("crews", NEW)}>${icon("plus")}${t("crews.new")}</a></div>` : nothing}
      ${this.crews.length ? html`<ol class="rows class-rows">${this.crews.map((crew) => html`<li><a href=${link("crews", crew.id)}>
        <span class="crew-row"><strong>${crew.name}</strong> <span class="small muted">${crew.vehicle} · ${crew.skills.map((skill) => t(`crews.skill.${skill}`)).join(", ")}</span>${shiftBar(crew)}</span></a></li>`)}</ol>` : empty(t("crews.none"))}`;
  }

  /** @param {Crew} draft */
  #form(draft) {
    const known = this.crews?.find((crew) => crew.id === draft.id);
    return html`
      <p class="crumbs small"><a href=${link("crews")}>${t("crews.all")}</a></p>
      <form class="crew" @submit=${(/** @type {Event} */ event) => this.#save(event)}>
        <h3 class="class-name">${known ? known.name : t("crews.new")}</h3>
        ${this.fault ? problem(this.fault) : nothing}
        ${this.#text("name", draft.name)}${this.#text("vehicle", draft.vehicle)}
        <fieldset class="field"><legend>${t("crews.skills")}</legend>${SKILLS.map((skill, k) => html`
          <label class="radio"><input type="checkbox" .checked=${live(draft.skills.includes(skill))} ?required=${k === 0 && !draft.skills.length}
            @change=${(/** @type {any} */ e) => this.#set({ skills: SKILLS.filter((one) => (one === skill ? e.target.checked : draft.skills.includes(one))) })}>${t(`crews.skill.${skill}`)}</label>`)}</fieldset>
        <div class="crew-times">${this.#time("begin", draft.begin)}${this.#time("end", draft.end)}${this.#time("break_at", draft.break_at)}
          <div class="field"><label for="crew-break_min">${t("crews.break_min")}</label><input id="crew-break_min" type="number" min="0" max="120" step="5" required .value=${live(String(draft.break_min))}
            @input=${(/** @type {any} */ e) => this.#set({ break_min: Number(e.target.value) })}></div></div>
        ${shiftBar(draft)}
        <fieldset class="field"><legend>${t("crews.depot")}</legend>
          <p class="small muted">${t("crews.depot.words")}</p>
          <div class="crew-times">${this.#degrees(0, "lon", 180)}${this.#degrees(1, "lat", 90)}</div>
          <p><button type="button" @click=${() => this.dispatchEvent(new CustomEvent("draw-action", { detail: "pick", bubbles: true }))}>${t("crews.depot.middle")}</button></p></fieldset>
        <div class="actions"><button class="primary" ?disabled=${this.isSending}>${icon("check")}${t("crews.save")}</button>
          ${known ? html`<button type="button" class="quiet" ?disabled=${this.isSending} @click=${() => this.#retire(known)}>${icon("close")}${t("crews.retire")}</button>` : nothing}
          <a class="button quiet" href=${link("crews")}>${t("crews.cancel")}</a></div>
      </form>`;
  }

  /** @param {"name"|"vehicle"} field @param {string} value */
  #text(field, value) {
    return html`<div class="field"><label for="crew-${field}">${t(`crews.${field}`)}</label>
      <input id="crew-${field}" required maxlength="60" pattern=".*\\S.*" autocomplete="off" .value=${live(value)} @input=${(/** @type {any} */ e) => this.#set({ [field]: e.target.value })}></div>`;
  }

  /** @param {"begin"|"end"|"break_at"} field @param {string} value */
  #time(field, value) {
    return html`<div class="field"><label for="crew-${field}">${t(`crews.${field}`)}</label>
      <input id="crew-${field}" required maxlength="5" inputmode="numeric" autocomplete="off" placeholder="07:00" pattern=${CLOCK} .value=${live(value)} @input=${(/** @type {any} */ e) => this.#set({ [field]: e.target.value })}></div>`;
  }

  /** @param {0|1} place @param {string} name @param {number} most degrees */
  #degrees(place, name, most) {
    const value = this.draft?.depot?.[place];
    return html`<div class="field"><label for="crew-${name}">${t(`crews.${name}`)}</label>
      <input id="crew-${name}" type="number" required step="any" min=${-most} max=${most} .value=${live(value === undefined ? "" : String(value))} @change=${(/** @type {any} */ e) => {
        const depot = /** @type {[number, number]} */ ([...(this.draft?.depot ?? [0, 0])]);
        depot[place] = Number(e.target.value);
        this.#set({ depot });
      }}></div>`;
  }
}
customElements.define("cr-crews", CrewsPanel);

/** @param {number} degrees @returns {number} to about a decimetre */
const round = (degrees) => Math.round(degrees * 1e6) / 1e6;
