/** The rationalised alarm table, as the house has agreed on it. */

import { html } from "lit";
import { loadAlarms } from "../core/alarms.js";
import { store } from "../core/city.js";
import { duration, localised, num, t } from "../i18n/index.js";
import { loading, problem } from "../ui/states.js";
import { View } from "../ui/view.js";
import { prioritySign } from "./signs.js";

/** @typedef {import("../core/alarms.js").AlarmKind} AlarmKind */

export class AlarmTable extends View {
  constructor() {
    super(["alarmKinds", "alarmFault"]);
  }

  connectedCallback() {
    super.connectedCallback();
    if (!store.get("alarmKinds")) loadAlarms();
  }

  render() {
    const kinds = store.get("alarmKinds");
    if (!kinds) return store.get("alarmFault") ? problem(store.get("alarmFault"), () => loadAlarms()) : loading();
    return html`<div class="kinds">${[...kinds.values()].map((kind) => this.#kind(kind))}</div>`;
  }

  /** @param {AlarmKind} kind */
  #kind(kind) {
    const row = (/** @type {string} */ key, /** @type {unknown} */ value) => html`<div><dt>${t(key)}</dt><dd>${value}</dd></div>`;
    return html`
      <section class="figure">
        <h3 class="with-sign">${prioritySign(kind.priority)}${localised(kind.title)} <span class="muted">${t(`alarm.priority.${kind.priority}`)} (${num(kind.severity)})</span></h3>
        <dl class="facts">
          ${row("alarm.cause", localised(kind.cause))}${row("alarm.consequence", localised(kind.consequence))}
          ${row("alarm.action", localised(kind.action))}${row("alarm.respond", duration(kind.respond_s))}
          ${row("alarm.delays", t("alarm.delays.words", { on: duration(kind.on_delay_s), off: duration(kind.off_delay_s), deadband: num(kind.deadband) }))}
          ${row("alarm.shelve.max", duration(kind.shelve_max_s))}
        </dl>
      </section>`;
  }
}
customElements.define("cr-alarm-table", AlarmTable);
