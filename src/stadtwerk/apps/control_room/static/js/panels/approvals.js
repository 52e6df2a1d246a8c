/** What waits for a second person: approve or refuse, never one's own. */

import { html, nothing } from "lit";
import { announce, clock, store } from "../core/city.js";
import { link } from "../core/router.js";
import { Again, Watch } from "../core/store.js";
import { dayAndTime, t } from "../i18n/index.js";
import { loadWaiting, order, people } from "../people/model.js";
import { commandWords } from "../ui/commands.js";
import { empty, loading, problem } from "../ui/states.js";
import { View } from "../ui/view.js";

export class ApprovalsPanel extends View {
  static properties = { fault: { state: true } };

  constructor() {
    super(["commands", "at"]);
    new Again(this, store, ["moment"], loadWaiting);
    /** @type {unknown} */
    this.fault = null;
    this.peopleWatch = new Watch(this, people, ["waiting", "fault"]);
    this.newest = "";
  }

  connectedCallback() {
    super.connectedCallback();
    loadWaiting();
  }

  willUpdate() {
    const newest = [...this.watch.store.get("commands").values()].slice(0, 20).map(({ id, state }) => id + state).join();
    if (this.newest && newest !== this.newest) loadWaiting();
    this.newest = newest || "none";
  }

  /** @param {Event} event @param {string} command */
  async #decide(event, command) {
    event.preventDefault();
    const verb = /** @type {HTMLButtonElement} */ (/** @type {SubmitEvent} */ (event).submitter).value;
    const form = /** @type {HTMLFormElement} */ (event.currentTarget);
    const reason = String(new FormData(form).get("reason") ?? "");
    this.fault = null;
    try {
      await order(verb, { command, reason });
      announce(t(`approvals.done.${verb}`));
    } catch (error) {
      this.fault = error;
    }
    await loadWaiting();
  }

  render() {
    const waiting = people.get("waiting");
    if (!waiting) return people.get("fault") ? problem(people.get("fault"), loadWaiting) : loading();
    return html`
      <p class="small muted">${t("approvals.intro")}</p>
      ${this.fault ? problem(this.fault) : nothing}
      ${waiting.length ? html`<ul class="waiting">${waiting.map((/** @type {import("../people/model.js").Waiting} */ one) => this.#row(one))}</ul>` : empty(t("approvals.none"))}`;
  }

  /** @param {import("../people/model.js").Waiting} one */
  #row({ command, mine, can_decide: canDecide }) {
    const reason = `approval-${command.id}`;
    return html`
      <li>
        <h3><a href=${link("command", command.id)}>${commandWords(command)}: ${command.title}</a></h3>
        <dl class="facts">
          <div><dt>${t("approvals.asked")}</dt><dd><code>${command.actor}</code> · ${dayAndTime(command.requested_at, clock.zone)}</dd></div>
          <div><dt>${t("cmd.reason")}</dt><dd>${command.reason || "–"}</dd></div>
          <div><dt>${t("approvals.until")}</dt><dd>${dayAndTime(command.held_until ?? null, clock.zone)}</dd></div>
        </dl>
        ${canDecide ? html`
          <form class="decide" @submit=${(/** @type {Event} */ e) => this.#decide(e, command.id)}>
            <label for=${reason}>${t("approvals.reason")}</label>
            <input id=${reason} name="reason" maxlength="200" autocomplete="off">
            <div class="actions"><button class="primary" value="approve">${t("approvals.approve")}</button><button value="reject">${t("approvals.reject")}</button></div>
          </form>` : html`<p class="small muted">${store.get("at") !== null ? t("past.commands") : t(mine ? "approvals.mine" : "approvals.notmine")}</p>`}
      </li>`;
  }
}
customElements.define("cr-approvals", ApprovalsPanel);
