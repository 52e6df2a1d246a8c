/** Reads the binary columns of all lamps and the base64 arrays of the stream. */

/** @type {Record<string, any>} */
const ARRAYS = { u1: Uint8Array, u2: Uint16Array, u4: Uint32Array, f4: Float32Array, f8: Float64Array };

/**
 * @typedef {{n: number, prefix: string, streets: import("./types.js").Named[],
 *   circuits: {id: string, cabinet: string, feeder: string}[], districts: import("./types.js").Named[],
 *   gateways: {id: string}[], gateway: Uint32Array,
 *   number: Uint32Array, lon: Float64Array, lat: Float64Array, street: Uint32Array, circuit: Uint32Array,
 *   district: Uint32Array, power_w: Float32Array}} LampColumns
 */

/**
 * Decode `u32 header length, JSON header, padding, raw little-endian arrays`.
 * @param {ArrayBuffer} buffer
 * @returns {LampColumns}
 */
export function decodeColumns(buffer) {
  const headerLength = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, headerLength)));
  const dataStart = Math.ceil((4 + headerLength) / 8) * 8;
  const first = Math.min(...header.columns.map((/** @type {any} */ c) => c.offset));
  const base = first < dataStart ? dataStart : 0;
  /** @type {Record<string, any>} */
  const columns = {};
  for (const { name, dtype, offset } of header.columns) {
    const Kind = ARRAYS[dtype.replace(/^[<|]/, "")];
    if (!Kind) throw new Error(`column ${name}: dtype ${dtype} is not known`);
    const from = base + offset;
    const bytes = buffer.slice(from, from + header.n * Kind.BYTES_PER_ELEMENT);
    columns[name] = new Kind(bytes);
  }
  return /** @type {LampColumns} */ ({ ...header, ...columns });
}

/**
 * @param {string} text base64
 * @returns {Uint8Array}
 */
export function fromBase64(text) {
  const native = /** @type {any} */ (Uint8Array).fromBase64;
  if (native) return native.call(Uint8Array, text);
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i += 1) bytes[i] = raw.charCodeAt(i);
  return bytes;
}

/**
 * @param {string} text base64 of little-endian u32
 * @returns {Uint32Array}
 */
export function u32FromBase64(text) {
  const bytes = fromBase64(text);
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}
