/** Passkeys in the browser: what the server asks goes to the authenticator, what it signs goes back. */

import { said } from "./i18n/refusals.js";

/** @returns {boolean} whether this page may use passkeys at all */
export const canPasskeys = () => window.isSecureContext && "PublicKeyCredential" in window && !/^[\d.]+$|:/.test(location.hostname);

/** @param {string} text base64url @returns {Uint8Array<ArrayBuffer>} */
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));

/** @param {ArrayBuffer} buffer @returns {string} */
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

/**
 * @param {string} path
 * @param {object} body
 * @returns {Promise<any>}
 */
async function post(path, body) {
  const headers = { "content-type": "application/json" };
  const response = await fetch(path, { method: "POST", headers, body: JSON.stringify(body), credentials: "same-origin" });
  const answer = await response.json();
  if (!response.ok) throw new Error(said(answer.detail || answer.title));
  return answer;
}

/** @param {any} list */
const allowed = (list) => (list ?? []).map((/** @type {any} */ one) => ({ ...one, id: bytes(one.id) }));

/** Sign in; the authenticator offers whatever accounts it knows here. */
export async function signIn() {
  const options = await post("/api/sign-in/passkey/options", {});
  const publicKey = { ...options, challenge: bytes(options.challenge), allowCredentials: allowed(options.allowCredentials) };
  const made = /** @type {any} */ (await navigator.credentials.get({ publicKey }));
  const { authenticatorData, clientDataJSON, signature, userHandle } = made.response;
  const response = { authenticatorData: text(authenticatorData), clientDataJSON: text(clientDataJSON), signature: text(signature), userHandle: userHandle && text(userHandle) };
  await post("/api/sign-in/passkey", { id: made.id, rawId: text(made.rawId), type: made.type, response });
}

/** Register a new passkey for whoever is signed in. @param {string} label */
export async function register(label) {
  const options = await post("/api/me/passkeys/options", {});
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: allowed(options.excludeCredentials),
  };
  const made = /** @type {any} */ (await navigator.credentials.create({ publicKey }));
  const { attestationObject, clientDataJSON } = made.response;
  const response = { attestationObject: text(attestationObject), clientDataJSON: text(clientDataJSON) };
  await post("/api/me/passkeys", { label, credential: { id: made.id, rawId: text(made.rawId), type: made.type, response } });
}
