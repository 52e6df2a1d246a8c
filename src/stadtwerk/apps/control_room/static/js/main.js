/** Starts the control room. */

import { start, store } from "./core/city.js";
import { listenArrows, listenKeys } from "./core/keys.js";
import { go, showHelp } from "./core/router.js";
import { followSelection } from "./core/selection.js";
import { stepBack } from "./ui/app.js";
import { singleKeys } from "./ui/help.js";
import { toggleLang, toggleTheme } from "./ui/top-bar.js";

/** @returns {import("./ui/map-view.js").MapView} */
const map = () => /** @type {any} */ (document.querySelector("cr-map"));

/** Open the dim panel for whatever is selected. */
function dimSelection() {
  const { name, id } = store.get("route");
  if (store.get("selection") && name !== "command") go(name, id, "dim");
}

listenKeys(
  {
    "/": () => /** @type {any} */ (document.querySelector("cr-search")).focusField(),
    "?": () => showHelp(true),
    0: () => map().whole(),
    c: () => go("choose"),
    d: dimSelection,
    l: toggleLang,
    m: () => map().focusMap(),
    o: () => go(""),
    p: () => go("draw"),
    t: toggleTheme,
  },
  singleKeys,
  stepBack,
);
listenArrows();
followSelection();
start();
