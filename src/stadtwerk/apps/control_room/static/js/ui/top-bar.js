/** The bar above all: which city, search, the city's clock, how fresh the picture is. */

import { html, nothing } from "lit";
import { clock, store } from "../core/city.js";
import { setLang, setTheme } from "../core/prefs.js";
import { link, showHelp } from "../core/router.js";
import { Watch } from "../core/store.js";
import { duration, lang, localised, num, t, when } from "../i18n/index.js";
import { loadSession, people } from "../people/model.js";
import { icon } from "./icons.js";
import { navigation } from "./nav.js";
import { View } from "./view.js";
import "./search-box.js";

/** Switch between day and night. */
export function toggleTheme() {
  const theme = store.get("theme") === "day" ? "night" : "day";
  setTheme(theme);
  store.set({ theme });
}

/** Switch between German and English. */
export function toggleLang() {
  const next = lang() === "de" ? "en" : "de";
  setLang(next);
  store.set({ lang: next });
}

export class TopBar extends View {
  constructor() {
    super(["city", "connection", "ageMs", "theme", "at", "route", "systems", "alarms", "commands"]);
    this.peopleWatch = new Watch(this, people, ["session"]);
    /** @type {number|undefined} */
    this.timer = undefined;
  }

  connectedCallback() {
    super.connectedCallback();
    loadSession();
    this.timer = window.setInterval(() => this.requestUpdate(), 1000);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this.timer);
  }

  render() {
    const theme = store.get("theme");
    const isDay = theme === "day";
    return html`
      <header class="top">
        <a class="brand" href=${link("")} aria-label=${`stadtwerk · ${t("overview.title")}`}>
          <img src="/static/icon.svg" alt="" width="26" height="26"><span class="name">stadtwerk</span></a>
        <h1><span class="city">${localised(store.get("city")?.title)}</span> <span class="system">${t("app.system")}</span></h1>
        ${navigation()}
        <cr-search></cr-search>
        <div class="right">
          ${this.#clock()}${this.#connection()}
          <button class="icon quiet" @click=${toggleTheme} aria-label=${t(isDay ? "top.theme.night" : "top.theme.day")} title=${t(isDay ? "top.theme.night" : "top.theme.day")}>${icon(isDay ? "moon" : "sun")}</button>
          <button class="quiet lang" @click=${toggleLang} lang=${lang() === "de" ? "en" : "de"} aria-label=${`${lang() === "de" ? "EN" : "DE"}: ${t("top.lang")}`} title=${t("top.lang")}>${lang() === "de" ? "EN" : "DE"}</button>
          <a class="button icon quiet" href="/account" aria-label=${t("top.account")} title=${t("top.account")}>${icon("person")}</a>
          <button class="icon quiet" @click=${() => showHelp(true)} aria-label=${t("top.help")} title=${t("top.help")} aria-keyshortcuts="?">${icon("help")}</button>
        </div>
      </header>`;
  }

  #clock() {
    if (!clock.known) return nothing;
    const now = clock.nowMs();
    const day = when(now, clock.zone, { weekday: "short", day: "2-digit", month: "2-digit", year: "numeric" });
    const mark = clock.speed === 1 ? t("top.simulated") : t("top.simulated.speed", { speed: num(clock.speed, clock.speed % 1 ? 1 : 0) });
    return html`
      <div class="clock" role="timer" aria-label=${t("top.clock")}>
        <span class="time num">${when(now, clock.zone, { hour: "2-digit", minute: "2-digit", second: "2-digit" })}</span>
        <span class="day small muted">${day}</span>
        ${clock.pinned === null ? nothing : html`<span class="tag past">${t("past.tag")}</span>`}
        ${clock.simulated && clock.pinned === null ? html`<span class="tag">${mark}</span>` : nothing}
      </div>`;
  }

  #connection() {
    if (clock.pinned !== null) return nothing;
    const state = store.get("connection");
    const words = state === "stale" ? t("conn.stale", { age: duration(store.get("ageMs") / 1000) }) : t(`conn.${state}`);
    return html`<p class="connection is-${state}" role="status"><span class="lamp" aria-hidden="true"></span><span class="words">${words}</span></p>`;
  }
}
customElements.define("cr-top", TopBar);
