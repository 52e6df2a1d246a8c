/** Adds passkeys to one's own account. */

import { canPasskeys, register } from "./passkey.js";

const section = document.getElementById("passkeys");
const form = /** @type {HTMLFormElement|null} */ (document.getElementById("passkey-form"));
if (section && form) {
  const problem = /** @type {HTMLElement} */ (document.getElementById("passkey-problem"));
  form.hidden = !canPasskeys();
  /** @type {HTMLElement} */ (document.getElementById("passkey-elsewhere")).hidden = canPasskeys();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await register(/** @type {HTMLInputElement} */ (document.getElementById("passkey-label")).value);
      location.assign("/account");
    } catch (error) {
      problem.textContent = `${section.dataset.failed} ${error instanceof Error ? error.message : ""}`;
      problem.hidden = false;
    }
  });
}
