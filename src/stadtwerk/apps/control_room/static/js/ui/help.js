/** Help over everything: keys and signs. */

import { html } from "lit";
import { store } from "../core/city.js";
import { readPref, writePref } from "../core/prefs.js";
import { showHelp } from "../core/router.js";
import { t } from "../i18n/index.js";
import { SIGNS, icon } from "./icons.js";
import { View } from "./view.js";

const KEYS = [["/", "search"], ["O", "overview"], ["0", "whole"], ["C", "choose"], ["A", "past"], ["P", "draw"], ["D", "dim"], ["M", "map"], ["T", "theme"], ["L", "lang"], ["Esc", "back"], ["!", "alarms"], ["A S K X", "alarmlist"], ["?", "help"], ["↑ ↓ ← →", "arrows"]];

/** @returns {boolean} whether single keys act; off helps people who dictate or tremble (WCAG 2.1.4) */
export const singleKeys = () => readPref("keys") !== "off";

export class Help extends View {
  constructor() {
    super(["route"]);
  }

  updated() {
    const dialog = /** @type {HTMLDialogElement} */ (this.querySelector("dialog"));
    const wanted = store.get("route").help;
    if (wanted && !dialog.open) dialog.showModal();
    if (!wanted && dialog.open) dialog.close();
  }

  render() {
    return html`
      <dialog class="help" aria-labelledby="help-title" @close=${() => store.get("route").help && showHelp(false)}
        @click=${(/** @type {MouseEvent} */ e) => e.target === e.currentTarget && showHelp(false)}>
        <div class="help-body">
          <header><h2 id="help-title">${t("help.title")}</h2>
            <button class="icon quiet" @click=${() => showHelp(false)} aria-label=${t("action.close")}>${icon("close")}</button></header>
          <dl class="keys-list">${KEYS.map(([key, name]) => html`<div><dt><kbd>${key}</kbd></dt><dd>${t(`help.${name}`)}</dd></div>`)}</dl>
          <label class="radio"><input type="checkbox" .checked=${singleKeys()} @change=${(/** @type {any} */ e) => writePref("keys", e.target.checked ? "on" : "off")}><span>${t("help.single")}</span></label>
          <h3>${t("help.signs")}</h3>
          <ul class="signs">${["level", "fault", "silent", "override", "pending"].map((name) => html`
            <li class="is-${name}">${SIGNS[name === "level" ? "lit" : name]()}<span>${t(`help.sign.${name}`)}</span></li>`)}</ul>
        </div>
      </dialog>`;
  }
}
customElements.define("cr-help", Help);
