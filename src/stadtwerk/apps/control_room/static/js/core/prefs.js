/** Theme, language and shortcuts: the reader's own, kept in this browser. */

/** @param {string} name @returns {string|null} */
export function readPref(name) {
  try {
    return localStorage.getItem(`stadtwerk.${name}`);
  } catch {
    return null;
  }
}

/** @param {string} name @param {string} value */
export function writePref(name, value) {
  try {
    localStorage.setItem(`stadtwerk.${name}`, value);
  } catch {
    // Without storage the choice lasts for this page only.
  }
}

/** @returns {"night"|"day"} */
export const theme = () => (document.documentElement.dataset.theme === "day" ? "day" : "night");

/** @param {"night"|"day"} value */
export function setTheme(value) {
  document.documentElement.dataset.theme = value;
  writePref("theme", value);
}

/** @param {"de"|"en"} value */
export function setLang(value) {
  document.documentElement.lang = value;
  writePref("lang", value);
}

/** @returns {boolean} */
export const prefersCalm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
