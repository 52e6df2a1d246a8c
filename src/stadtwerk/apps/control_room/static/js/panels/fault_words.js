/** How a fault is said: where, in which state, by which measurement. */

import { num, percent, t } from "../i18n/index.js";

/** @param {any} fault @returns {string} the thing at fault and its street */
export const where = (fault) => [fault.entity, fault.phase, fault.street].filter(Boolean).join(" · ");

/** @param {any} fault @returns {string} */
export const stateWords = (fault) => t(`faults.state.${fault.state}`);

/** @param {any} fault @returns {string} the measurement that tells it */
export function evidenceWords({ evidence }) {
  if (evidence.before) return t("faults.evidence.cable", { after: evidence.after || t("faults.evidence.cabinet"), before: evidence.before });
  const { measure, value } = evidence;
  return t(`faults.measure.${measure}`, { value: measure.startsWith("share") ? percent(value * 100) : num(value, measure === "W" ? 1 : 0) });
}
