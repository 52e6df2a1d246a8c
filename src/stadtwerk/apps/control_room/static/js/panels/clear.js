/** Ends an override: the lamps go back to their program. */

import { html, nothing } from "lit";
import { newKey } from "../core/api.js";
import { announce, sendCommand, store, targetOf } from "../core/city.js";
import { go, link } from "../core/router.js";
import { num, t } from "../i18n/index.js";
import { icon } from "../ui/icons.js";
import { loading, problem } from "../ui/states.js";
import { View } from "../ui/view.js";

export class ClearPanel extends View {
  static properties = { isSending: { state: true }, fault: { state: true } };

  constructor() {
    super(["selection", "commands"]);
    this.isSending = false;
    /** @type {unknown} */
    this.fault = null;
    this.key = newKey();
  }

  async #send() {
    const selection = store.get("selection");
    const undone = selection.kind === "command" ? store.get("commands").get(selection.id) : null;
    this.isSending = true;
    try {
      const view = await sendCommand("lighting.clear", { target: undone?.target ?? targetOf(selection), reason: t("clear.reason") }, this.key);
      announce(t("announce.sent", { n: num(view.targets) }));
      go("command", view.id);
    } catch (error) {
      this.fault = error;
      this.isSending = false;
    }
  }

  render() {
    const selection = store.get("selection");
    if (!selection) return loading();
    return html`
      ${this.fault ? problem(this.fault) : nothing}
      <section class="confirm"><p>${t("clear.confirm", { n: num(selection.ixs.length) })}</p>
        <div class="actions">
          <button class="primary" autofocus ?disabled=${this.isSending} @click=${() => this.#send()}>${icon("check")}${t("clear.send")}</button>
          <a class="button" href=${link(selection.kind, selection.id)}>${t("action.cancel")}</a>
        </div>
      </section>`;
  }

  updated() {
    if (this.isSending || document.activeElement?.closest("cr-clear")) return;
    /** @type {HTMLElement|null} */ (this.querySelector("button.primary"))?.focus();
  }
}
customElements.define("cr-clear", ClearPanel);
