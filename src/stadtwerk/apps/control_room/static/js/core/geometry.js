/** Plane geometry on longitude and latitude, and the web Mercator square. */

/** @param {number} lon degrees @returns {number} 0..1 */
export const mercatorX = (lon) => (lon + 180) / 360;

/** @param {number} lat degrees @returns {number} 0..1, south positive */
export const mercatorY = (lat) => {
  const s = Math.sin((lat * Math.PI) / 180);
  return 0.5 - Math.log((1 + s) / (1 - s)) / (4 * Math.PI);
};

/**
 * Even-odd test of a point against a ring.
 * @param {number} x
 * @param {number} y
 * @param {number[][]} ring
 * @returns {boolean}
 */
export function inRing(x, y, ring) {
  let inside = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
    const [xi, yi] = ring[i];
    const [xj, yj] = ring[j];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

/**
 * @param {Float64Array} lon
 * @param {Float64Array} lat
 * @param {ArrayLike<number>} ixs
 * @returns {[number, number, number, number]|null} west, south, east, north
 */
export function boundsOf(lon, lat, ixs) {
  if (!ixs.length) return null;
  let [w, s, e, n] = [180, 90, -180, -90];
  for (let k = 0; k < ixs.length; k += 1) {
    const i = ixs[k];
    if (lon[i] < w) w = lon[i];
    if (lon[i] > e) e = lon[i];
    if (lat[i] < s) s = lat[i];
    if (lat[i] > n) n = lat[i];
  }
  return [w, s, e, n];
}

/** @param {number[][]} ring @returns {string} a ring as it stands in an address */
export const ringToText = (ring) => ring.map(([x, y]) => `${x.toFixed(5)},${y.toFixed(5)}`).join(";");

/** @param {string} text @returns {number[][]|null} */
export function ringFromText(text) {
  const ring = text.split(";").map((pair) => pair.split(",").map(Number));
  const good = ring.length >= 3 && ring.every((p) => p.length === 2 && p.every(Number.isFinite));
  return good ? ring : null;
}

/**
 * Area of a ring on the ground.
 * @param {number[][]} ring degrees
 * @returns {number} km²
 */
export function areaKm2(ring) {
  const k = Math.cos((ring[0][1] * Math.PI) / 180) * 111.32 * 111.32;
  let twice = 0;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
    twice += ring[j][0] * ring[i][1] - ring[i][0] * ring[j][1];
  }
  return (Math.abs(twice) / 2) * k;
}
