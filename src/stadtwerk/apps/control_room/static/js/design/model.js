/** Designs of streets as this screen keeps them: in the address, two variants at most; files stay in this browser. */

/** @typedef {Record<string, any>} Design */
/** @typedef {{variants: Design[], on: number, lane: number}} Drawing */

/** What a street is made of unless somebody says otherwise; the server's own defaults. @type {Design} */
export const DEFAULTS = {
  generated: { optic: "road", flux_lm: 6000, power_w: 46 }, file: null, arrangement: "one", arms: 1, spacing_m: 30, height_m: 8, overhang_m: 0,
  tilt_deg: 0, level_percent: 100, lanes: 2, width_m: 7, two_way: true, footway_right_m: 2, footway_left_m: 2, verge_right_m: 0, verge_left_m: 0,
  surface: "R3", q0: null, maintenance: 0.8, road_class: "M5", footway_class: "P5", full_hours: 4000, dimmed_hours: 0, dimmed_percent: 50,
};

/** Where a file's street side is; asked for, never guessed. */
export const FRAMES = ["c90-street", "c0-street", "h0-street-clockwise", "h0-street-counterclockwise"];
/** Largest file a design may bring, bytes. */
export const FILE_BYTES = 600_000;
/** Variants stand side by side. */
export const VARIANTS = 2;

/** @param {Design} design @returns {Design} what differs from the defaults */
function difference(design) {
  return Object.fromEntries(Object.entries(design).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(DEFAULTS[name])));
}

/** @param {Drawing} drawing @returns {string} for the address */
export function toText({ variants, on, lane }) {
  const bytes = new TextEncoder().encode(JSON.stringify({ v: variants.map(difference), on, lane }));
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** @param {string} text @returns {Drawing|null} null where the text is no drawing */
export function fromText(text) {
  if (!text) return { variants: [{ ...DEFAULTS }], on: 0, lane: 0 };
  try {
    const bytes = Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
    const { v, on, lane } = JSON.parse(new TextDecoder().decode(bytes));
    if (!Array.isArray(v) || !v.length || v.length > VARIANTS) return null;
    const known = (/** @type {Design} */ one) => Object.fromEntries(Object.entries(one).filter(([name]) => name in DEFAULTS));
    return { variants: v.map((one) => ({ ...DEFAULTS, ...known(one) })), on: Math.min(Number(on) || 0, v.length - 1), lane: Number(lane) || 0 };
  } catch {
    return null;
  }
}

const PLACE = "photometry:";
/** @type {Map<string, string>} */
const held = new Map();

/**
 * Keep a file in this browser, by its mark: an address is too short for it.
 * @param {string} content base64
 * @returns {string} mark
 */
export function keepFile(content) {
  let mark = 0x811c9dc5;
  for (let k = 0; k < content.length; k += 1) mark = Math.imul(mark ^ content.charCodeAt(k), 0x01000193);
  const name = `${(mark >>> 0).toString(16)}-${content.length}`;
  held.set(name, content);
  try {
    localStorage.setItem(PLACE + name, content);
  } catch {
    // A full or closed store keeps the file for this page only.
  }
  return name;
}

/** @param {string} mark @returns {string|null} the file, if this browser has it */
function heldFile(mark) {
  try {
    return held.get(mark) ?? localStorage.getItem(PLACE + mark);
  } catch {
    return null;
  }
}

/** @param {Design} design @returns {Design|null} the design as the server takes it; null where its file is not in this browser */
export function toServer(design) {
  if (!design.file) return design;
  const content = heldFile(design.file.mark);
  return content === null ? null : { ...design, file: { name: design.file.name, frame: design.file.frame, content } };
}

/** @param {File} file @returns {Promise<string>} its bytes in base64 */
export async function toBase64(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (let k = 0; k < bytes.length; k += 8192) text += String.fromCharCode(...bytes.subarray(k, k + 8192));
  return btoa(text);
}

/** Hand somebody a file. @param {Blob} blob @param {string} name */
export function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
