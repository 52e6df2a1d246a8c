/** Places of a list as a picture: all lamps small, the doubtful as rings, those of one kind filled. */

import { html } from "lit";
import { num, t } from "../i18n/index.js";
import { View } from "./view.js";

const WIDTH = 640;
const HEIGHT = 380;
const EDGE = 12;

export class Places extends View {
  static properties = { picture: {}, chosen: {} };

  constructor() {
    super(["theme"]);
    /** @type {{ kinds: string[], lon: number[], lat: number[], kind: number[], id: string[] }|null} */
    this.picture = null;
    this.chosen = "";
  }

  updated() {
    const canvas = this.querySelector("canvas");
    const pen = canvas?.getContext("2d");
    if (!canvas || !pen || !this.picture?.lon.length) return;
    const { lon, lat, kind, kinds } = this.picture;
    const colour = getComputedStyle(canvas).color;
    const [west, east, south, north] = [Math.min(...lon), Math.max(...lon), Math.min(...lat), Math.max(...lat)];
    const squeeze = Math.cos(((south + north) / 2) * (Math.PI / 180));
    const scale = Math.min((WIDTH - 2 * EDGE) / Math.max((east - west) * squeeze, 1e-6), (HEIGHT - 2 * EDGE) / Math.max(north - south, 1e-6));
    pen.clearRect(0, 0, WIDTH, HEIGHT);
    pen.fillStyle = pen.strokeStyle = colour;
    const chosen = kinds.indexOf(this.chosen);
    for (let i = lon.length - 1; i >= 0; i -= 1) {
      const x = WIDTH / 2 + (lon[i] - (west + east) / 2) * squeeze * scale;
      const y = HEIGHT / 2 - (lat[i] - (south + north) / 2) * scale;
      const isChosen = chosen >= 0 && kind[i] === chosen;
      pen.globalAlpha = kind[i] < 0 ? 0.35 : chosen < 0 || isChosen ? 1 : 0.5;
      pen.beginPath();
      pen.arc(x, y, kind[i] < 0 ? 1 : isChosen ? 5 : 3.5, 0, 2 * Math.PI);
      if (kind[i] < 0 || isChosen) pen.fill();
      else pen.stroke();
    }
  }

  render() {
    const doubtful = this.picture?.kind.filter((one) => one >= 0).length ?? 0;
    return html`<canvas width=${WIDTH} height=${HEIGHT} role="img" aria-label=${t("lists.picture", { n: num(this.picture?.lon.length ?? 0), doubtful: num(doubtful) })}></canvas>`;
  }
}
customElements.define("cr-places", Places);
