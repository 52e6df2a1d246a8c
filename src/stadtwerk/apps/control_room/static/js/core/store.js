/** One place for what the screen knows; components name the fields they watch. */

export class Store {
  /** @param {Record<string, any>} fields the initial fields */
  constructor(fields) {
    /** @type {Record<string, any>} */
    this.fields = { ...fields };
    /** @type {Set<{keys: Set<string>, run: () => void}>} */
    this.watchers = new Set();
  }

  /**
   * @param {string} key
   * @returns {any}
   */
  get(key) {
    return this.fields[key];
  }

  /**
   * Put new values and tell whoever watches one of them.
   * @param {Record<string, any>} patch
   */
  set(patch) {
    const changed = Object.keys(patch).filter((key) => this.fields[key] !== patch[key]);
    if (!changed.length) return;
    Object.assign(this.fields, patch);
    for (const watcher of [...this.watchers]) {
      if (changed.some((key) => watcher.keys.has(key))) watcher.run();
    }
  }

  /**
   * Call `run` whenever one of the keys changes; returns how to stop.
   * @param {string[]} keys
   * @param {() => void} run
   * @returns {() => void}
   */
  watch(keys, run) {
    const watcher = { keys: new Set(keys), run };
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }
}

/** Lit controller: does something again when a watched field changes, as long as its host is on the page. */
export class Again {
  /**
   * @param {import("lit").ReactiveControllerHost} host
   * @param {Store} store
   * @param {string[]} keys
   * @param {() => void} run
   */
  constructor(host, store, keys, run) {
    this.begin = () => store.watch(keys, run);
    /** @type {(() => void)|null} */
    this.stop = null;
    host.addController(this);
  }

  hostConnected() {
    this.stop = this.begin();
  }

  hostDisconnected() {
    this.stop?.();
  }
}

/** Lit controller: renders its host again when a watched field changes. */
export class Watch {
  /**
   * @param {import("lit").ReactiveControllerHost} host
   * @param {Store} store
   * @param {string[]} keys
   */
  constructor(host, store, keys) {
    this.host = host;
    this.store = store;
    this.keys = [...keys, "lang"];
    /** @type {(() => void)|null} */
    this.stop = null;
    host.addController(this);
  }

  hostConnected() {
    this.stop = this.store.watch(this.keys, () => this.host.requestUpdate());
  }

  hostDisconnected() {
    this.stop?.();
  }
}
