/** Entities of the system whose screen is open, as points on the map. */

import { getJson } from "../core/api.js";

const SHOWN = 1000;

/**
 * @param {string[]} types entity types with a place
 * @param {string} chosen local id of the one the address names
 * @returns {Promise<any>} a GeoJSON feature collection, for the source `things`
 */
export async function placedThings(types, chosen) {
  const pages = await Promise.all(types.map((type) => getJson(`/ngsi-ld/v1/entities?type=${type}&options=keyValues&attrs=location&limit=${SHOWN}`)));
  return { type: "FeatureCollection", features: pages.flat().map((entity) => feature(entity, chosen)) };
}

/** @returns {Promise<any>} zones of nature and zebra crossings, a GeoJSON feature collection for the source `zones` */
export const zones = () => getJson("/api/lighting/zones");

/** Nothing at all, for any source. @type {any} */
export const NONE = { type: "FeatureCollection", features: [] };

/** @param {{ id: string, location: any }} entity @param {string} chosen */
function feature({ id: urn, location }, chosen) {
  const id = urn.split(":").slice(3).join(":");
  return { type: "Feature", geometry: location, properties: { id, chosen: id === chosen } };
}
