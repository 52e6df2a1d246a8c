/** A command in a line, and its life. */

import { html, nothing } from "lit";
import { clock, isClosed } from "../core/city.js";
import { link } from "../core/router.js";
import { hasWords, num, percent, t, timeOfDay } from "../i18n/index.js";
import { said } from "../i18n/refusals.js";
import { progressBar } from "./bars.js";
import { icon } from "./icons.js";

/** @param {import("../core/types.js").CommandView} view @returns {boolean} whether it waits for a second person */
export const isHeld = (view) => Boolean(view.held_until) && view.state === "requested";

const STEPS = ["requested", "accepted", "sent", "confirmed"];

/** @param {import("../core/types.js").CommandView} view @returns {string} */
export const commandWords = (view) => (hasWords(`cmd.${view.kind}`) ? t(`cmd.${view.kind}`, { level: percent(view.level_percent) }) : view.kind);

/**
 * Where the command stands; a closed command that lost all its lamps reads expired.
 * @param {import("../core/types.js").CommandView} view
 * @returns {string}
 */
export const stateWords = (view) => t(`cmd.state.${view.state}`);

/** @param {import("../core/types.js").CommandView} view */
export const commandRow = (view) => html`
  <li class="command-row">
    <a href=${link("command", view.id)}>
      <span class="line"><strong>${view.title}</strong><span class="num muted">${timeOfDay(view.requested_at, clock.zone)}</span></span>
      <span class="line small"><span class="muted">${commandWords(view)}</span><span class="num muted">${isHeld(view) ? t("cmd.held") : isClosed(view) ? closedWords(view) : `${num(view.confirmed)} / ${num(view.targets)}`}</span></span>
      ${isHeld(view) || (isClosed(view) && !view.expired) ? nothing : progressBar(view)}
    </a>
  </li>`;

/** @param {import("../core/types.js").ProblemBody} refusal @returns {string} */
export function refusalWords({ title = "", detail = "", faults = [] }) {
  return faults.length ? faults.map((one) => said(one.detail)).join("; ") : said(detail || title);
}

/** @param {import("../core/types.js").CommandView} view */
function closedWords(view) {
  if (view.state === "refused" || !view.targets) return stateWords(view);
  return view.expired ? `${num(view.confirmed)} / ${num(view.targets)}` : `${num(view.confirmed)} ${t("cmd.confirmed")}`;
}

/** @param {import("../core/types.js").CommandView} view */
export function lifeLine(view) {
  const state = view.state === "expired" && view.confirmed ? "partly" : view.state;
  const ended = state === "refused" || state === "expired" ? state : null;
  const steps = ended === "refused" ? ["requested", "refused"] : [...STEPS.slice(0, 3), ended ?? (state === "partly" ? "partly" : "confirmed")];
  const reached = steps.indexOf(state);
  return html`
    <ol class="life" aria-label=${t("cmd.life")}>
      ${steps.map((step, i) => html`
        <li class="${i <= reached ? "is-done" : ""} ${step === ended ? "is-bad" : ""}" aria-current=${step === state ? "step" : nothing}>
          <span class="knot" aria-hidden="true">${i <= reached ? icon(step === ended ? "close" : "check") : nothing}</span>
          <span>${t(`cmd.state.${step}`)}</span>
        </li>`)}
    </ol>`;
}
