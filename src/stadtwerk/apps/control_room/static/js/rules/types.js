/**
 * The shapes of schedules and reactions as the city tells them.
 *
 * @typedef {{event: string, offset_s?: number}} SunTime
 * @typedef {{times?: string[], sun?: SunTime[], interval?: {every_s: number, begin?: string, end?: string},
 *            weekdays?: string[], month_days?: number[], months?: number[], holidays?: string, dates?: string[],
 *            except_dates?: string[], since?: string, until?: string}} Rule
 * @typedef {{kind: string, content: Record<string, any>}} Ordered
 * @typedef {{at: string, state: "ordered"|"missed"|"failed", by_hand: boolean, count: number, why: string,
 *            command?: string, outcome?: string, targets?: number, confirmed?: number}} Run
 * @typedef {{id: string, title: string, enabled: boolean, rule: Rule, rrule: string[]|null, order: Ordered,
 *            grace_s: number, actor: string, created_at: string, changed_at: string, next: string[],
 *            waiting: number, runs: Run[]}} Plan
 * @typedef {{now: string, begin: string, end: string, more: boolean,
 *            days: {day: string, begin: string, holiday: Record<string, string>|null, sun: Record<string, string>}[],
 *            schedules: {id: string, title: string, enabled: boolean, marks: {at: string, until: string|null}[]}[]}} Week
 * @typedef {{id: string, title: Record<string, string>, why: Record<string, string>, from: string, to: string,
 *            event: string, command: string, on: boolean, fired: number, refused: number, by: string,
 *            last_at: string|null, last_commands: string[]}} ReactionRule
 */

export const WEEKDAYS = ["mo", "tu", "we", "th", "fr", "sa", "su"];
export const SUN_EVENTS = ["civil-dawn", "sunrise", "sunset", "civil-dusk"];
export const HOLIDAYS = ["any", "as-sunday", "not", "only"];
