/** The audit: who did what and why, newest first. */

import { html, nothing } from "lit";
import { getJson } from "../core/api.js";
import { clock, store } from "../core/city.js";
import { currentRoute, link } from "../core/router.js";
import { Again } from "../core/store.js";
import { dayAndTime, hasWords, t } from "../i18n/index.js";
import { empty, loading, problem } from "../ui/states.js";
import { View } from "../ui/view.js";

const KINDS = ["command.requested", "access.*", "access.read", "command.held", "command.refused", ""];
const FIELDS = ["actor", "entity", "from", "to"];

/** @typedef {{seq: number, at: string, kind: string, actor: string, subject: string, command: string, command_kind: string, title: string, why: string, sealed: boolean, facts: Record<string, any>}} Entry */

export class AuditPanel extends View {
  static properties = { actor: {}, entries: { state: true }, next: { state: true }, fault: { state: true }, busy: { state: true } };

  constructor() {
    super(["at"]);
    new Again(this, store, ["moment"], () => this.#load());
    this.actor = "";
    /** @type {Entry[]|null} */
    this.entries = null;
    this.next = 0;
    /** @type {unknown} */
    this.fault = null;
    this.busy = false;
    /** @type {Record<string, string>} */
    this.asked = { kind: "command.requested" };
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (changed.has("actor")) {
      this.asked = { ...this.asked, actor: this.actor };
      this.#load();
    }
  }

  #query(/** @type {number} */ before = 0) {
    const given = Object.entries(this.asked).filter(([, value]) => value);
    return new URLSearchParams([...given, ...(before ? [["before", String(before)]] : [])]).toString();
  }

  async #load(before = 0) {
    this.busy = true;
    try {
      const page = await getJson(`/api/audit?${this.#query(before)}`);
      this.entries = before && this.entries ? [...this.entries, ...page.entries] : page.entries;
      this.next = page.next;
      this.fault = null;
    } catch (error) {
      this.fault = error;
    }
    this.busy = false;
  }

  /** @param {Event} event */
  #search(event) {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.currentTarget));
    this.asked = { kind: String(form.get("kind")) };
    for (const name of FIELDS) {
      const value = String(form.get(name) ?? "").trim();
      this.asked[name] = value && (name === "from" || name === "to") ? new Date(value).toISOString() : value;
    }
    this.#load();
  }

  render() {
    return html`
      ${this.#form()}
      ${this.fault ? problem(this.fault, () => this.#load()) : nothing}
      ${this.entries ? this.#table(this.entries) : this.fault ? nothing : loading()}`;
  }

  #form() {
    const field = (/** @type {string} */ name, /** @type {string} */ type, /** @type {string} */ value) => html`
      <span><label for="audit-${name}">${t(`audit.${name}`)}</label>
      <input id="audit-${name}" name=${name} type=${type} .value=${value} maxlength="200" autocomplete="off" spellcheck="false"></span>`;
    return html`
      <form class="audit-form" @submit=${this.#search}>
        ${field("actor", "text", this.actor)}
        <span><label for="audit-kind">${t("audit.kind")}</label>
        <select id="audit-kind" name="kind">${KINDS.map((kind) => html`<option value=${kind} ?selected=${this.asked.kind === kind}>${t(`audit.kind.${kind.replace("*", "all") || "all"}`)}</option>`)}</select></span>
        ${field("entity", "text", "")}${field("from", "datetime-local", "")}${field("to", "datetime-local", "")}
        <div class="actions"><button class="primary" ?disabled=${this.busy}>${t("audit.search")}</button>
          <a class="button" href=${`/api/audit.jsonl?${this.#query()}${currentRoute().at ? `&at=${currentRoute().at}` : ""}`} download>${t("audit.export")}</a></div>
      </form>`;
  }

  /** @param {Entry[]} entries */
  #table(entries) {
    if (!entries.length && !this.next) return empty(t("audit.none"));
    const heads = ["at", "who", "what", "why"];
    return html`
      <div class="table-frame"><table class="audit">
        <caption class="visually-hidden">${t("nav.audit")}</caption>
        <thead><tr>${heads.map((head) => html`<th scope="col">${t(`audit.col.${head}`)}</th>`)}</tr></thead>
        <tbody>${entries.map((entry) => this.#row(entry))}</tbody>
      </table></div>
      ${this.next ? html`<div class="actions"><button ?disabled=${this.busy} @click=${() => this.#load(this.next)}>${t("audit.more")}</button></div>` : nothing}`;
  }

  /** @param {Entry} entry */
  #row(entry) {
    const isRequest = entry.kind === "command.requested";
    const kind = isRequest ? `cmd.${entry.command_kind}` : `audit.event.${entry.kind}`;
    const words = hasWords(kind) ? t(kind, { level: "" }) : isRequest ? entry.command_kind : entry.kind;
    const isPerson = entry.actor.startsWith("p-");
    const title = entry.title || (entry.subject.startsWith("p-") ? entry.subject : "");
    return html`
      <tr>
        <td class="num">${dayAndTime(entry.at, clock.zone)}</td>
        <td>${isPerson ? html`<a href=${link("people", entry.actor)}><code>${entry.actor}</code></a>` : html`<code>${entry.actor}</code>`}</td>
        <td>${words}${title ? html`<br><span class="small muted">${entry.command ? html`<a href=${link("command", entry.command)}>${title}</a>` : title}</span>` : nothing}</td>
        <td>${entry.why || (entry.sealed ? html`<span class="muted">${t("audit.sealed")}</span>` : "–")}</td>
      </tr>`;
  }
}
customElements.define("cr-audit", AuditPanel);
