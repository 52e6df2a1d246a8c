/** What all components share: they render into the page itself and watch the store. */

import { LitElement } from "lit";
import { store } from "../core/city.js";
import { Watch } from "../core/store.js";

export class View extends LitElement {
  /** @param {string[]} keys fields of the store that make this view render again */
  constructor(keys) {
    super();
    this.watch = new Watch(this, store, keys);
  }

  createRenderRoot() {
    return this;
  }
}
