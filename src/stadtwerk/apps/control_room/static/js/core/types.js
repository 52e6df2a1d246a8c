/**
 * The shapes the control room exchanges with the city's door.
 *
 * @typedef {{id: string, name: string}} Named
 * @typedef {"requested"|"accepted"|"sent"|"confirmed"|"refused"|"expired"} CommandState
 * @typedef {{lamp?: string, street?: string, circuit?: string, district?: string,
 *            polygon?: number[][], lamps?: string[]}} Target
 * @typedef {{id: string, seq: number, kind: string, state: CommandState, target: Target, title: string,
 *            lamps: number, confirmed: number, pending: number, expired: number,
 *            level_percent: number|null, ramp_s: number, until: string|null, reason: string, actor: string,
 *            requested_at: string, sent_at: string|null, closed_at: string|null,
 *            refusal: ProblemBody|null, outcomes: Record<string, number>, held_until?: string|null}} CommandView
 * @typedef {{type?: string, title?: string, status?: number, detail?: string,
 *            faults?: {field: string, detail: string}[]}} ProblemBody
 * @typedef {{now: string, power_kw: number, lit: number, faulty: number, overridden: number, silent: number,
 *            pending: number, lamps: number, program_kw?: number}} Totals
 * @typedef {{at: string, snapshot: boolean, n: number, ix?: string, level: string, flags: string}} LevelsFrame
 * @typedef {{kind: string, id: string, title: string, subtitle: string, lamps: number, bbox: number[]}} Found
 * @typedef {{kind: string, id: string, title: string, ixs: Uint32Array, ring?: number[][]}} Selection
 * @typedef {{name: string, id: string, action: string, view: string, help: boolean, at: string}} Route
 */

/** Bits of the flag byte of a lamp; the upper three are the screen's own. */
export const FLAG = Object.freeze({ fault: 1, override: 2, silent: 4, pending: 8, selected: 16, focus: 32 });

/** The flag bits that come from the city. */
export const CITY_FLAGS = 15;

/** Level byte of a lamp that was never heard. */
export const NEVER_HEARD = 255;
