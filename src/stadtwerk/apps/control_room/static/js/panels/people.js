/** Accounts: pseudonyms, roles, states; names are opened with a reason, and the person sees who did. */

import { html, nothing } from "lit";
import { announce, clock } from "../core/city.js";
import { go, link } from "../core/router.js";
import { Watch } from "../core/store.js";
import { dayAndTime, t } from "../i18n/index.js";
import { hasRole, loadAccounts, openName, order, people, post, ROLES } from "../people/model.js";
import { empty, loading, problem } from "../ui/states.js";
import { View } from "../ui/view.js";

/** @param {Event} event @returns {FormData} */
function formOf(event) {
  event.preventDefault();
  return new FormData(/** @type {HTMLFormElement} */ (event.currentTarget));
}

export class PeoplePanel extends View {
  static properties = { what: {}, action: {}, fault: { state: true }, path: { state: true } };

  constructor() {
    super([]);
    this.what = "";
    this.action = "";
    /** @type {unknown} */
    this.fault = null;
    this.path = "";
    this.peopleWatch = new Watch(this, people, ["accounts", "names", "session", "fault"]);
  }

  connectedCallback() {
    super.connectedCallback();
    loadAccounts();
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (changed.has("what")) {
      this.fault = null;
      this.path = "";
    }
  }

  /** @param {() => Promise<any>} work @param {string} words */
  async #do(work, words) {
    this.fault = null;
    try {
      const done = await work();
      announce(done?.state === "requested" ? t("people.waits") : words);
      if (done?.state === "requested") go("approvals");
      await loadAccounts();
      return done;
    } catch (error) {
      this.fault = error;
      return null;
    }
  }

  render() {
    const accounts = people.get("accounts");
    if (!accounts) return people.get("fault") ? problem(people.get("fault"), loadAccounts) : loading();
    const account = accounts.find((/** @type {import("../people/model.js").Account} */ one) => one.id === this.what);
    const page = this.what === "new" ? this.#create() : account ? this.#one(account) : this.#all(accounts);
    return html`${this.fault ? problem(this.fault) : nothing}${page}`;
  }

  /** @param {import("../people/model.js").Account[]} accounts */
  #all(accounts) {
    const heads = ["id", "roles", "state", "ways", "since"];
    return html`
      <div class="line"><p class="small muted">${t("people.intro")}</p>${hasRole(["admin"]) ? html`<a class="button primary" href=${link("people", "new")}>${t("people.new")}</a>` : nothing}</div>
      ${accounts.length ? html`
        <div class="table-frame"><table class="audit">
          <caption class="visually-hidden">${t("nav.people")}</caption>
          <thead><tr>${heads.map((head) => html`<th scope="col">${t(`people.col.${head}`)}</th>`)}</tr></thead>
          <tbody>${accounts.map((one) => html`
            <tr><td><a href=${link("people", one.id)}><code>${one.id}</code></a>${this.#name(one.id)}</td>
              <td>${one.roles.map((role) => t(`role.${role}`)).join(", ") || "–"}</td>
              <td>${t(`people.state.${one.state}`)}</td>
              <td>${t("people.ways", { passkeys: one.passkeys, keys: one.keys })}</td>
              <td class="num">${dayAndTime(one.created_at, clock.zone)}</td></tr>`)}</tbody>
        </table></div>` : empty(t("people.none"))}`;
  }

  /** @param {string} id */
  #name(id) {
    const known = people.get("names")[id];
    return known ? html`<br><span class="small">${known.name}${known.mail ? ` · ${known.mail}` : nothing}</span>` : nothing;
  }

  /** @param {string[]} chosen */
  #roles(chosen) {
    return html`
      <fieldset class="field"><legend>${t("people.col.roles")}</legend>
        ${ROLES.map((role) => html`<label class="radio"><input type="checkbox" name="roles" value=${role} ?checked=${chosen.includes(role)}><span>${t(`role.${role}`)} <span class="small muted">${t(`role.${role}.why`)}</span></span></label>`)}
      </fieldset>`;
  }

  #create() {
    const field = (/** @type {string} */ name, /** @type {boolean} */ needed) => html`
      <div class="field"><label for="people-${name}">${t(`people.${name}`)}</label><input id="people-${name}" name=${name} maxlength="200" ?required=${needed} autocomplete="off"></div>`;
    return html`
      <p class="crumbs small"><a href=${link("people")}>${t("people.all")}</a></p>
      <form class="person" @submit=${this.#created}>
        <p class="small muted">${t("people.sealed")}</p>
        ${field("name", true)}${field("mail", false)}${this.#roles(["operator"])}${field("reason", false)}
        <div class="actions"><button class="primary">${t("people.create")}</button></div>
      </form>`;
  }

  /** @param {Event} event */
  async #created(event) {
    const form = formOf(event);
    const text = (/** @type {string} */ name) => String(form.get(name) ?? "").trim();
    const body = { name: text("name"), mail: text("mail"), roles: form.getAll("roles"), reason: text("reason") };
    const done = await this.#do(() => order("create-account", body), t("people.created"));
    if (done?.state === "confirmed") go("people", done.title);
  }

  /** @param {import("../people/model.js").Account} account */
  #one(account) {
    const isAdmin = hasRole(["admin"]) && account.state !== "erased" && account.id !== people.get("session")?.actor;
    return html`
      <p class="crumbs small"><a href=${link("people")}>${t("people.all")}</a></p>
      <p class="status"><strong><code>${account.id}</code></strong><span class="muted">${t(`people.state.${account.state}`)}</span></p>
      <dl class="facts">
        <div><dt>${t("people.name")}</dt><dd>${people.get("names")[account.id]?.name ?? t(account.state === "erased" ? "people.forgotten" : "people.closed")}</dd></div>
        <div><dt>${t("people.mail")}</dt><dd>${people.get("names")[account.id]?.mail || "–"}</dd></div>
        <div><dt>${t("people.col.roles")}</dt><dd>${account.roles.map((role) => t(`role.${role}`)).join(", ") || "–"}</dd></div>
        <div><dt>${t("people.col.ways")}</dt><dd>${t("people.ways", { passkeys: account.passkeys, keys: account.keys })}</dd></div>
        <div><dt>${t("people.col.since")}</dt><dd class="num">${dayAndTime(account.created_at, clock.zone)}</dd></div>
      </dl>
      <p><a href=${link("audit", account.id)}>${t("people.deeds")}</a></p>
      ${account.state === "erased" ? nothing : this.#open(account)}
      ${isAdmin ? this.#manage(account) : nothing}`;
  }

  /** @param {import("../people/model.js").Account} account */
  #open(account) {
    if (people.get("names")[account.id]) return nothing;
    const submit = (/** @type {Event} */ event) => {
      const why = String(formOf(event).get("why"));
      this.#do(() => openName(account.id, why), t("people.opened"));
    };
    return html`
      <form class="person figure" @submit=${submit}>
        <h3>${t("people.open")}</h3>
        <div class="field"><label for="people-why">${t("people.why")}</label><input id="people-why" name="why" required maxlength="200" autocomplete="off"></div>
        <p class="small muted">${t("people.open.hint")}</p>
        <div class="actions"><button>${t("people.open")}</button></div>
      </form>`;
  }

  /** @param {import("../people/model.js").Account} account */
  #manage(account) {
    const { id: account_, roles, state } = account;
    const isActive = state === "active";
    const setRoles = (/** @type {Event} */ event) => {
      const chosen = formOf(event).getAll("roles");
      this.#do(() => order("set-roles", { account: account_, roles: chosen }), t("people.roles.set"));
    };
    const erase = (/** @type {Event} */ event) => {
      formOf(event);
      this.#do(() => order("erase", { account: account_ }), t("people.forgotten"));
    };
    const letIn = () => this.#do(async () => { this.path = `${location.origin}${(await post(`/api/people/${account_}/link`, {})).path}`; }, t("people.link.made"));
    return html`
      <form class="person figure" @submit=${setRoles}><h3>${t("people.manage")}</h3>${this.#roles(roles)}<div class="actions"><button>${t("people.roles.save")}</button></div></form>
      <section class="figure"><h3>${t("people.entry")}</h3>
        <div class="actions">
          ${isActive ? html`<button @click=${letIn}>${t("people.link")}</button>` : nothing}
          <button @click=${() => this.#do(() => order(isActive ? "disable" : "enable", { account: account_ }), t(isActive ? "people.state.disabled" : "people.state.active"))}>${t(isActive ? "people.disable" : "people.enable")}</button>
        </div>
        ${this.path ? html`<p class="small muted">${t("people.link.hint")}</p><pre class="once" tabindex="0" aria-label=${t("people.link")}><code>${this.path}</code></pre>` : nothing}
      </section>
      <form class="person figure" @submit=${erase}><h3>${t("people.erase")}</h3>
        <p class="small muted">${t("people.erase.hint")}</p>
        <label class="radio"><input type="checkbox" required> <span>${t("people.erase.sure")}</span></label>
        <div class="actions"><button>${t("people.erase")}</button></div></form>`;
  }
}
customElements.define("cr-people", PeoplePanel);
