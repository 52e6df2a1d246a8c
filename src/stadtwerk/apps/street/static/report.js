/** Finds the lights near whoever reports; without it the number on the pole does. */

const near = /** @type {HTMLFormElement} */ (document.getElementById("near"));
const told = /** @type {HTMLElement} */ (near.querySelector("[role=status]"));

/** @param {string} name @param {number} degrees about a metre exact, no more is needed */
function fill(name, degrees) {
  /** @type {HTMLInputElement} */ (near.elements.namedItem(name)).value = degrees.toFixed(5);
}

near.hidden = !("geolocation" in navigator);
near.addEventListener("submit", (event) => {
  event.preventDefault();
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      fill("lon", coords.longitude);
      fill("lat", coords.latitude);
      near.submit();
    },
    () => { told.textContent = near.dataset.failed ?? ""; },
    { enableHighAccuracy: true, timeout: 10_000, maximumAge: 30_000 },
  );
});
