/** The map on the page: its buttons, its cross, and what clicks mean. */

import { html, nothing } from "lit";
import { store } from "../core/city.js";
import { classFeatures } from "../core/classes.js";
import { ringToText } from "../core/geometry.js";
import { go, link, noteView } from "../core/router.js";
import { t } from "../i18n/index.js";
import { AreaTool } from "../map/area-tool.js";
import { CityMap } from "../map/city-map.js";
import { NONE, placedThings, zones } from "../map/things.js";
import { icon } from "./icons.js";
import { View } from "./view.js";
import "./legend.js";

export class MapView extends View {
  constructor() {
    super(["route", "mapState", "lamps"]);
    /** @type {CityMap|null} */
    this.city = null;
    /** @type {AreaTool|null} */
    this.tool = null;
    this.fitted = "";
    this.things = "";
    this.hasZones = false;
  }

  connectedCallback() {
    super.connectedCallback();
    store.watch(["city"], () => this.#make());
    store.watch(["lamps"], () => this.#lamps());
    store.watch(["levels"], () => this.city?.refresh());
    store.watch(["theme"], () => this.city?.retheme());
    store.watch(["lang"], () => this.city?.label(t("map.label")));
    store.watch(["selection"], () => this.#choose());
    store.watch(["route"], () => this.#routed());
    store.watch(["route", "systems", "commands", "mapState", "placed"], () => this.#showThings());
    store.watch(["classes", "mapState"], () => this.#showClasses());
    store.watch(["route", "mapState"], () => this.#showZones());
    document.addEventListener("draw-action", (event) => this.#draw(/** @type {CustomEvent} */ (event).detail));
  }

  async #make() {
    const city = store.get("city");
    if (this.city || !city) return;
    await this.updateComplete;
    try {
      this.city = new CityMap(/** @type {HTMLElement} */ (this.querySelector(".map")), {
        bbox: city.bbox, view: store.get("route").view, label: t("map.label"),
        onView: (view) => !this.city?.map.isMoving() && noteView(view), onClick: (what) => this.#clicked(what),
      });
    } catch {
      store.set({ mapState: "failed" });
      return;
    }
    this.city.map.on("error", (event) => console.warn("map:", event.error?.message));
    await this.#lamps();
  }

  async #lamps() {
    const lamps = store.get("lamps");
    if (!this.city || !lamps || this.city.layer) return;
    await this.city.showLamps(lamps);
    store.set({ mapState: "ready" });
    this.#choose();
    this.#drawing();
  }

  #choose() {
    const selection = store.get("selection");
    if (!this.city?.layer) return;
    this.city.choose(selection);
    const key = selection ? `${selection.kind}/${selection.id}` : "";
    // An address that names a view shows that view; the links of this page name none and move the map.
    const keepsView = Boolean(store.get("route").view);
    if (selection && key !== this.fitted && !keepsView) this.#fit(selection);
    this.fitted = key;
  }

  /** @param {import("../core/types.js").Selection} selection */
  async #fit(selection) {
    await new Promise((resolve) => requestAnimationFrame(resolve));
    this.city?.fit(store.get("lamps").bounds(selection.ixs), selection.kind === "lamp" ? 17.2 : 16.5);
  }

  /** What the system whose screen is open has in the city; anew with each of its commands. */
  async #showThings() {
    const { name, id } = store.get("route");
    const placed = store.get("placed");
    if (placed && store.get("mapState") === "ready") {
      this.things = "placed";
      this.city?.showThings(placed);
      return;
    }
    const system = store.get("systems").find((/** @type {any} */ one) => one.name === name && one.panel);
    const newest = [...store.get("commands").values()].find((view) => view.kind.startsWith(`${name}.`))?.id;
    const wanted = system ? `${name}/${id}/${newest}` : "";
    if (wanted === this.things || store.get("mapState") !== "ready") return;
    this.things = wanted;
    const types = (system?.entities ?? []).filter((/** @type {any} */ one) => one.placed).map((/** @type {any} */ one) => one.type);
    try {
      const features = await placedThings(types, id);
      if (wanted === this.things) this.city?.showThings(features);
    } catch {
      // The panel beside the map says what is wrong; with the next change the map tries again.
      this.things = "";
    }
  }

  /** The classes of all streets, as long as their screen is open. */
  #showClasses() {
    const lamps = store.get("lamps");
    if (lamps && store.get("mapState") === "ready") this.city?.showClasses(classFeatures(lamps, store.get("classes")?.rows ?? []));
  }

  /** Zones and crossings belong to the screen of the rules about them. */
  async #showZones() {
    const wanted = store.get("route").name === "law";
    if (wanted === this.hasZones || store.get("mapState") !== "ready") return;
    this.hasZones = wanted;
    try {
      this.city?.showZones(wanted ? await zones() : NONE);
    } catch {
      this.hasZones = false;
    }
  }

  /** @param {{at: [number, number], lamp: number, thing?: string, street?: string, district?: string}} what */
  #clicked({ at, lamp, thing, street, district }) {
    const { name, action } = store.get("route");
    const pick = store.get("pick");
    if (pick) pick(at);
    else if (thing && name === "classes") {
      this.fitted = `street/${thing}`;
      go(name, thing, action);
    } else if (thing) go(name, thing);
    else if (lamp >= 0) {
      // Whoever clicked sees the place already: do not move the map away.
      this.fitted = `lamp/${store.get("lamps").idOf(lamp)}`;
      go("lamp", store.get("lamps").idOf(lamp));
    } else if (street) go("street", street);
    else if (district) go("district", district);
  }

  #routed() {
    const { view } = store.get("route");
    if (view) this.city?.show(view);
    this.#drawing();
  }

  #drawing() {
    const wanted = store.get("route").name === "draw";
    if (wanted && !this.tool && this.city?.layer) {
      this.tool = new AreaTool(this.city, (ring) => store.set({ drawing: ring }), (ring) => go("area", ringToText(ring)));
      this.tool.start();
      this.focusMap();
    }
    if (!wanted && this.tool) {
      this.tool.stop();
      this.tool = null;
      store.set({ drawing: null });
      this.#choose();
    }
  }

  /** @param {string} what add, undo or close; pick = the middle of the map for whoever picks a place */
  #draw(what) {
    if (what === "pick" && this.city) store.get("pick")?.(this.city.map.getCenter().toArray());
    if (what === "add") this.tool?.addAtCentre();
    if (what === "undo") this.tool?.undo();
    if (what === "close") this.tool?.close();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (!this.tool) return;
    const what = { " ": "add", Enter: "close", Backspace: "undo" }[event.key];
    if (!what) return;
    event.preventDefault();
    this.#draw(what);
  }

  focusMap() {
    this.city?.map.getCanvas().focus();
  }

  whole() {
    this.city?.fit(store.get("city")?.bbox ?? null);
  }

  render() {
    const state = store.get("mapState");
    const isDrawing = store.get("route").name === "draw";
    return html`
      <div class="map-frame ${isDrawing ? "is-drawing" : ""}" data-state=${state} @keydown=${(/** @type {KeyboardEvent} */ e) => this.#key(e)}>
        <div class="map" id="map"></div>
        ${isDrawing ? html`<span class="cross" aria-hidden="true"></span>` : nothing}
        ${state === "failed" ? html`<p class="map-state" role="alert">${t("map.failed")}</p>` : nothing}
        ${state === "loading" ? html`<p class="map-state" role="status"><span class="dots" aria-hidden="true"></span>${t("loading")} …</p>` : nothing}
        <div class="map-tools" role="group" aria-label=${t("map.label")}>
          <a class="button" href=${link("choose")} title=${t("action.choose")}>${icon("list")}<span class="words">${t("action.choose")}</span></a>
          <a class="button" href=${link("draw")} title=${t("action.draw")} aria-current=${isDrawing ? "true" : nothing}>${icon("draw")}<span class="words">${t("action.draw")}</span></a>
          <span class="zooms">
            <button class="icon" @click=${() => this.city?.zoomBy(1)} aria-label=${t("map.zoomin")} title=${t("map.zoomin")}>${icon("plus")}</button>
            <button class="icon" @click=${() => this.city?.zoomBy(-1)} aria-label=${t("map.zoomout")} title=${t("map.zoomout")}>${icon("minus")}</button>
            <button class="icon" @click=${() => this.whole()} aria-label=${t("map.whole")} title=${t("map.whole")}>${icon("whole")}</button>
          </span>
        </div>
        <cr-legend></cr-legend>
      </div>`;
  }
}
customElements.define("cr-map", MapView);
