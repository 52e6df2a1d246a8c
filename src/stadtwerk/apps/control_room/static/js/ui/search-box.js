/** Search for a lamp, street or district; a combobox after the ARIA pattern. */

import { html, nothing } from "lit";
import { getJson } from "../core/api.js";
import { go } from "../core/router.js";
import { lampCount, num, t } from "../i18n/index.js";
import { icon } from "./icons.js";
import { View } from "./view.js";

const WAIT_MS = 140;

export class SearchBox extends View {
  static properties = { results: { state: true }, active: { state: true }, isOpen: { state: true }, query: { state: true }, fault: { state: true } };

  constructor() {
    super([]);
    /** @type {import("../core/types.js").Found[]} */
    this.results = [];
    this.active = 0;
    this.isOpen = false;
    this.query = "";
    /** @type {unknown} */
    this.fault = null;
    /** @type {AbortController|null} */
    this.running = null;
    /** @type {number|undefined} */
    this.timer = undefined;
  }

  /** @returns {HTMLInputElement} */
  get field() {
    return /** @type {HTMLInputElement} */ (this.querySelector("input"));
  }

  focusField() {
    this.field.focus();
    this.field.select();
  }

  /** @param {string} query */
  #ask(query) {
    this.query = query;
    clearTimeout(this.timer);
    this.running?.abort();
    this.isOpen = query.trim() !== "";
    if (this.isOpen) this.timer = window.setTimeout(() => this.#search(query), WAIT_MS);
    else this.results = [];
  }

  /** @param {string} query */
  async #search(query) {
    this.running = new AbortController();
    const { signal } = this.running;
    try {
      const { results } = await getJson(`/api/search?q=${encodeURIComponent(query)}`, signal);
      this.results = results;
      this.active = 0;
      this.fault = null;
      this.answered = query;
    } catch (error) {
      if (!signal.aborted) this.fault = error;
    }
    this.requestUpdate();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const last = this.results.length - 1;
    if (event.key === "ArrowDown") this.active = this.active >= last ? 0 : this.active + 1;
    else if (event.key === "ArrowUp") this.active = this.active <= 0 ? last : this.active - 1;
    else if (event.key === "Enter") this.#open(this.active);
    else if (event.key === "Escape") this.#leave(event);
    else return;
    event.preventDefault();
  }

  /** @param {KeyboardEvent} event */
  #leave(event) {
    event.stopPropagation();
    if (this.isOpen || this.field.value) this.#reset();
    else this.field.blur();
  }

  #reset() {
    this.field.value = "";
    this.#ask("");
    this.isOpen = false;
  }

  /** @param {number} at */
  async #open(at) {
    // Enter right after typing: answer what was typed, not what was found before.
    if (this.answered !== this.query && this.query.trim()) {
      clearTimeout(this.timer);
      await this.#search(this.query);
    }
    const found = this.results[at];
    if (!found) return;
    this.#reset();
    this.field.blur();
    go(found.kind, found.id);
    this.dispatchEvent(new CustomEvent("found", { bubbles: true }));
  }

  render() {
    const shown = this.isOpen && (this.results.length > 0 || this.answered === this.query || this.fault);
    return html`
      <div class="search" role="search">
        ${icon("search")}
        <input id="search" type="text" role="combobox" aria-autocomplete="list" aria-expanded=${shown ? "true" : "false"} aria-controls="search-list"
          aria-activedescendant=${shown && this.results.length ? `found-${this.active}` : nothing} aria-label=${t("search.label")}
          placeholder=${t("search.placeholder")} autocomplete="off" spellcheck="false" aria-keyshortcuts="/"
          @input=${(/** @type {any} */ e) => this.#ask(e.target.value)} @keydown=${(/** @type {KeyboardEvent} */ e) => this.#key(e)}
          @blur=${() => setTimeout(() => { this.isOpen = false; }, 150)} @focus=${() => { this.isOpen = this.query.trim() !== ""; }}>
        <kbd aria-hidden="true">/</kbd>
        <ul id="search-list" class="search-list" role="listbox" aria-label=${t("search.label")} ?hidden=${!(shown && this.results.length)}>
          ${this.results.map((found, i) => this.#option(found, i))}
        </ul>
        ${shown && !this.results.length ? html`<p class="search-list search-none">${this.fault ? t("search.failed") : t("search.none", { q: this.query })}</p>` : nothing}
        <span class="visually-hidden" role="status">${shown && this.results.length ? t("search.count", { n: num(this.results.length) }) : ""}</span>
      </div>`;
  }

  /** @param {import("../core/types.js").Found} found @param {number} i */
  #option(found, i) {
    return html`
      <li id="found-${i}" role="option" aria-selected=${i === this.active ? "true" : "false"}
        @pointerdown=${(/** @type {Event} */ e) => { e.preventDefault(); this.#open(i); }}>
        <span class="kind small muted">${t(`kind.${found.kind}`)}</span>
        <span class="what"><span class="num">${found.title}</span>${found.subtitle ? html`<span class="small muted"> ${found.subtitle}</span>` : nothing}</span>
        ${found.kind === "lamp" ? nothing : html`<span class="small muted num">${lampCount(found.lamps)}</span>`}
      </li>`;
  }
}
customElements.define("cr-search", SearchBox);
