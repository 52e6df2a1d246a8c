/** Shapes and words of alarms; each priority has its own shape, so that colour never tells alone. */

import { html, nothing, svg } from "lit";
import { countsByPriority, kindOf } from "../core/alarms.js";
import { localised, num, t } from "../i18n/index.js";

/** @type {Record<string, import("lit").TemplateResult>} */
const SHAPES = {
  critical: svg`<path d="M5.2 1.2h5.6l4 4v5.6l-4 4H5.2l-4-4V5.2Z"/>`,
  high: svg`<path d="M8 1.4 15 14H1Z"/>`,
  medium: svg`<path d="M8 1 15 8 8 15 1 8Z"/>`,
  low: svg`<circle cx="8" cy="8" r="5.4"/>`,
};

/** @param {string} priority @param {boolean} [isUnseen] filled and told for five seconds until somebody acknowledges */
export const prioritySign = (priority, isUnseen = false) => html`
  <svg class="priority is-${priority} ${isUnseen ? "is-unseen" : ""}" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">${SHAPES[priority]}</svg>`;

/** @param {import("../core/alarms.js").AlarmView} view @returns {string} what is wrong, in words */
export const alarmTitle = (view) => localised(kindOf(view.kind)?.title) || view.kind;

/** The counts beside the word in the navigation: shape, number, and words for those who listen. */
export function alarmBadge() {
  const counts = countsByPriority().filter((count) => count.n);
  if (!counts.length) return nothing;
  return html`<span class="badges">${counts.map(({ priority, n, unseen }) => html`
    <span class="badge ${unseen ? "has-unseen" : ""}">${prioritySign(priority, unseen > 0)}<span class="num" aria-hidden="true">${num(n)}</span>
      <span class="visually-hidden">${t("alarm.badge", { n: num(n), priority: t(`alarm.priority.${priority}`), unseen: num(unseen) })}</span></span>`)}</span>`;
}
