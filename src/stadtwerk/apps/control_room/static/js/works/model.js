/** Work orders and tours: what the screen asks and orders. */

import { getJson, newKey, postCommand } from "../core/api.js";

/**
 * @typedef {{id: string, state: string, kind: string, street: {id: string, name: string}, poles: string[], lamps: string[], position: [number, number],
 *   priority: string, due_at: string, overdue: boolean, crew: string, day: string, skill: string, can_undo: boolean, photos: string[], note: string}} Job
 * @typedef {{arrive_at: string, leave_at: string, late: boolean, job: Job}} Stop
 * @typedef {{crew: {id: string, name: string, vehicle: string, skills: string[], depot: [number, number]}, day: string, begin_at: string, end_at: string,
 *   break_at: string|null, back_at: string|null, distance_m: number, stops: Stop[]}} Tour
 * @typedef {{day: string, planning: {state: string, left: string[], distance_m: number}|null, progress: {distance_m: number, left: number}|null, tours: Tour[], jobs: Job[], states: Record<string, number>}} Day
 */

/** @param {string} day ISO date, "" for today @returns {Promise<Day>} */
export async function loadDay(day) {
  const [tours, jobs] = await Promise.all([getJson(`/api/lighting/tours${day ? `?day=${day}` : ""}`), getJson("/api/lighting/jobs")]);
  return { ...tours, jobs: jobs.jobs, states: jobs.states };
}

/** @param {string} what @param {object} content */
export const order = (what, content) => postCommand(`lighting.${what}`, content, newKey());

/** @param {Day} day @returns {Job[]} jobs in no tour, the most urgent first */
export const openJobs = (day) => day.jobs.filter((job) => job.state === "open" || job.state === "reopened");

/** @param {Stop} stop @returns {boolean} whether a job may still be moved */
export const isMovable = (stop) => stop.job.state === "planned";

/** How crews are told apart without colour: dashes of their ways. @param {number} row @returns {string} */
export const dashes = (row) => ["none", "7 4", "2 3", "10 3 2 3", "14 4", "4 6"][row % 6];
