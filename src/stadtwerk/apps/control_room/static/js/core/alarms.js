/** The alarms as this screen knows them: loads them, follows the stream, acts on them. */

import { getJson } from "./api.js";
import { sendCommand, store } from "./city.js";

/**
 * @typedef {{id: string, kind: string, source: string, name: string, place: string, lamps: number, severity: number,
 *   priority: Priority, state: string, active: boolean, acked: boolean, confirmed: boolean, shelving: string,
 *   shelved_until: string|null, suppressed_by: string, out_of_service: boolean, retain: boolean, raised_at: string|null,
 *   annunciated_at: string|null, returned_at: string|null, acked_at: string|null, acked_by: string, count: number,
 *   comment: string, comment_by: string}} AlarmView
 * @typedef {"critical"|"high"|"medium"|"low"} Priority
 * @typedef {Record<string, string>} Words
 * @typedef {{id: string, title: Words, cause: Words, consequence: Words, action: Words, respond_s: number,
 *   severity: number, priority: Priority, on_delay_s: number, off_delay_s: number, deadband: number,
 *   shelve_max_s: number, confirms: boolean}} AlarmKind
 */

/** @type {Priority[]} the most urgent first */
export const PRIORITIES = ["critical", "high", "medium", "low"];

let asked = 0;

/** Read the list of the instant on the screen, and the table once; of several questions the last one counts. */
export async function loadAlarms() {
  const mine = ++asked;
  try {
    const kinds = store.get("alarmKinds") ?? (await getJson("/api/alarms/kinds")).kinds;
    const { alarms, total } = await getJson("/api/alarms");
    if (mine !== asked) return;
    const known = new Map(alarms.map((/** @type {AlarmView} */ view) => [view.id, view]));
    const byId = kinds instanceof Map ? kinds : new Map(kinds.map((/** @type {AlarmKind} */ kind) => [kind.id, kind]));
    store.set({ alarms: known, alarmsTotal: total, alarmKinds: byId, alarmFault: null });
  } catch (alarmFault) {
    if (mine === asked) store.set({ alarmFault });
  }
}

/** @param {{alarms?: AlarmView[], reload?: boolean}} data a message of the stream */
export function heardAlarms(data) {
  if (data.reload || !store.get("alarms")) {
    loadAlarms();
    return;
  }
  const known = new Map(store.get("alarms"));
  for (const view of data.alarms ?? []) {
    if (view.retain) known.set(view.id, view);
    else known.delete(view.id);
  }
  store.set({ alarms: known, alarmsTotal: Math.max(known.size, store.get("alarmsTotal") - store.get("alarms").size + known.size) });
}

/** @param {AlarmView} view @returns {boolean} whether operators are told of it */
export const isOpen = (view) => ["unacknowledged", "acknowledged", "returned-unacknowledged"].includes(view.state)
  || (view.state === "normal" && !view.confirmed);

/** @param {AlarmView} view @returns {boolean} */
export const isUnseen = (view) => isOpen(view) && !view.acked;

/** @param {AlarmView} a @param {AlarmView} b @returns {number} the most urgent first, then the newest */
export const byUrgency = (a, b) => b.severity - a.severity || byTime(a, b);

/** @param {AlarmView} a @param {AlarmView} b @returns {number} the newest first */
export const byTime = (a, b) => (b.annunciated_at ?? "").localeCompare(a.annunciated_at ?? "") || a.id.localeCompare(b.id);

/** @returns {{priority: Priority, n: number, unseen: number}[]} open alarms by priority */
export function countsByPriority() {
  const open = [...(store.get("alarms")?.values() ?? [])].filter(isOpen);
  return PRIORITIES.map((priority) => {
    const those = open.filter((view) => view.priority === priority);
    return { priority, n: those.length, unseen: those.filter(isUnseen).length };
  });
}

/** @param {string} id @returns {AlarmKind|undefined} */
export const kindOf = (id) => store.get("alarmKinds")?.get(id);

/** Most alarms one command may name. */
const NAMED = 500;

/**
 * @param {string} what acknowledge, shelve ...
 * @param {string[]} ids
 * @param {object} [more]
 */
export async function order(what, ids, more = {}) {
  for (let at = 0; at < ids.length; at += NAMED) {
    await sendCommand(`alarm.${what}`, { alarms: ids.slice(at, at + NAMED), ...more });
  }
}
