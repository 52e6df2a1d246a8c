/** The city as this screen knows it: loads it, follows it, sends commands to it. */

import { heardAlarms, loadAlarms } from "./alarms.js";
import { getBytes, getJson, newKey, postCommand } from "./api.js";
import { decodeColumns } from "./columns.js";
import { LampTable } from "./lamps.js";
import { currentRoute } from "./router.js";
import { Store } from "./store.js";
import { Stream } from "./stream.js";
import { CityClock } from "./time.js";

const COMMANDS_KEPT = 300;

export const clock = new CityClock();

export const store = new Store({
  city: null,
  systems: [],
  lamps: null,
  problem: null,
  totals: null,
  commands: new Map(),
  commandsKnown: false,
  alarms: null,
  alarmsTotal: 0,
  alarmKinds: null,
  alarmFault: null,
  alarmFocus: false,
  connection: "connecting",
  ageMs: 0,
  levels: 0,
  route: currentRoute(),
  selection: null,
  drawing: null,
  classes: null,
  classesFault: null,
  mapState: "loading",
  theme: document.documentElement.dataset.theme,
  lang: document.documentElement.lang,
  announcement: "",
  at: null,
  moment: 0,
  speed: 0,
  timeOpen: false,
  pastFault: null,
  pastBusy: false,
});

/** @type {Stream|null} */
let stream = null;

/** @param {string} words read out by screen readers, politely */
export function announce(words) {
  store.set({ announcement: "" });
  requestAnimationFrame(() => store.set({ announcement: words }));
}

/** Load the city, then follow it. */
export async function start() {
  store.set({ problem: null });
  try {
    const city = await getJson("/api/city");
    clock.zone = city.timezone ?? clock.zone;
    clock.sync(city.clock);
    store.set({ city });
    const lamps = new LampTable(decodeColumns(await getBytes("/api/lighting/lamps/columns")));
    store.set({ lamps });
  } catch (problem) {
    store.set({ problem });
    return;
  }
  stream = new Stream(heard, (connection, ageMs) => store.set({ connection, ageMs: Math.floor(ageMs / 1000) * 1000 }));
  stream.start();
  if (store.get("at") === null) await loadCommands();
}

/** Come back from the past: take a whole picture of now. */
export function resume() {
  stream?.restart();
  loadCommands();
}

/** Read the latest commands once; the stream keeps them fresh. */
export async function loadCommands() {
  try {
    const { commands } = await getJson("/api/commands?limit=50");
    keepCommands(commands);
    store.set({ commandsKnown: true });
  } catch {
    // The stream brings commands too; the panel shows what is known.
  }
}

/** @param {import("./types.js").CommandView[]} views */
export function keepCommands(views) {
  const known = new Map(store.get("commands"));
  for (const view of views) {
    const before = known.get(view.id);
    if (!before || !isClosed(before) || isClosed(view)) known.set(view.id, { ...before, ...view });
  }
  const newest = [...known.values()].sort((a, b) => b.seq - a.seq).slice(0, COMMANDS_KEPT);
  store.set({ commands: new Map(newest.map((view) => [view.id, view])) });
}

/** @param {import("./types.js").CommandView} view @returns {boolean} */
export const isClosed = (view) => Boolean(view.closed_at) || ["refused", "expired"].includes(view.state)
  || (view.state === "confirmed" && !view.pending);

/** @type {import("./types.js").CommandView[]} */
let waitingViews = [];
let isDirty = false;
let isScheduled = false;

/** @param {string} name @param {any} data */
function heard(name, data) {
  if (name === "hello") {
    clock.sync(data);
    loadAlarms();
  }
  if (store.get("at") !== null && name !== "hello") {
    if (name === "totals") clock.sync(data);
    return;
  }
  if (name === "levels") {
    store.get("lamps").apply(data);
    isDirty = true;
  }
  if (name === "totals") {
    clock.sync(data);
    store.set({ totals: data });
  }
  if (name === "command") waitingViews.push(data);
  if (name === "alarm") heardAlarms(data);
  if (isScheduled) return;
  isScheduled = true;
  // Hidden pages get no animation frames; they still must not pile up frames unseen.
  if (document.hidden) setTimeout(flush, 250);
  else requestAnimationFrame(flush);
}

function flush() {
  isScheduled = false;
  if (waitingViews.length) keepCommands(waitingViews);
  waitingViews = [];
  if (isDirty) store.set({ levels: store.get("levels") + 1 });
  isDirty = false;
}

/**
 * @param {string} kind
 * @param {object} body
 * @param {string} [key] idempotency key; the same when the same command is tried again
 */
export async function sendCommand(kind, body, key = newKey()) {
  const view = await postCommand(kind, body, key);
  keepCommands([view]);
  return view;
}

/** @param {import("./types.js").Selection} selection @returns {import("./types.js").Target} */
export function targetOf(selection) {
  const { kind, id, ring, ixs } = selection;
  if (kind === "area" && ring) return { polygon: [...ring, ring[0]] };
  if (kind === "lamp" || kind === "street" || kind === "circuit" || kind === "district") return { [kind]: id };
  return { lamps: [...ixs].map((ix) => store.get("lamps").idOf(ix)) };
}
