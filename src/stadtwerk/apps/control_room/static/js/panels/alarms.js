/** Alarms: the list, one alarm, the figures of merit, the table; the address says which. */

import { html } from "lit";
import { link } from "../core/router.js";
import { t } from "../i18n/index.js";
import { View } from "../ui/view.js";
import "../alarms/detail.js";
import "../alarms/figures.js";
import "../alarms/form.js";
import "../alarms/list.js";
import "../alarms/table.js";

const PAGES = ["", "figures", "table"];

export class AlarmsPanel extends View {
  static properties = { what: {} };

  constructor() {
    super(["route"]);
    this.what = "";
  }

  render() {
    const page = PAGES.includes(this.what) ? this.what : "one";
    return html`
      <nav class="tabs" aria-label=${t("alarm.pages")}><ul>${PAGES.map((name) => html`
        <li><a href=${link("alarms", name)} aria-current=${page === name ? "page" : "false"}>${t(`alarm.page.${name || "list"}`)}</a></li>`)}</ul></nav>
      ${page === "" ? html`<cr-alarm-list></cr-alarm-list>` : ""}
      ${page === "figures" ? html`<cr-alarm-figures></cr-alarm-figures>` : ""}
      ${page === "table" ? html`<cr-alarm-table></cr-alarm-table>` : ""}
      ${page === "one" ? html`<cr-alarm .alarmId=${this.what}></cr-alarm>` : ""}
      <cr-alarm-form></cr-alarm-form>`;
  }
}
customElements.define("cr-alarms", AlarmsPanel);
