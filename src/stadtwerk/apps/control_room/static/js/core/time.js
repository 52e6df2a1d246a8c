/** The city's clock on this screen, and times of day in the city's zone. */

export class CityClock {
  constructor() {
    this.baseMs = Date.now();
    this.heardAt = performance.now();
    this.speed = 1;
    this.simulated = false;
    this.known = false;
    this.zone = "Europe/Berlin";
    /** @type {number|null} the instant the time machine shows, milliseconds; null = now */
    this.pinned = null;
  }

  /** @param {{now: string, speed?: number, simulated?: boolean}} heard */
  sync(heard) {
    this.baseMs = Date.parse(heard.now);
    this.heardAt = performance.now();
    this.speed = heard.speed ?? this.speed;
    this.simulated = heard.simulated ?? this.simulated;
    this.known = true;
  }

  /** @returns {number} the time on this screen, milliseconds since 1970: the city's, or the past one on show */
  nowMs() {
    return this.pinned ?? this.presentMs();
  }

  /** @returns {number} city time, milliseconds since 1970; runs at most 5 s past the last word of the city */
  presentMs() {
    const since = Math.min(performance.now() - this.heardAt, 5000);
    return this.baseMs + since * this.speed;
  }
}

/**
 * Offset of a zone at an instant.
 * @param {number} ms
 * @param {string} zone
 * @returns {number} milliseconds east of UTC
 */
function offsetMs(ms, zone) {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit",
    hour: "2-digit", minute: "2-digit", second: "2-digit",
  }).formatToParts(ms);
  const get = (/** @type {string} */ type) => Number(parts.find((p) => p.type === type)?.value);
  const asUtc = Date.UTC(get("year"), get("month") - 1, get("day"), get("hour"), get("minute"), get("second"));
  return asUtc - Math.floor(ms / 1000) * 1000;
}

/**
 * @param {number} ms
 * @param {string} zone
 * @returns {string} `YYYY-MM-DDTHH:MM` as a datetime-local field wants it
 */
export function toLocalField(ms, zone) {
  return new Date(ms + offsetMs(ms, zone)).toISOString().slice(0, 16);
}

/**
 * @param {string} local `YYYY-MM-DDTHH:MM` in the zone
 * @param {string} zone
 * @returns {number} milliseconds since 1970, NaN when not a time
 */
export function fromLocalField(local, zone) {
  const asUtc = Date.parse(`${local}:00Z`);
  if (!Number.isFinite(asUtc)) return NaN;
  // A second look corrects the hour around a change of summer time.
  const guess = asUtc - offsetMs(asUtc, zone);
  return asUtc - offsetMs(guess, zone);
}

/**
 * The next time the clock on the wall shows an hour.
 * @param {number} ms
 * @param {string} zone
 * @param {number} hour
 * @returns {number}
 */
export function nextLocalHour(ms, zone, hour) {
  const day = toLocalField(ms, zone).slice(0, 10);
  const at = fromLocalField(`${day}T${String(hour).padStart(2, "0")}:00`, zone);
  return at > ms + 60_000 ? at : fromLocalField(`${nextDay(day)}T${String(hour).padStart(2, "0")}:00`, zone);
}

/** @param {string} day @returns {string} */
function nextDay(day) {
  return new Date(Date.parse(`${day}T12:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
}

/** @param {number} ms @returns {string} ISO with seconds */
export const isoSeconds = (ms) => new Date(Math.round(ms / 1000) * 1000).toISOString().replace(".000Z", "Z");
