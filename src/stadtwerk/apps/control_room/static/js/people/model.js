/** Who looks at this screen, who has an account, what waits for a second person. */

import { getJson, newKey, postCommand, Problem } from "../core/api.js";
import { store } from "../core/city.js";
import { currentRoute } from "../core/router.js";
import { Store } from "../core/store.js";
import { isHeld } from "../ui/commands.js";

/** @typedef {{actor: string, roles: string[], via: string}} Session */
/** @typedef {{id: string, roles: string[], state: string, created_at: string, passkeys: number, keys: number}} Account */
/** @typedef {{command: import("../core/types.js").CommandView & {held_until?: string}, mine: boolean, can_decide: boolean}} Waiting */

export const ROLES = ["operator", "engineer", "crew", "caseworker", "admin", "auditor", "partner"];

export const people = new Store({ session: null, accounts: null, waiting: null, names: {}, fault: null });

/** Learn who is signed in. */
export async function loadSession() {
  try {
    people.set({ session: await getJson("/api/session") });
  } catch {
    // Whoever is not signed in is sent away by the city's first answer.
  }
}

/** @param {string[]} roles @returns {boolean} whether the person has one of the roles */
export const hasRole = (roles) => (people.get("session")?.roles ?? []).some((/** @type {string} */ role) => roles.includes(role));

/** Load all accounts: pseudonyms, roles, states. */
export async function loadAccounts() {
  try {
    people.set({ accounts: (await getJson("/api/people")).accounts, fault: null });
  } catch (fault) {
    people.set({ fault });
  }
}

/** Load what waits for a second person, or what did at the instant on the screen. */
export async function loadWaiting() {
  try {
    const waiting = currentRoute().at ? await waitedThen() : (await getJson("/api/approvals")).waiting;
    people.set({ waiting, fault: null });
  } catch (fault) {
    people.set({ fault });
  }
}

/** @returns {Promise<Waiting[]>} */
async function waitedThen() {
  const { commands } = await getJson("/api/commands?limit=50");
  return commands.filter(isHeld).map((/** @type {Waiting["command"]} */ command) => ({ command, mine: false, can_decide: false }));
}

/** @returns {number} commands known here that wait for a second person */
export const waitingCount = () => [...store.get("commands").values()].filter(isHeld).length;

/**
 * @param {string} path
 * @param {object} body
 * @returns {Promise<any>}
 */
export async function post(path, body) {
  const headers = { "content-type": "application/json" };
  const response = await fetch(path, { method: "POST", headers, body: JSON.stringify(body), credentials: "same-origin" });
  const answer = await response.json();
  if (!response.ok) throw new Problem(answer);
  return answer;
}

/** Open a name: it is written down who did and what for, and the person sees it. @param {string} id @param {string} why */
export async function openName(id, why) {
  const found = await post("/api/people/open", { accounts: [id], why });
  people.set({ names: { ...people.get("names"), ...found.people } });
}

/** @param {string} verb @param {object} body */
export const order = (verb, body) => postCommand(`access.${verb}`, body, newKey());
