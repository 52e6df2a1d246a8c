/** A pole drawn to scale with its slots. */

import { html, svg } from "lit";
import { num, t } from "/static/js/i18n/index.js";

const TOP = 24;
const FOOT = 236;

/** @param {any} pole its picture: the mast to scale, slots as boxes; filled in use, dashed reserved, empty free */
export function drawing({ slots, height_m: height, lamps }) {
  const y = (/** @type {number} */ metres) => FOOT - (metres / height) * (FOOT - TOP);
  const said = slots.map((/** @type {any} */ one) => `${t(`poles.slot.${one.slot}`)}: ${one.taken ? `${t(`poles.kind.${one.taken.kind}`)}, ${one.taken.holder}` : t("poles.empty")}`).join("; ");
  return html`<svg viewBox="0 0 360 250" role="img" aria-label=${said}>
    <line x1="10" x2="350" y1=${FOOT} y2=${FOOT} stroke="currentColor"></line>
    <path d="M92 ${FOOT} L95 ${TOP} H105 L108 ${FOOT} Z" fill="currentColor" opacity=".35"></path>
    ${lamps.slice(0, 2).map((/** @type {string} */ lamp, /** @type {number} */ side) => svg`<path d="M100 ${TOP} h${side ? 44 : -44} v8 h${side ? -22 : 22} z" fill="currentColor" opacity=".7"><title>${lamp}</title></path>`)}
    ${slots.map((/** @type {any} */ one) => svg`
      <g><rect x="150" y=${y(one.height_m) - 11} width="22" height="22" rx="3" fill=${one.taken?.state === "in-use" ? "currentColor" : "none"}
          stroke="currentColor" stroke-width="2" stroke-dasharray=${one.taken?.state === "reserved" ? "5 3" : "none"} opacity=${one.taken ? 1 : 0.4}></rect>
        <line x1="100" x2="150" y1=${y(one.height_m)} y2=${y(one.height_m)} stroke="currentColor" opacity=".6"></line>
        <text x="182" y=${y(one.height_m) - 1} fill="currentColor" font-size="12">${t(`poles.slot.${one.slot}`)} · ${num(one.height_m, 1)} m</text>
        <text x="182" y=${y(one.height_m) + 13} fill="currentColor" font-size="11" opacity=".75">${one.taken ? `${t(`poles.kind.${one.taken.kind}`)} · ${one.taken.holder.slice(0, 24)}` : t("poles.empty")}</text></g>`)}
    <text x="16" y=${FOOT - 6} fill="currentColor" font-size="11" opacity=".75">${num(height, 1)} m</text>
  </svg>`;
}
