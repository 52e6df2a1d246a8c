/** Draws an area on the map, with the mouse or with the keyboard. */

const CLOSE_REACH_PX = 12;
const CORNERS_MAX = 200;

export class AreaTool {
  /**
   * @param {import("./city-map.js").CityMap} city
   * @param {(ring: number[][]) => void} onChange
   * @param {(ring: number[][]) => void} onClose
   */
  constructor(city, onChange, onClose) {
    this.city = city;
    this.onChange = onChange;
    this.onClose = onClose;
    /** @type {number[][]} */
    this.ring = [];
    this.clicked = (/** @type {any} */ event) => this.#click(event);
    this.doubled = (/** @type {any} */ event) => {
      event.preventDefault();
      this.close();
    };
    this.moved = (/** @type {any} */ event) => this.#preview([event.lngLat.lng, event.lngLat.lat]);
  }

  start() {
    const { map } = this.city;
    this.city.isDrawing = true;
    map.on("click", this.clicked);
    map.on("dblclick", this.doubled);
    map.on("mousemove", this.moved);
    map.doubleClickZoom.disable();
    map.getContainer().classList.add("is-drawing");
    this.#tell();
  }

  stop() {
    const { map } = this.city;
    this.city.isDrawing = false;
    map.off("click", this.clicked);
    map.off("dblclick", this.doubled);
    map.off("mousemove", this.moved);
    map.doubleClickZoom.enable();
    map.getContainer().classList.remove("is-drawing");
  }

  /** Set a corner where the map's middle is. */
  addAtCentre() {
    const { lng, lat } = this.city.map.getCenter();
    this.#add([lng, lat]);
  }

  /** Remove the last corner. */
  undo() {
    this.ring = this.ring.slice(0, -1);
    this.#tell();
  }

  /** Close the ring when it has an inside. */
  close() {
    const ring = this.ring.filter((p, i, all) => i === 0 || p[0] !== all[i - 1][0] || p[1] !== all[i - 1][1]);
    if (ring.length >= 3) this.onClose(ring);
  }

  /** @param {any} event */
  #click(event) {
    const first = this.ring.length >= 3 ? this.city.map.project(/** @type {any} */ (this.ring[0])) : null;
    if (first && Math.hypot(first.x - event.point.x, first.y - event.point.y) < CLOSE_REACH_PX) this.close();
    else this.#add([event.lngLat.lng, event.lngLat.lat]);
  }

  /** @param {number[]} corner */
  #add(corner) {
    if (this.ring.length >= CORNERS_MAX) return;
    this.ring = [...this.ring, corner];
    this.#tell();
  }

  /** @param {number[]} at */
  #preview(at) {
    if (this.ring.length) this.city.drawRing([...this.ring, at], false);
  }

  #tell() {
    this.city.drawRing(this.ring, false);
    this.onChange(this.ring);
  }
}
