/** Colours of the map by theme; the ground is calm so that light and faults stand out. */

/** @param {string} hex @returns {number[]} 0..1 */
const rgb = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255);

/** @type {Record<string, import("./lamp-layer.js").LampPalette>} */
export const LAMPS = {
  night: {
    night: true, warm: rgb("#ffbf73"), hot: rgb("#ffdca6"), off: rgb("#39424e"), select: rgb("#74b9ff"),
    alarm: rgb("#ff6a55"), silent: rgb("#cda6ff"), ring: rgb("#dfe7f0"), ground: rgb("#07090d"),
  },
  day: {
    night: false, warm: rgb("#ffffff"), hot: rgb("#ffffff"), off: rgb("#5c6672"), select: rgb("#0b5cad"),
    alarm: rgb("#b3261e"), silent: rgb("#6a2fb0"), ring: rgb("#1d2733"), ground: rgb("#f3f4f6"),
  },
};

/** @type {Record<string, Record<string, string>>} */
export const GROUND = {
  night: {
    outside: "#07090d", inside: "#0b0e13", water: "#0f1c2a", waterLine: "#16283a", green: "#0b1210", works: "#0f1116",
    rail: "#1c222b", street: "#161b22", streetMajor: "#1d242d", casing: "#0b0e13", building: "#11161d", buildingLine: "#1b222b",
    border: "#3a4553", text: "#aeb9c6", textSoft: "#8b97a5", textWater: "#5f83a8", halo: "#07090d",
    select: "#74b9ff", bridge: "#222a34",
    "class-proven": "#62b3aa", "class-unproven": "#e6b84c", "class-missed": "#ff7a66", "class-off": "#8f9aa8", "class-unknown": "#cda6ff",
  },
  day: {
    outside: "#9fa7b0", inside: "#a9b1ba", water: "#94a5b5", waterLine: "#8799aa", green: "#a2aea8", works: "#a7adb5",
    rail: "#8d959e", street: "#b6bdc5", streetMajor: "#c2c8cf", casing: "#a0a8b1", building: "#9ea6af", buildingLine: "#8f98a2",
    border: "#66717e", text: "#141c26", textSoft: "#28323e", textWater: "#22405e", halo: "#d3d8de",
    select: "#0b5cad", bridge: "#cbd0d6",
    "class-proven": "#14655d", "class-unproven": "#7a4d00", "class-missed": "#b3261e", "class-off": "#4a5460", "class-unknown": "#6a2fb0",
  },
};
