/** How big and bright a lamp is drawn at a zoom. */

/** @typedef {{core: number, glow: number, gain: number, mark: number, haze: number}} Scale */

/** By zoom, CSS pixels: diameter of a lamp's core and glow, gain of its light, size of signs, strength of the haze. */
const STOPS = [
  { zoom: 9, core: 1, glow: 2.4, gain: 0.17, mark: 3.2, haze: 1.6 },
  { zoom: 10.5, core: 1.5, glow: 3.6, gain: 0.33, mark: 6, haze: 1.7 },
  { zoom: 12, core: 2.1, glow: 7, gain: 0.6, mark: 8.5, haze: 1 },
  { zoom: 13.5, core: 2.8, glow: 14, gain: 0.85, mark: 12, haze: 0.42 },
  { zoom: 15, core: 4.4, glow: 30, gain: 1, mark: 15, haze: 0.1 },
  { zoom: 16.5, core: 7, glow: 68, gain: 1, mark: 18, haze: 0.02 },
  { zoom: 19, core: 14, glow: 190, gain: 1, mark: 26, haze: 0.01 },
];

/** @param {number} zoom @returns {Scale} */
export function scaleAt(zoom) {
  const last = STOPS.length - 1;
  const above = STOPS.findIndex((stop) => stop.zoom >= zoom);
  const b = above < 0 ? last : Math.max(1, above);
  const f = Math.min(1, Math.max(0, (zoom - STOPS[b - 1].zoom) / (STOPS[b].zoom - STOPS[b - 1].zoom)));
  // Diameters grow geometrically, like the map itself.
  const mix = (/** @type {keyof Scale} */ key) => STOPS[b - 1][key] * (STOPS[b][key] / STOPS[b - 1][key]) ** f;
  return { core: mix("core"), glow: mix("glow"), gain: mix("gain"), mark: mix("mark"), haze: mix("haze") };
}
