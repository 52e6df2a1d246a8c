/** Lets people paste the whole link where the token is asked, and says when a link did not work. */
const field = /** @type {HTMLInputElement} */ (document.getElementById("token"));

document.documentElement.lang = "de";
field.addEventListener("input", () => {
  const match = /[?&]token=([^&\s]+)/.exec(field.value);
  if (match) field.value = decodeURIComponent(match[1]);
});

// Whoever is still here with a token in the address was not let in.
if (new URLSearchParams(location.search).has("token")) document.getElementById("failed")?.removeAttribute("hidden");
