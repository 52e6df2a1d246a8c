/* Runs before the first paint, so that the page never flashes in the other theme or language. */
(function () {
  "use strict";
  /** @param {string} name */
  var read = function (name) { try { return localStorage.getItem("stadtwerk." + name); } catch (e) { return null; } };
  var theme = read("theme") || (matchMedia("(prefers-color-scheme: light)").matches ? "day" : "night");
  var lang = read("lang") || ((navigator.language || "de").toLowerCase().indexOf("de") === 0 ? "de" : "en");
  document.documentElement.dataset.theme = theme;
  document.documentElement.lang = lang;
})();
