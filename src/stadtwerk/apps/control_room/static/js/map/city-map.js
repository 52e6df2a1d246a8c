/** The map of the city: base map, lamps, what is selected; and where the reader looks. */

import maplibre from "./maplibre.js";
import { prefersCalm, theme } from "../core/prefs.js";
import { CLASS_LAYERS } from "./class-style.js";
import { LampLayer } from "./lamp-layer.js";
import { LAMPS } from "./palette.js";
import { mapStyle, recolour } from "./style.js";

const TILES = "/tiles/map.pmtiles";
const CLICK_REACH_PX = 14;
const FLIGHT_MS = 700;

export class CityMap {
  /**
   * @param {HTMLElement} container
   * @param {{bbox: number[], view: string, label: string, onView: (view: string) => void,
   *          onClick: (what: {at: [number, number], lamp: number, thing?: string, street?: string, district?: string}) => void}} options
   */
  constructor(container, options) {
    this.options = options;
    const view = parseView(options.view);
    const pixelRatio = Math.min(devicePixelRatio, 2);
    this.map = new maplibre.Map({
      container, style: mapStyle(theme(), TILES), attributionControl: false, pixelRatio,
      minZoom: 8.5, maxZoom: 20, pitchWithRotate: false, dragRotate: false, touchPitch: false, maxPitch: 0, fadeDuration: 0,
      keyboard: true, renderWorldCopies: false, canvasContextAttributes: { antialias: false, powerPreference: "high-performance" },
      ...(view ? { center: [view.lon, view.lat], zoom: view.zoom } : {}),
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    if (!view) this.map.fitBounds(/** @type {any} */ (options.bbox), { padding: this.padding(), animate: false });
    this.map.addControl(new maplibre.ScaleControl({ maxWidth: 110 }), "bottom-right");
    this.label(options.label);
    this.map.on("moveend", () => options.onView(this.view()));
    this.map.on("click", (event) => this.#clicked(event));
    /** @type {LampLayer|null} */
    this.layer = null;
    this.isDrawing = false;
    this.ready = new Promise((resolve) => this.map.once("load", resolve));
  }

  /** @param {string} words accessible name of the canvas */
  label(words) {
    this.map.getCanvas().setAttribute("aria-label", words);
  }

  /** @param {import("../core/lamps.js").LampTable} table */
  async showLamps(table) {
    await this.ready;
    this.table = table;
    this.layer = new LampLayer(table, LAMPS[theme()]);
    this.map.addLayer(/** @type {any} */ (this.layer), "street-names");
    this.map.addLayer(/** @type {any} */ (this.layer.signs()));
    this.#source("places")?.setData(placesOf(table));
  }

  /** Take over day or night. */
  retheme() {
    if (this.map.isStyleLoaded() || this.layer) recolour(this.map, theme());
    this.layer?.setPalette(LAMPS[theme()]);
  }

  /** Levels or flags changed. */
  refresh() {
    this.layer?.refresh();
  }

  /** Room the panels take, so that what is shown lies beside them. */
  padding() {
    const box = this.mapBox();
    const sides = { top: 24, right: 24, bottom: 24, left: 24 };
    for (const panel of document.querySelectorAll("[data-covers]")) {
      const r = panel.getBoundingClientRect();
      if (!r.width || !r.height || getComputedStyle(panel).visibility === "hidden") continue;
      const side = /** @type {HTMLElement} */ (panel).dataset.covers;
      if (innerWidth <= 700) sides.bottom = Math.max(sides.bottom, box.bottom - r.top + 16);
      else if (side === "left") sides.left = r.right - box.left + 24;
      else if (side === "right") sides.right = box.right - r.left + 24;
    }
    const most = { x: box.width * 0.85, y: box.height * 0.7 };
    if (sides.left + sides.right > most.x) Object.assign(sides, { left: 16, right: 16 });
    if (sides.top + sides.bottom > most.y) Object.assign(sides, { top: 12, bottom: Math.max(12, most.y - 12) });
    return sides;
  }

  /** @returns {DOMRect} */
  mapBox() {
    return this.map?.getContainer().getBoundingClientRect() ?? new DOMRect(0, 0, innerWidth, innerHeight);
  }

  /**
   * Bring a box into view.
   * @param {number[]|null} bounds west, south, east, north
   * @param {number} [maxZoom]
   */
  fit(bounds, maxZoom = 17) {
    if (!bounds) return;
    const camera = this.map.cameraForBounds(/** @type {any} */ (bounds), { padding: this.padding(), maxZoom });
    if (!camera) return;
    if (prefersCalm()) this.map.jumpTo(camera);
    else this.map.easeTo({ ...camera, duration: FLIGHT_MS });
  }

  /** @param {number} steps zoom levels */
  zoomBy(steps) {
    const zoom = this.map.getZoom() + steps;
    if (prefersCalm()) this.map.jumpTo({ zoom });
    else this.map.easeTo({ zoom, duration: 200 });
  }

  /** @param {import("../core/types.js").Selection|null} selection */
  choose(selection) {
    if (!this.map.getLayer("chosen-district")) return;
    const only = (/** @type {string} */ kind) => ["==", ["get", "id"], selection?.kind === kind ? selection.id : ""];
    this.map.setFilter("chosen-district", /** @type {any} */ (only("district")));
    this.map.setFilter("chosen-street", /** @type {any} */ (only("street")));
    this.drawRing(selection?.ring ?? [], true);
  }

  /**
   * Draw the ring of an area, open while it is being made.
   * @param {number[][]} ring
   * @param {boolean} isClosed
   */
  drawRing(ring, isClosed) {
    const corners = isClosed ? [] : ring.map((p) => ({ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: p } }));
    const shape = isClosed ? { type: "Polygon", coordinates: [[...ring, ring[0]]] } : { type: "LineString", coordinates: ring };
    const features = ring.length > 1 ? [{ type: "Feature", properties: {}, geometry: shape }, ...corners] : corners;
    this.#source("area")?.setData(/** @type {any} */ ({ type: "FeatureCollection", features }));
  }

  /** @param {any} features GeoJSON points of the system whose screen is open */
  showThings(features) {
    this.#source("things")?.setData(features);
  }

  /** @param {any} features GeoJSON lines of the streets with their classes */
  showClasses(features) {
    this.#source("classes")?.setData(features);
  }

  /** @param {any} features GeoJSON zones and crossings, none to hide them */
  showZones(features) {
    this.#source("zones")?.setData(features);
  }

  /** @param {string} id @returns {import("maplibre-gl").GeoJSONSource|undefined} */
  #source(id) {
    return /** @type {any} */ (this.map.getSource(id));
  }

  /** Show a view that an address names. @param {string} text */
  show(text) {
    const view = parseView(text);
    if (view && text !== this.view()) this.map.jumpTo({ center: [view.lon, view.lat], zoom: view.zoom });
  }

  /** @returns {string} zoom/lat/lon */
  view() {
    const { lng, lat } = this.map.getCenter();
    return `${this.map.getZoom().toFixed(2)}/${lat.toFixed(5)}/${lng.toFixed(5)}`;
  }

  /** @param {import("maplibre-gl").MapMouseEvent} event */
  #clicked(event) {
    if (this.isDrawing || !this.table) return;
    const { lng, lat } = event.lngLat;
    const edge = this.map.unproject([event.point.x, event.point.y + CLICK_REACH_PX]);
    // Below zoom 13 lamps lie closer than a finger is wide: a click then means the district.
    const lamp = this.map.getZoom() >= 13 ? this.table.nearest(lng, lat, Math.abs(edge.lat - lat)) : -1;
    const near = /** @type {any} */ ([[event.point.x - 6, event.point.y - 6], [event.point.x + 6, event.point.y + 6]]);
    const hit = (/** @type {string[]} */ layers) => {
      const [feature] = this.map.queryRenderedFeatures(near, { layers: layers.filter((l) => this.map.getLayer(l)) });
      return feature ? String(feature.properties.id ?? "") : undefined;
    };
    const thing = hit(["things", ...CLASS_LAYERS]);
    const street = this.map.getZoom() >= 13 ? hit(["streets-major", "streets", "paths"]) : undefined;
    this.options.onClick({ at: [lng, lat], lamp, thing, street, district: hit(["inside"]) });
  }
}

/** @param {string} text zoom/lat/lon */
function parseView(text) {
  const [zoom, lat, lon] = text.split("/").map(Number);
  return text && [zoom, lat, lon].every(Number.isFinite) ? { zoom, lat, lon } : null;
}

/**
 * Where each district's name stands: in the middle of its lamps.
 * @param {import("../core/lamps.js").LampTable} table
 * @returns {any}
 */
function placesOf(table) {
  const { lon, lat, district, districts } = table.columns;
  const sums = districts.map(() => [0, 0, 0]);
  for (let i = 0; i < table.n; i += 1) {
    const s = sums[district[i]];
    if (!s) continue;
    s[0] += lon[i];
    s[1] += lat[i];
    s[2] += 1;
  }
  const features = districts.flatMap(({ id, name }, k) => (sums[k][2] ? [{
    type: "Feature", properties: { id, name },
    geometry: { type: "Point", coordinates: [sums[k][0] / sums[k][2], sums[k][1] / sums[k][2]] },
  }] : []));
  return { type: "FeatureCollection", features };
}
