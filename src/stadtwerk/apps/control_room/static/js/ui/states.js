/** Loading, empty and broken: every panel says which it is. */

import { html, nothing } from "lit";
import { Problem } from "../core/api.js";
import { num, t } from "../i18n/index.js";
import { said } from "../i18n/refusals.js";

/** @param {string} [words] */
export const loading = (words = t("loading")) => html`<p class="state" role="status"><span class="dots" aria-hidden="true"></span>${words} …</p>`;

/** @param {string} words */
export const empty = (words) => html`<p class="state">${words}</p>`;

/**
 * A problem in words.
 * @param {unknown} error
 * @returns {string}
 */
export const inWords = (error) => withDetail(error, error instanceof Problem && error.faults.length ? error.faults.map((one) => said(one.detail)).join("; ") : "");

/**
 * @param {unknown} error
 * @param {string} detail what is to be said of a refusal instead of its own words
 * @returns {string}
 */
function withDetail(error, detail) {
  if (!(error instanceof Problem)) return String(error instanceof Error ? error.message : error);
  if (error.status === 0) return t("error.offline.once");
  if (error.status === 404) return t("error.404");
  if (error.status === 403) return t("error.403");
  if (error.status === 429) return t("error.429");
  if (error.status >= 500) return t("error.500", { status: error.status });
  return t("error.other", { detail: detail || said(error.detail || error.title) || num(error.status) });
}

/**
 * @param {unknown} error
 * @param {(() => void)|null} [retry]
 */
export const problem = (error, retry = null) => html`
  <div class="problem" role="alert">
    <p>${error instanceof Problem && error.faults.length ? withDetail(error, said(error.title)) : inWords(error)}</p>
    ${error instanceof Problem && error.faults.length ? html`<ul>${error.faults.map((f) => html`<li><code>${f.field}</code> ${said(f.detail)}</li>`)}</ul>` : nothing}
    ${retry ? html`<button @click=${retry}>${t("action.retry")}</button>` : nothing}
  </div>`;
