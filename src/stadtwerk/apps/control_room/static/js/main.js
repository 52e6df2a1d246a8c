/** Starts the control room. */

import { start, store } from "./core/city.js";
import { listenArrows, listenKeys } from "./core/keys.js";
import { followPast } from "./core/past.js";
import { go, showHelp } from "./core/router.js";
import { followSelection } from "./core/selection.js";
import { stepBack } from "./ui/app.js";
import { singleKeys } from "./ui/help.js";
import { loadSystems } from "./ui/systems.js";
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
    "!": () => {
      go("alarms");
      store.set({ alarmFocus: true });
    },
    0: () => map().whole(),
    a: () => /** @type {any} */ (document.querySelector("cr-time")).open(),
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
followPast();
store.watch(["city"], loadSystems);
start();
