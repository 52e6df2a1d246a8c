/** The time machine: the instant in the address is the instant on the screen; without one it is now. */

import { loadAlarms } from "./alarms.js";
import { getJson } from "./api.js";
import { clock, resume, store } from "./city.js";
import { address, currentRoute } from "./router.js";
import { isoSeconds } from "./time.js";

/** Speeds of a replay, seconds of the city a second. */
export const SPEEDS = [60, 600, 3600];
/** Panels beside the map follow a replay this often at most. */
const PANELS_EVERY_MS = 2000;
/** A replay shows at most so many pictures a second. */
const FRAME_MS = 200;

let asked = 0;
let panelsAt = 0;

/** @returns {boolean} whether this screen shows the past */
export const isPast = () => store.get("at") !== null;

/**
 * Turn the screen to an instant.
 * @param {number|null} ms null = now
 * @param {{isStep?: boolean}} [how] a step leaves no trace in the browser's history
 */
export function turnTo(ms, { isStep = false } = {}) {
  const at = ms === null || ms >= clock.presentMs() ? "" : isoSeconds(Math.floor(ms / 1000) * 1000);
  const next = address({ ...currentRoute(), at });
  if (!isStep) location.hash = next;
  else {
    history.replaceState(history.state, "", next);
    store.set({ route: currentRoute() });
  }
}

/** Follow the address. */
export function followPast() {
  const run = () => {
    const { at } = store.get("route");
    const ms = at ? Date.parse(at) : null;
    if (ms === store.get("at") || !store.get("lamps")) return;
    if (ms === null || Number.isNaN(ms)) leave();
    else show(ms);
  };
  store.watch(["route", "lamps"], run);
  store.watch(["moment", "pastFault"], loadAlarms);
  run();
}

/** @param {number} ms */
async function show(ms) {
  const mine = ++asked;
  clock.pinned = ms;
  // Alarms of now are not those of then: until these are known, none are shown.
  const alarms = isPast() ? store.get("alarms") : null;
  store.set({ at: ms, alarms, timeOpen: true, pastBusy: true });
  try {
    const [levels, totals, { commands }] = await Promise.all([
      getJson("/api/lighting/lamps/levels"), getJson("/api/lighting/totals"), getJson("/api/commands?limit=50"),
    ]);
    if (mine !== asked) return;
    store.get("lamps").apply(levels);
    const known = new Map(commands.map((/** @type {any} */ view) => [view.id, view]));
    store.set({ levels: store.get("levels") + 1, totals, commands: known, commandsKnown: true, pastFault: null, pastBusy: false });
    if (store.get("speed") && performance.now() - panelsAt < PANELS_EVERY_MS) return;
    panelsAt = performance.now();
    store.set({ moment: store.get("moment") + 1 });
  } catch (pastFault) {
    if (mine === asked) store.set({ pastFault, pastBusy: false, speed: 0 });
  }
}

function leave() {
  asked += 1;
  clock.pinned = null;
  store.set({ at: null, speed: 0, pastFault: null, pastBusy: false, totals: null, alarms: null, commands: new Map(), commandsKnown: false });
  resume();
  store.set({ moment: store.get("moment") + 1 });
}

/** @param {number} speed seconds of the city a second, 0 = stand still */
export async function play(speed) {
  const wasPlaying = store.get("speed");
  store.set({ speed });
  if (!speed || wasPlaying) return;
  let before = performance.now();
  while (store.get("speed") && isPast()) {
    await new Promise((resolve) => setTimeout(resolve, FRAME_MS));
    if (store.get("pastBusy") || !isPast()) continue;
    const now = performance.now();
    const next = store.get("at") + (now - before) * store.get("speed");
    before = now;
    if (next >= clock.presentMs()) {
      store.set({ speed: 0 });
      turnTo(null);
    } else turnTo(next, { isStep: true });
  }
}
