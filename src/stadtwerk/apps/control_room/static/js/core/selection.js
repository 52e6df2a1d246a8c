/** Turns the address into the lamps it means. */

import { lampCount, t } from "../i18n/index.js";
import { announce, store } from "./city.js";
import { ringFromText } from "./geometry.js";
import { FLAG } from "./types.js";

const GROUPS = ["street", "district", "circuit", "cabinet", "feeder", "gateway"];

/** @type {Record<string, number>} */
export const LISTS = { fault: FLAG.fault, silent: FLAG.silent, override: FLAG.override, pending: FLAG.pending };

/**
 * @param {import("./types.js").Route} route
 * @param {import("./lamps.js").LampTable} lamps
 * @returns {import("./types.js").Selection|null}
 */
export function selectionOf(route, lamps) {
  const { name: kind, id } = route;
  if (kind === "lamp") {
    const ix = lamps.ixOf(id);
    return ix < 0 ? null : { kind, id, title: id, ixs: Uint32Array.of(ix) };
  }
  if (GROUPS.includes(kind)) {
    const ixs = lamps.members(kind, id);
    return ixs ? { kind, id, title: nameOf(kind, id, lamps), ixs } : null;
  }
  if (kind === "area") {
    const ring = ringFromText(id);
    return ring ? { kind, id, title: t("kind.area"), ixs: lamps.inside(ring), ring } : null;
  }
  if (kind === "night") {
    const [place, ...rest] = route.action.split(":");
    return ["street", "district"].includes(place) ? selectionOf({ ...route, name: place, id: rest.join(":"), action: "" }, lamps) : null;
  }
  if (kind === "classes") return selectionOf({ ...route, name: "street" }, lamps);
  if (kind === "faults") return ofFault(id, lamps);
  if (kind === "command") return ofCommand(id, lamps);
  return null;
}

/** @param {string} id @param {import("./lamps.js").LampTable} lamps */
function ofFault(id, lamps) {
  const fault = store.get("faultShown");
  if (fault?.id !== id) return null;
  const ixs = Uint32Array.from(fault.lamps.map((/** @type {string} */ lamp) => lamps.ixOf(lamp)).filter((/** @type {number} */ ix) => ix >= 0));
  return { kind: "faults", id, title: t(`faults.kind.${fault.kind}`), ixs };
}

/** @param {string} id @param {import("./lamps.js").LampTable} lamps */
function ofCommand(id, lamps) {
  const view = store.get("commands").get(id);
  return view?.target ? { kind: "command", id, title: view.title, ixs: lamps.ofTarget(view.target), ring: view.target.polygon } : null;
}

/**
 * @param {string} kind
 * @param {string} id
 * @param {import("./lamps.js").LampTable} lamps
 * @returns {string}
 */
export function nameOf(kind, id, lamps) {
  const at = /** @type {any} */ (lamps.groups)[kind]?.get(id);
  const rows = { street: lamps.columns.streets, district: lamps.columns.districts }[kind];
  return rows?.[at]?.name || id;
}

/** Follow address and lamps; mark what is meant. */
export function followSelection() {
  let meant = "";
  const run = () => {
    const lamps = store.get("lamps");
    const route = store.get("route");
    if (!lamps) return;
    const selection = selectionOf(route, lamps);
    const key = selection ? `${selection.kind}/${selection.id}` : "";
    if (key === meant && (key || !store.get("selection"))) return;
    meant = key;
    lamps.mark(selection?.ixs ?? [], FLAG.selected);
    lamps.mark(selection?.kind === "lamp" ? selection.ixs : [], FLAG.focus);
    store.set({ selection, levels: store.get("levels") + 1 });
    if (selection) announce(t("announce.selected", { title: selection.title, n: lampCount(selection.ixs.length) }));
  };
  store.watch(["route", "lamps", "commands", "faultShown"], run);
  run();
}
