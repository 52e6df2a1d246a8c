/** Follows the city's event stream: resumes where it stopped, says honestly how fresh the picture is. */

const STALE_AFTER_MS = 8000;
const RETRY_MIN_MS = 500;
const RETRY_MAX_MS = 15000;
const EVENTS = ["hello", "levels", "command", "alarm", "totals"];

/** @typedef {"connecting"|"live"|"reconnecting"|"stale"} Connection */

export class Stream {
  /**
   * @param {(name: string, data: any) => void} onEvent
   * @param {(state: Connection, ageMs: number) => void} onState
   */
  constructor(onEvent, onState) {
    this.onEvent = onEvent;
    this.onState = onState;
    this.lastId = "";
    this.heardAt = 0;
    this.retryMs = RETRY_MIN_MS;
    /** @type {EventSource|null} */
    this.source = null;
    /** @type {number|undefined} */
    this.timer = undefined;
  }

  /** Open the stream and watch its age. */
  start() {
    this.#open();
    setInterval(() => this.#report(), 1000);
    addEventListener("online", () => this.#reopen());
  }

  #open() {
    this.source?.close();
    const since = this.lastId ? `?since=${encodeURIComponent(this.lastId)}` : "";
    const source = new EventSource(`/api/stream${since}`);
    this.source = source;
    for (const name of EVENTS) {
      source.addEventListener(name, (event) => this.#heard(name, /** @type {MessageEvent} */ (event)));
    }
    source.addEventListener("error", () => this.#failed(source));
  }

  /** Begin anew with a whole picture. */
  restart() {
    this.lastId = "";
    this.#reopen();
  }

  #reopen() {
    clearTimeout(this.timer);
    this.#open();
  }

  /** @param {string} name @param {MessageEvent} event */
  #heard(name, event) {
    this.heardAt = performance.now();
    this.retryMs = RETRY_MIN_MS;
    if (event.lastEventId) this.lastId = event.lastEventId;
    this.onEvent(name, JSON.parse(event.data));
    this.#report();
  }

  /** @param {EventSource} source */
  #failed(source) {
    if (source !== this.source) return;
    this.#report();
    // The browser retries by itself after a cut, but gives up for good after an HTTP error.
    if (source.readyState !== EventSource.CLOSED) return;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.#open(), this.retryMs * (0.75 + Math.random() / 2));
    this.retryMs = Math.min(this.retryMs * 2, RETRY_MAX_MS);
    fetch("/api/session").then((r) => r.status === 401 && location.assign("/sign-in"), () => undefined);
  }

  #report() {
    const age = this.heardAt ? performance.now() - this.heardAt : 0;
    const isOpen = this.source?.readyState === EventSource.OPEN;
    if (!this.heardAt) this.onState("connecting", 0);
    else if (age > STALE_AFTER_MS) this.onState("stale", age);
    else this.onState(isOpen ? "live" : "reconnecting", age);
  }
}
