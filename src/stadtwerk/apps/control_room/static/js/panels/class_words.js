/** How a street's lighting class is told: its stroke, its areas, why it is as it is. */

import { html, nothing, svg } from "lit";
import { num, t } from "../i18n/index.js";

/** @typedef {import("../core/classes.js").StreetRow} StreetRow */

/** The stroke of a state, as on the map. @param {string} state */
export const stroke = (state) => html`<svg class="stroke is-${state}" viewBox="0 0 34 14" width="34" height="14" aria-hidden="true">
  ${svg`<path class="line" d="M1 7H33"/>${state === "missed" ? svg`<path class="core" d="M1 7H33"/>` : nothing}`}</svg>`;

/** Why a street is as it is. @param {StreetRow} row @returns {string} */
export function why(row) {
  if (row.state === "off" || row.state === "unknown") return t(`classes.why.${row.state}`);
  if (row.reason === "demand") return t("classes.why.demand");
  const spare = row.margin === null ? "" : t(row.margin < 0 ? "classes.short" : "classes.spare", { n: num(Math.abs(row.margin) * 100) });
  const worst = `${areaWords(row.area)}: ${t(`classes.quantity.${row.quantity}`)} ${spare}`;
  return row.state === "unproven" ? `${t(`classes.why.${row.reason}`, { n: num(row.reason === "fault" ? row.faulty : row.silent) })} · ${worst}` : worst;
}

/** @param {string} area as the certificate names it @returns {string} */
export function areaWords(area) {
  const [kind, side] = area.split(" ");
  return t(`class.area.${kind}`) + (side ? ` ${t(`class.side.${side}`)}` : "");
}
