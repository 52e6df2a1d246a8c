/** How the class map draws a street: each state has its own stroke, width and letter beside its colour. */

/** @typedef {(...stops: number[][]) => any} ByZoom */

/** The layers a click may mean a street on. */
export const CLASS_LAYERS = ["class-proven", "class-off", "class-unknown", "class-unproven", "class-missed"];

/**
 * @param {Record<string, string>} c colours of the ground
 * @param {ByZoom} byZoom
 * @param {string[]} font
 */
export function classLayers(c, byZoom, font) {
  const line = (/** @type {string} */ state, /** @type {number} */ width, /** @type {any} */ paint = {}, cap = "butt") => ({
    id: `class-${state}`, type: "line", source: "classes", filter: ["==", ["get", "state"], state],
    layout: { "line-cap": cap, "line-join": "round" },
    paint: { "line-color": c[`class-${state}`], "line-width": byZoom([9, 0.5 * width], [13, width], [17, 3 * width]), ...paint },
  });
  return [
    line("proven", 1.6),
    line("off", 1.8, { "line-dasharray": [0, 2.2] }, "round"),
    line("unknown", 2, { "line-dasharray": [4, 1.5, 1, 1.5] }),
    line("unproven", 2.4, { "line-dasharray": [2.2, 1.1] }),
    line("missed", 3.6),
    { ...line("missed", 1.2), id: "class-missed-core", paint: { "line-color": c.halo, "line-width": byZoom([9, 0.4], [13, 1.2], [17, 4]) } },
    {
      id: "class-labels", type: "symbol", source: "classes", minzoom: 13,
      layout: { "symbol-placement": "line", "text-field": ["get", "label"], "text-font": font, "text-size": byZoom([13, 11], [17, 15]), "symbol-spacing": 260, "text-offset": [0, -0.9] },
      paint: { "text-color": c.text, "text-halo-color": c.halo, "text-halo-width": 2 },
    },
  ];
}
