/** Schedules and reactions on this screen: asks for them, orders changes, and remembers how to take the last one back. */

import { getJson } from "../core/api.js";
import { sendCommand } from "../core/city.js";
import { Store } from "../core/store.js";

export const rules = new Store({ plans: null, week: null, reactions: null, fault: null, undo: null, busy: "" });

let asked = 0;

/** Ask for everything of the instant on the screen; of several questions the last one counts. */
export async function loadRules() {
  const mine = ++asked;
  try {
    const [{ schedules }, week, reactions] = await Promise.all([
      getJson("/api/schedule/plans"), getJson("/api/schedule/week"), getJson("/api/react/rules")]);
    if (mine === asked) rules.set({ plans: schedules, week, reactions, fault: null });
  } catch (fault) {
    if (mine === asked) rules.set({ fault });
  }
}

/** @typedef {{kind: string, body: object}} Step */

/**
 * Order something of the rules; afterwards it can be taken back with one key.
 * @param {Step} step
 * @param {{words: string, back: Step}|null} undo
 * @returns {Promise<import("../core/types.js").CommandView>}
 */
export async function order(step, undo) {
  rules.set({ busy: step.kind });
  try {
    const view = await sendCommand(step.kind, step.body);
    rules.set({ undo });
    await loadRules();
    return view;
  } finally {
    rules.set({ busy: "" });
  }
}

/** @param {import("./types.js").Plan} plan @returns {object} what a command says of a schedule */
export const wordsOf = ({ id, title, rule, order: ordered, grace_s }) => ({ id, title, rule, order: ordered, grace_s });

/** @param {import("./types.js").Plan} plan @returns {Step} */
export const recreate = (plan) => ({ kind: "schedule.create", body: { ...wordsOf(plan), enabled: plan.enabled } });

/** @param {string} id @param {boolean} isOn @returns {Step} */
export const enable = (id, isOn) => ({ kind: isOn ? "schedule.enable" : "schedule.disable", body: { id } });

/** @param {string} rule @param {boolean} on @returns {Step} */
export const switchRule = (rule, on) => ({ kind: "react.switch", body: { rule, on } });
