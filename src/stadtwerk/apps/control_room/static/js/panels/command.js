/** One command from being asked to being confirmed by its lamps. */

import { html, nothing } from "lit";
import { getJson } from "../core/api.js";
import { announce, clock, isClosed, keepCommands, store } from "../core/city.js";
import { link } from "../core/router.js";
import { Again } from "../core/store.js";
import { dayAndTime, duration, hasWords, num, percent, rampWords, t } from "../i18n/index.js";
import { progressBar } from "../ui/bars.js";
import { commandWords, isHeld, lifeLine, refusalWords } from "../ui/commands.js";
import { SIGNS, icon } from "../ui/icons.js";
import { loading, problem } from "../ui/states.js";
import { View } from "../ui/view.js";

const MISSING_SHOWN = 30;

export class CommandPanel extends View {
  static properties = { commandId: {}, missing: { state: true }, fault: { state: true } };

  constructor() {
    super(["commands", "totals"]);
    new Again(this, store, ["moment"], () => this.#load());
    this.commandId = "";
    /** @type {{lamps: string[], reasons: Record<string, string>}|null} */
    this.missing = null;
    /** @type {unknown} */
    this.fault = null;
    this.wasOpen = false;
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (changed.has("commandId")) {
      this.missing = this.fault = null;
      this.wasOpen = false;
      this.#load();
    }
    const view = this.#view();
    if (view && !isClosed(view)) this.wasOpen = true;
    if (view && isClosed(view) && this.wasOpen) {
      this.wasOpen = false;
      announce(t("announce.done", { confirmed: num(view.confirmed), n: num(view.targets) }));
      this.#loadMissing(view);
    }
  }

  /** @returns {import("../core/types.js").CommandView|undefined} */
  #view() {
    return store.get("commands").get(this.commandId);
  }

  async #load() {
    try {
      const view = await getJson(`/api/commands/${encodeURIComponent(this.commandId)}`);
      keepCommands([view]);
      await this.#loadMissing(view);
    } catch (error) {
      this.fault = error;
    }
  }

  /** @param {import("../core/types.js").CommandView} view */
  async #loadMissing(view) {
    if (!view.expired) return;
    try {
      this.missing = await getJson(`/api/commands/${encodeURIComponent(view.id)}/targets?outcome=expired`);
    } catch {
      // The counts above already say how many.
    }
  }

  render() {
    const view = this.#view();
    if (!view) return this.fault ? problem(this.fault, () => this.#load()) : loading();
    return html`
      <p class="crumbs small muted">${commandWords(view)} · ${this.#target(view)}</p>
      ${lifeLine(view)}
      ${isHeld(view) ? html`<p class="held">${SIGNS.pending()}<span>${t("cmd.held.until", { at: dayAndTime(view.held_until ?? null, clock.zone) })} <a href=${link("approvals")}>${t("cmd.held.go")}</a></span></p>` : nothing}
      ${view.refusal ? html`<div class="problem" role="alert"><p>${t("cmd.refused")} ${refusalWords(view.refusal)}</p></div>` : this.#progress(view)}
      ${view.kind === "lighting.set-level" && view.confirmed > 0 && this.#isActive(view) ? html`<div class="actions"><a class="button" href=${link("command", view.id, "clear")}>${icon("undo")}${t("action.undo")}</a></div>` : nothing}
      ${this.#facts(view)}
      ${this.#missing(view)}`;
  }

  /** @param {import("../core/types.js").CommandView} view */
  #isActive(view) {
    return !view.until || Date.parse(view.until) > clock.nowMs();
  }

  /** @param {import("../core/types.js").CommandView} view */
  #target(view) {
    const kind = ["lamp", "street", "district", "circuit"].find((k) => k in (view.target ?? {}));
    const id = kind ? String(/** @type {any} */ (view.target)[kind]) : "";
    return kind ? html`<a href=${link(kind, id)}>${t(`kind.${kind}`)} ${view.title}</a>` : html`${view.title}`;
  }

  /** @param {import("../core/types.js").CommandView} view */
  #progress(view) {
    if (!view.targets) return nothing;
    const item = (/** @type {string} */ name, /** @type {number} */ n) => html`<li class="key-${name}"><span class="swatch" aria-hidden="true"></span><span class="num n">${num(n)}</span> <span class="muted">${t(`cmd.${name}`)}</span></li>`;
    return html`
      <section class="figure">
        <p class="big num"><span class="value">${num(view.targets ? (view.confirmed / view.targets) * 100 : 0, 1)}</span> <span class="unit">%</span>
          <span class="aside small muted">${t("cmd.confirmed")}</span></p>
        ${progressBar(view)}
        <ul class="keys">${item("confirmed", view.confirmed)}${item("pending", view.pending)}${item("expired", view.expired)}</ul>
      </section>`;
  }

  /** @param {import("../core/types.js").CommandView} view */
  #facts(view) {
    const row = (/** @type {string} */ key, /** @type {any} */ value) => html`<div><dt>${t(key)}</dt><dd class="num">${value}</dd></div>`;
    const took = view.closed_at ? duration((Date.parse(view.closed_at) - Date.parse(view.requested_at)) / 1000) : null;
    return html`
      <dl class="facts">
        ${view.level_percent === null ? nothing : row("cmd.level", percent(view.level_percent))}
        ${view.ramp_s ? row("cmd.ramp", rampWords(view.ramp_s)) : nothing}
        ${view.until ? row("cmd.until", dayAndTime(view.until, clock.zone)) : nothing}
        ${row("cmd.reason", view.reason || "–")}
        ${row("cmd.actor", view.actor)}
        ${row("cmd.requested", dayAndTime(view.requested_at, clock.zone))}
        ${row("cmd.closed", took ? html`${dayAndTime(view.closed_at, clock.zone)} <span class="muted">${t("cmd.took", { s: took })}</span>` : t("cmd.open"))}
      </dl>`;
  }

  /** @param {import("../core/types.js").CommandView} view */
  #missing(view) {
    const outcomes = Object.entries(view.outcomes ?? {}).filter(([name, n]) => n && name !== "confirmed");
    if (!outcomes.length && !this.missing?.lamps.length) return nothing;
    const ids = this.missing?.lamps ?? [];
    const words = (/** @type {string} */ name) => (hasWords(`cmd.outcome.${name}`) ? t(`cmd.outcome.${name}`) : name);
    return html`
      <section class="figure"><h3>${t("cmd.missing")}</h3>
        <ul class="small muted">${outcomes.map(([name, n]) => html`<li><span class="num">${num(n)}</span> ${words(name)}</li>`)}</ul>
        <ul class="chips">${ids.slice(0, MISSING_SHOWN).map((id) => html`<li><a class="num" href=${link("lamp", id)}>${id}</a></li>`)}</ul>
        ${ids.length > MISSING_SHOWN ? html`<p class="small muted">${t("cmd.missing.more", { n: num(ids.length - MISSING_SHOWN) })}</p>` : nothing}
      </section>`;
  }
}
customElements.define("cr-command", CommandPanel);
