/** The base map's style: our tiles, our colours, glyphs drawn from the page's own font. */

import { classLayers } from "./class-style.js";
import { GROUND } from "./palette.js";

const FONT = ["Inter Medium"];
const MAJOR = ["motorway", "trunk", "primary", "secondary"];
const PATHS = ["footway", "cycleway", "path", "steps"];
const CLASS = ["coalesce", ["get", "class"], ["get", "kind"], ["get", "landuse"], ["get", "leisure"], ["get", "natural"], ""];
const GREEN = ["forest", "wood", "park", "grass", "meadow", "cemetery", "farmland", "allotments", "garden", "zoo", "nature_reserve", "recreation_ground", "pitch", "scrub"];
const WORKS = ["industrial", "commercial", "railway", "port", "harbour", "retail", "works"];

/** @type {any} */
const EMPTY = { type: "FeatureCollection", features: [] };

/** @param {number[][]} stops zoom and width pairs @returns {any} */
const byZoom = (...stops) => ["interpolate", ["exponential", 1.5], ["zoom"], ...stops.flat()];

/** @param {string[]} values @returns {any} */
const isStreet = (values) => ["in", ["get", "highway"], ["literal", values]];

/** @param {string} id @param {string} layer @param {any} rest */
const from = (id, layer, rest) => ({ id, source: "city", "source-layer": layer, ...rest });

/**
 * @param {string} theme night or day
 * @param {string} tiles address of map.pmtiles
 * @returns {any} a MapLibre style
 */
export function mapStyle(theme, tiles) {
  const c = GROUND[theme];
  return {
    version: 8,
    sources: {
      city: { type: "vector", url: `pmtiles://${tiles}` },
      area: { type: "geojson", data: EMPTY },
      places: { type: "geojson", data: EMPTY },
      things: { type: "geojson", data: EMPTY },
      classes: { type: "geojson", data: EMPTY },
      zones: { type: "geojson", data: EMPTY },
    },
    layers: [...groundLayers(c), ...zoneLayers(c), ...streetLayers(c), ...selectionLayers(c), ...labelLayers(c), ...classLayers(c, byZoom, FONT), thingLayer(c)],
  };
}

/** @param {Record<string, string>} c */
function groundLayers(c) {
  return [
    { id: "outside", type: "background", paint: { "background-color": c.outside } },
    from("inside", "districts", { type: "fill", paint: { "fill-color": c.inside, "fill-antialias": false } }),
    from("green", "landuse", { type: "fill", filter: ["in", CLASS, ["literal", GREEN]], paint: { "fill-color": c.green, "fill-antialias": false } }),
    from("works", "landuse", { type: "fill", filter: ["in", CLASS, ["literal", WORKS]], paint: { "fill-color": c.works, "fill-antialias": false } }),
    from("water", "water", { type: "fill", paint: { "fill-color": c.water, "fill-outline-color": c.waterLine } }),
    from("rail", "rail", { type: "line", minzoom: 10, paint: { "line-color": c.rail, "line-width": byZoom([10, 0.5], [14, 1.2], [17, 2.5]) } }),
    from("buildings", "buildings", { type: "fill", minzoom: 14.6, maxzoom: 16, paint: { "fill-color": c.building, "fill-antialias": false } }),
    from("buildings-near", "buildings", { type: "fill", minzoom: 16, paint: { "fill-color": c.building, "fill-outline-color": c.buildingLine } }),
  ];
}

/** Zones of nature and zebra crossings, shown with the rules about them. @param {Record<string, string>} c */
function zoneLayers(c) {
  const isCrossing = ["==", ["get", "kind"], "crossing"];
  return [
    { id: "zones-fill", type: "fill", source: "zones", filter: ["!", isCrossing], paint: { "fill-color": c.select, "fill-opacity": 0.14 } },
    { id: "zones-line", type: "line", source: "zones", filter: ["!", isCrossing], paint: { "line-color": c.select, "line-width": 1.2, "line-dasharray": [3, 2] } },
    { id: "zones-crossings", type: "circle", source: "zones", filter: isCrossing, paint: { "circle-radius": byZoom([10, 2.5], [16, 12]), "circle-opacity": 0, "circle-stroke-color": c.select, "circle-stroke-width": 2 } },
  ];
}

/** @param {Record<string, string>} c */
function streetLayers(c) {
  const round = { "line-cap": "round", "line-join": "round" };
  const minor = ["all", ["!", isStreet(MAJOR)], ["!", isStreet(PATHS)]];
  return [
    from("bridges", "bridges", { type: "line", minzoom: 11, filter: ["==", ["geometry-type"], "LineString"], paint: { "line-color": c.bridge, "line-width": byZoom([11, 1.5], [14, 6], [17, 26]) } }),
    from("bridge-areas", "bridges", { type: "fill", minzoom: 12, filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": c.bridge } }),
    from("paths", "streets", { type: "line", minzoom: 14.5, filter: isStreet(PATHS), layout: round, paint: { "line-color": c.street, "line-width": byZoom([14, 0.5], [17, 3], [20, 14]) } }),
    from("streets", "streets", { type: "line", minzoom: 12, filter: minor, layout: round, paint: { "line-color": c.street, "line-width": byZoom([12, 0.5], [14, 2], [17, 11], [20, 70]) } }),
    from("streets-major", "streets", { type: "line", filter: isStreet(MAJOR), layout: round, paint: { "line-color": c.streetMajor, "line-width": byZoom([9, 0.5], [12, 1.2], [14, 4], [17, 18], [20, 110]) } }),
    from("borders", "districts", { type: "line", paint: { "line-color": c.border, "line-width": byZoom([9, 0.6], [13, 1.2], [17, 2]), "line-dasharray": [4, 3], "line-opacity": 0.75 } }),
  ];
}

/** @param {Record<string, string>} c */
function selectionLayers(c) {
  const none = ["==", ["get", "id"], ""];
  const wide = { "line-cap": "round", "line-join": "round" };
  return [
    from("chosen-district", "districts", { type: "line", filter: none, paint: { "line-color": c.select, "line-width": 2, "line-opacity": 0.9 } }),
    from("chosen-street", "streets", { type: "line", filter: none, layout: wide, paint: { "line-color": c.select, "line-width": byZoom([10, 2], [14, 6], [17, 18], [20, 90]), "line-opacity": 0.28 } }),
    { id: "area-fill", type: "fill", source: "area", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": c.select, "fill-opacity": 0.08 } },
    { id: "area-line", type: "line", source: "area", paint: { "line-color": c.select, "line-width": 2 } },
    { id: "area-corners", type: "circle", source: "area", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-radius": 5, "circle-color": c.outside, "circle-stroke-color": c.select, "circle-stroke-width": 2 } },
  ];
}

/** @param {Record<string, string>} c */
function labelLayers(c) {
  const paint = (/** @type {string} */ color) => ({ "text-color": color, "text-halo-color": c.halo, "text-halo-width": 1.6 });
  return [
    from("street-names", "streets", {
      type: "symbol", minzoom: 14,
      layout: { "symbol-placement": "line", "text-field": ["get", "name"], "text-font": FONT, "text-size": byZoom([14, 10.5], [17, 13]), "symbol-spacing": 320, "text-letter-spacing": 0.02, "text-max-angle": 30 },
      paint: paint(c.textSoft),
    }),
    from("water-names", "water", {
      type: "symbol", minzoom: 11, filter: ["has", "name"],
      layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": 12, "text-letter-spacing": 0.12, "text-padding": 24 }, paint: paint(c.textWater),
    }),
    from("house-numbers", "buildings", {
      type: "symbol", minzoom: 17, filter: ["has", "addr:housenumber"],
      layout: { "text-field": ["get", "addr:housenumber"], "text-font": FONT, "text-size": 10.5 }, paint: paint(c.textSoft),
    }),
    {
      id: "district-names", type: "symbol", source: "places", maxzoom: 14,
      layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": byZoom([9, 11], [13, 15]), "text-letter-spacing": 0.04, "text-max-width": 9, "text-padding": 6 },
      paint: { ...paint(c.text), "text-halo-width": 1.8 },
    },
  ];
}

/** @param {Record<string, string>} c */
function thingLayer(c) {
  const chosen = (/** @type {any} */ yes, /** @type {any} */ no) => ["case", ["get", "chosen"], yes, no];
  return {
    id: "things", type: "circle", source: "things",
    paint: { "circle-radius": chosen(8, 5), "circle-color": chosen(c.select, c.text), "circle-stroke-color": c.halo, "circle-stroke-width": 2 },
  };
}

/**
 * Change only the colours of a map that is already drawn.
 * @param {import("maplibre-gl").Map} map
 * @param {string} theme
 */
export function recolour(map, theme) {
  for (const layer of mapStyle(theme, "").layers) {
    for (const [name, value] of Object.entries(layer.paint ?? {})) {
      if (map.getLayer(layer.id)) map.setPaintProperty(layer.id, /** @type {any} */ (name), value);
    }
  }
}
