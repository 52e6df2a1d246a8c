/** Knows whether this machine keeps up while the map moves. */

const SLOW_MS = 60;
const BRISK_MS = 22;

export class Pace {
  constructor() {
    this.lastAt = 0;
    this.meanMs = 16;
    this.isSlow = false;
  }

  /**
   * Note a frame.
   * @param {number} now milliseconds
   * @param {boolean} isMoving
   */
  frame(now, isMoving) {
    const took = now - this.lastAt;
    this.lastAt = now;
    // A frame after a pause says nothing about the pace.
    if (!isMoving || took > 500) return;
    this.meanMs += (took - this.meanMs) * 0.2;
    if (this.meanMs > SLOW_MS) this.isSlow = true;
    else if (this.meanMs < BRISK_MS) this.isSlow = false;
  }
}
