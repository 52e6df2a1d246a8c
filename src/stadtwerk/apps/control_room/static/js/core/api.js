/** Talks HTTP with the city's door; every fault arrives as a Problem in words. */

import { t } from "../i18n/index.js";
import { currentRoute } from "./router.js";

/** What went wrong, after RFC 9457; status 0 means the door was not reached. */
export class Problem extends Error {
  /** @param {import("./types.js").ProblemBody} body */
  constructor(body) {
    super(body.detail || body.title || "problem");
    this.status = body.status ?? 0;
    this.title = body.title ?? "";
    this.detail = body.detail ?? "";
    this.faults = body.faults ?? [];
  }
}

/**
 * @param {Response} response
 * @returns {Promise<Problem>}
 */
async function problemOf(response) {
  try {
    const body = await response.json();
    return new Problem({ ...body, status: body.status ?? response.status });
  } catch {
    return new Problem({ status: response.status, title: response.statusText });
  }
}

/**
 * @param {string} path
 * @param {RequestInit} [init]
 * @returns {Promise<Response>}
 */
async function request(path, init) {
  let response;
  try {
    response = await fetch(path, { credentials: "same-origin", ...init });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem({ status: 0, title: "offline" });
  }
  if (response.status === 401) {
    location.assign("/sign-in");
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

/** What is asked about the present, whichever instant is on the screen. */
const ALWAYS_NOW = ["/api/city", "/api/session", "/api/systems", "/api/health", "/api/people", "/api/approvals"];

/** @param {string} path @returns {string} the question about the instant on the screen */
function thenPath(path) {
  const { at } = currentRoute();
  if (!at || /[?&]at=/.test(path) || ALWAYS_NOW.some((start) => path.startsWith(start))) return path;
  return `${path}${path.includes("?") ? "&" : "?"}at=${encodeURIComponent(at)}`;
}

/**
 * @param {string} path
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export async function getJson(path, signal) {
  return (await request(thenPath(path), { signal, headers: { accept: "application/json" } })).json();
}

/**
 * @param {string} path
 * @returns {Promise<ArrayBuffer>}
 */
export async function getBytes(path) {
  return (await request(path)).arrayBuffer();
}

/**
 * Ask a question that is longer than an address.
 * @param {string} path
 * @param {object} body
 * @param {AbortSignal} [signal]
 * @returns {Promise<Response>}
 */
export function postQuestion(path, body, signal) {
  return request(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body), signal });
}

/**
 * Send a file as it is.
 * @param {string} path
 * @param {Blob} file
 * @returns {Promise<Response>}
 */
export async function postFile(path, file) {
  return request(path, { method: "POST", headers: { "content-type": "application/octet-stream" }, body: file });
}

/**
 * Send a command; the same key twice is the same command.
 * @param {string} kind
 * @param {object} body
 * @param {string} key
 * @returns {Promise<import("./types.js").CommandView>}
 */
export async function postCommand(kind, body, key) {
  if (currentRoute().at) throw new Problem({ status: 409, title: t("past.commands") });
  const headers = { "content-type": "application/json", "idempotency-key": key };
  const response = await request(`/api/commands/${kind}`, { method: "POST", headers, body: JSON.stringify(body) });
  return response.json();
}

/**
 * A new idempotency key; crypto.randomUUID exists only on secure origins, this works on plain LAN addresses too.
 * @returns {string}
 */
export function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const b = crypto.getRandomValues(new Uint8Array(16));
  b[6] = (b[6] & 15) | 64;
  b[8] = (b[8] & 63) | 128;
  const hex = [...b].map((v) => v.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
