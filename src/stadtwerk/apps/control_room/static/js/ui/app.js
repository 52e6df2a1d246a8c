/** The whole screen: bar, overview, map, and the panel the address asks for. */

import { html, nothing } from "lit";
import { store } from "../core/city.js";
import { currentRoute, go, link } from "../core/router.js";
import { t } from "../i18n/index.js";
import { icon } from "./icons.js";
import { SCREENS, isNowOnly, isScreen, isWide } from "./nav.js";
import { empty } from "./states.js";
import { View } from "./view.js";
import "./top-bar.js";
import "./help.js";
import "./map-view.js";
import "./time-bar.js";
import "../panels/overview.js";
import "../panels/lamp.js";
import "../panels/group.js";
import "../panels/dim.js";
import "../panels/assign.js";
import "../panels/clear.js";
import "../panels/command.js";
import "../panels/list.js";
import "../panels/choose.js";
import "../panels/draw.js";

const GROUPS = ["street", "district", "circuit", "cabinet", "feeder", "gateway", "area"];

export class App extends View {
  static properties = { isTall: { state: true } };

  constructor() {
    super(["route", "selection", "announcement", "mapState", "city", "systems", "at"]);
    this.isTall = false;
    this.shown = "";
    this.isAwaited = false;
  }

  connectedCallback() {
    super.connectedCallback();
    addEventListener("hashchange", () => store.set({ route: currentRoute() }));
    this.addEventListener("found", () => this.#awaitPanel());
  }

  updated() {
    document.title = [this.#title(), t("app.title"), "stadtwerk"].filter(Boolean).join(" · ");
    const { name, id, action } = store.get("route");
    const shown = `${name}/${id}/${action}`;
    if (shown !== this.shown) this.isTall = ["dim", "clear", "assign"].includes(action) || ["choose", "list"].includes(name) || isScreen(name);
    if (shown !== this.shown) this.#focusPanel();
    this.shown = shown;
  }

  #awaitPanel() {
    this.isAwaited = true;
    const { name, id, action } = currentRoute();
    if (`${name}/${id}/${action}` === this.shown) this.#focusPanel();
  }

  /** Whoever found a thing goes on with it: the focus follows, however late its panel comes. */
  #focusPanel() {
    /** @type {HTMLElement|null} */
    const title = this.isAwaited && store.get("route").name ? this.querySelector("#panel h2") : null;
    if (!title) return;
    this.isAwaited = false;
    title.focus();
  }

  #title() {
    const { name, id, action } = store.get("route");
    const selection = store.get("selection");
    if (isScreen(name)) return t(`nav.${name}`);
    if (name === "list") return t(`list.${id}`);
    if (name === "choose" || name === "draw") return t(`${name}.title`);
    const what = selection?.title ?? id;
    if (action === "dim") return `${t("dim.title")}: ${what}`;
    if (action === "clear") return `${t("action.clear")}: ${what}`;
    if (action === "assign") return `${t("plans.assign.title")}: ${what}`;
    return what;
  }

  /** @param {Event} event @param {string} selector */
  #skip(event, selector) {
    event.preventDefault();
    /** @type {HTMLElement|null} */ (this.querySelector(selector))?.focus();
  }

  render() {
    const route = store.get("route");
    const panel = this.#panel(route);
    return html`
      <nav class="skips" aria-label="Skip">
        <a href="#search" @click=${(/** @type {Event} */ e) => this.#skip(e, "#search")}>${t("skip.search")}</a>
        <a href="#map" @click=${(/** @type {Event} */ e) => this.#skip(e, ".map canvas")}>${t("skip.map")}</a>
        <a href=${panel ? "#panel" : "#overview"} @click=${(/** @type {Event} */ e) => this.#skip(e, panel ? "#panel h2" : "#overview h2")}>${t("skip.panel")}</a>
      </nav>
      <cr-top></cr-top>
      <cr-time></cr-time>
      <main class="stage ${store.get("at") === null ? "" : "is-past"} ${panel ? "has-panel" : ""} ${this.isTall ? "is-tall" : ""}">
        <cr-map></cr-map>
        <section class="panel left" id="overview" data-covers="left" aria-labelledby="overview-title">
          ${this.#grip()}
          <header><h2 id="overview-title" tabindex="-1">${t("overview.title")}</h2></header>
          <div class="scroll"><cr-overview></cr-overview></div>
        </section>
        ${panel ? html`
          <section class="panel right ${isWide(route.name) ? "is-wide" : ""}" id="panel" data-covers="right" aria-labelledby="panel-title">
            ${this.#grip()}
            <header>
              ${route.action ? html`<a class="button icon quiet" href=${link(route.name, route.id)} aria-label=${t("action.back")}>${icon("back")}</a>` : nothing}
              <div class="heading"><p class="eyebrow">${this.#eyebrow(route)}</p><h2 id="panel-title" tabindex="-1" class="num">${this.#title()}</h2></div>
              <a class="button icon quiet" href=${link("")} aria-label=${t("action.close")}>${icon("close")}</a>
            </header>
            ${isNowOnly(route.name) && store.get("at") !== null ? html`<p class="now-only" role="note">${t("past.nowonly")}</p>` : nothing}
            <div class="scroll">${panel}</div>
          </section>` : nothing}
      </main>
      <cr-help></cr-help>
      <p class="visually-hidden" aria-live="polite" id="announcements">${store.get("announcement")}</p>`;
  }

  #grip() {
    const words = t(this.isTall ? "action.hide" : "action.details");
    return html`<button class="grip quiet ${this.isTall ? "is-tall" : ""}" @click=${() => { this.isTall = !this.isTall; }} aria-expanded=${this.isTall ? "true" : "false"}>${icon("up")}<span class="words">${words}</span></button>`;
  }

  /** @param {import("../core/types.js").Route} route */
  #eyebrow(route) {
    return ["lamp", "command", ...GROUPS].includes(route.name) && route.name !== "area" ? t(`kind.${route.name}`) : "";
  }

  /** @param {import("../core/types.js").Route} route */
  #panel({ name, id, action }) {
    const screen = SCREENS.find((one) => one.name === name);
    if (screen) return screen.render(id, action);
    const isThing = name === "lamp" || name === "command" || GROUPS.includes(name);
    if (isThing && action && store.get("at") !== null) return empty(t("past.commands"));
    if (isThing && action === "dim" && name !== "command") return html`<cr-dim></cr-dim>`;
    if (isThing && action === "assign" && name !== "command") return html`<cr-assign></cr-assign>`;
    if (isThing && action === "clear") return html`<cr-clear></cr-clear>`;
    if (name === "lamp") return html`<cr-lamp .lampId=${id}></cr-lamp>`;
    if (name === "command") return html`<cr-command .commandId=${id}></cr-command>`;
    if (GROUPS.includes(name)) return html`<cr-group></cr-group>`;
    if (name === "list") return html`<cr-list .what=${id}></cr-list>`;
    if (name === "choose") return html`<cr-choose></cr-choose>`;
    return name === "draw" ? html`<cr-draw></cr-draw>` : null;
  }
}
customElements.define("cr-app", App);

/** One step back: from an action to its thing, from a thing to the city. */
export function stepBack() {
  const { name, id, action } = currentRoute();
  if (action) go(name, id);
  else if (name) go("");
}
