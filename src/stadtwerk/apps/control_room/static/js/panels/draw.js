/** Says how an area is drawn and how far it is. */

import { html } from "lit";
import { store } from "../core/city.js";
import { num, t } from "../i18n/index.js";
import { View } from "../ui/view.js";

export class DrawPanel extends View {
  constructor() {
    super(["drawing", "lamps"]);
  }

  /** @param {string} what */
  #ask(what) {
    this.dispatchEvent(new CustomEvent("draw-action", { detail: what, bubbles: true }));
  }

  render() {
    const ring = store.get("drawing") ?? [];
    const inside = ring.length >= 3 ? store.get("lamps")?.inside(ring).length ?? 0 : 0;
    return html`
      <p>${t("draw.mouse")}</p>
      <p class="small muted">${t("draw.keys")}</p>
      <p class="num" role="status"><strong>${t("draw.corners", { n: num(ring.length), lamps: num(inside) })}</strong></p>
      <div class="actions column">
        <button @click=${() => this.#ask("add")}>${t("draw.add")}</button>
        <button ?disabled=${!ring.length} @click=${() => this.#ask("undo")}>${t("draw.undo")}</button>
        <button class="primary" ?disabled=${ring.length < 3} @click=${() => this.#ask("close")}>${t("draw.close")}</button>
      </div>`;
  }
}
customElements.define("cr-draw", DrawPanel);
