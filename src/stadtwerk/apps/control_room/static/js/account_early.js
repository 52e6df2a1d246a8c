/* Runs before the first paint: the reader's theme, and the language chosen in the control room. */
(function () {
  "use strict";
  /** @param {string} name */
  var read = function (name) { try { return localStorage.getItem("stadtwerk." + name); } catch (e) { return null; } };
  var theme = read("theme") || (matchMedia("(prefers-color-scheme: light)").matches ? "day" : "night");
  document.documentElement.dataset.theme = theme;
  var asked = new URLSearchParams(location.search).get("lang");
  try { if (asked === "de" || asked === "en") localStorage.setItem("stadtwerk.lang", asked); } catch (e) { /* this page only */ }
  var lang = asked || read("lang");
  if (lang && lang !== document.documentElement.lang && document.cookie.indexOf("stadtwerk_lang=" + lang) < 0) {
    document.cookie = "stadtwerk_lang=" + lang + ";path=/;SameSite=Strict;max-age=31536000";
    location.reload();
  }
})();
