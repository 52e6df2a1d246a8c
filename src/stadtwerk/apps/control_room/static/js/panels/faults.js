/** The fault board: what measurements found, by cause; the lamps it takes on the map. */

import { html, nothing } from "lit";
import { getJson } from "../core/api.js";
import { clock, store } from "../core/city.js";
import { link } from "../core/router.js";
import { Again } from "../core/store.js";
import { dayAndTime, lampCount, num, t } from "../i18n/index.js";
import { empty, loading, problem } from "../ui/states.js";
import { View } from "../ui/view.js";
import { stateWords, where } from "./fault_words.js";
import "./ageing.js";
import "./fault_detail.js";

const AGAIN_MS = 60_000;
/** From what takes whole streets to what takes a lamp's watts. */
const CAUSES = ["supply", "cable", "control", "radio", "light", "driver", "insulation", "age", "inventory"];

export class Faults extends View {
  static properties = { what: {}, model: {}, answer: { state: true }, fault: { state: true } };

  constructor() {
    super(["at"]);
    new Again(this, store, ["moment"], () => this.#load());
    this.what = this.model = "";
    /** @type {any} */
    this.answer = null;
    /** @type {unknown} */
    this.fault = null;
    this.timer = 0;
  }

  connectedCallback() {
    super.connectedCallback();
    this.timer = window.setInterval(() => !document.hidden && store.get("at") === null && this.#load(), AGAIN_MS);
    this.#load();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this.timer);
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (changed.has("what") && this.answer) this.#load();
  }

  async #load() {
    try {
      this.answer = await getJson("/api/lighting/faults");
      this.fault = null;
    } catch (error) {
      this.fault = error;
    }
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const links = [.../** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll("ol.rows a"))];
    event.preventDefault();
    links[links.indexOf(/** @type {HTMLElement} */ (document.activeElement)) + step]?.focus();
  }

  render() {
    if (this.what === "ageing") return html`<cr-ageing .model=${this.model}></cr-ageing>`;
    if (this.what) return html`<cr-fault-detail .faultId=${this.what}></cr-fault-detail>`;
    if (this.fault && !this.answer) return problem(this.fault, () => this.#load());
    if (!this.answer) return loading();
    const { faults, total } = this.answer;
    const brief = html`<cr-ageing .isBrief=${true}></cr-ageing>`;
    if (!total) return html`<p class="small muted">${t("faults.intro")}</p>${empty(t("faults.none"))}${brief}`;
    return html`<p class="small muted">${t("faults.intro")}</p>
      ${this.fault ? problem(this.fault, () => this.#load()) : nothing}
      <div @keydown=${(/** @type {KeyboardEvent} */ e) => this.#key(e)}>${CAUSES.map((cause) => this.#cause(cause, faults.filter((/** @type {any} */ one) => one.cause === cause)))}</div>
      ${total > faults.length ? html`<p class="small muted">${t("list.more", { shown: num(faults.length), n: num(total) })}</p>` : nothing}${brief}`;
  }

  /** @param {string} cause @param {any[]} faults */
  #cause(cause, faults) {
    if (!faults.length) return nothing;
    return html`<section class="figure"><h3>${t(`faults.cause.${cause}`)} <span class="num muted">${num(this.answer.causes[cause])}</span></h3>
      <ol class="rows class-rows">${faults.map((one) => html`<li><a href=${link("faults", one.id)}>
        <span><span>${t(`faults.kind.${one.kind}`)}</span><br><span class="small muted">${where(one)}</span><br><span class="small muted">${dayAndTime(one.since, clock.zone)}</span></span>
        <span class="n"><span class="small">${stateWords(one)}</span>${one.lamp_count > 1 ? html`<br><span class="small muted">${lampCount(one.lamp_count)}</span>` : nothing}</span></a></li>`)}</ol></section>`;
  }
}
customElements.define("cr-faults", Faults);
