/** Isolines of a grid of values: marching squares, and the value between grid points. */

/** @typedef {{x_m: number[], y_m: number[], values: number[][]}} Grid */

/** Values lines are drawn at, lx and cd/m². */
export const LEVELS = {
  lx: [0.5, 1, 2, 3, 5, 7.5, 10, 15, 20, 30, 50, 75, 100, 150],
  cd: [0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 7.5, 10],
};

/** @param {number[]} axis @param {number} at @returns {[number, number]} interval and how far into it */
function cell(axis, at) {
  const step = (axis[axis.length - 1] - axis[0]) / (axis.length - 1);
  const place = Math.min(Math.max((at - axis[0]) / step, 0), axis.length - 1 - 1e-9);
  return [Math.floor(place), place - Math.floor(place)];
}

/** @param {Grid} grid @param {number} x @param {number} y @returns {number} */
export function valueAt({ x_m, y_m, values }, x, y) {
  const [i, right] = cell(x_m, x);
  const [k, up] = cell(y_m, y);
  const below = values[k][i] * (1 - right) + values[k][i + 1] * right;
  const above = values[k + 1][i] * (1 - right) + values[k + 1][i + 1] * right;
  return below * (1 - up) + above * up;
}

/**
 * @param {Grid} grid
 * @param {number} level
 * @returns {number[][]} pieces of the line, each x0, y0, x1, y1 in m
 */
export function isoline({ x_m, y_m, values }, level) {
  const pieces = [];
  for (let k = 0; k + 1 < y_m.length; k += 1) {
    for (let i = 0; i + 1 < x_m.length; i += 1) {
      const corners = [[i, k], [i + 1, k], [i + 1, k + 1], [i, k + 1]];
      const points = [];
      for (let c = 0; c < 4; c += 1) {
        const [[i0, k0], [i1, k1]] = [corners[c], corners[(c + 1) % 4]];
        const [a, b] = [values[k0][i0], values[k1][i1]];
        if ((a < level) === (b < level)) continue;
        const share = (level - a) / (b - a);
        points.push([x_m[i0] + (x_m[i1] - x_m[i0]) * share, y_m[k0] + (y_m[k1] - y_m[k0]) * share]);
      }
      for (let c = 0; c + 1 < points.length; c += 2) pieces.push([...points[c], ...points[c + 1]]);
    }
  }
  return pieces;
}
