/** Lets people paste the whole link where the token is asked, and offers passkeys where the browser has them. */

import { canPasskeys, signIn } from "./passkey.js";

const field = /** @type {HTMLInputElement} */ (document.getElementById("token"));
const failed = /** @type {HTMLElement} */ (document.getElementById("failed"));
const passkey = /** @type {HTMLElement} */ (document.getElementById("passkey"));

field.addEventListener("input", () => {
  const match = /[?&]token=([^&\s]+)/.exec(field.value);
  if (match) field.value = decodeURIComponent(match[1]);
});

passkey.hidden = !canPasskeys();
/** @type {HTMLElement} */ (document.getElementById("passkey-elsewhere")).hidden = canPasskeys();
document.getElementById("passkey-button")?.addEventListener("click", async () => {
  try {
    await signIn();
    location.assign("/");
  } catch {
    failed.textContent = passkey.dataset.failed ?? "";
    failed.hidden = false;
  }
});
