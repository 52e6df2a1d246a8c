/** Small helpers around WebGL 2. */

/** @typedef {{handle: WebGLProgram, at: Map<string, WebGLUniformLocation|null>}} Program */

/**
 * @param {WebGL2RenderingContext} gl
 * @param {string} vertex
 * @param {string} fragment
 * @param {string[]} attributes by slot
 * @returns {Program}
 */
export function program(gl, vertex, fragment, attributes = []) {
  const handle = gl.createProgram();
  for (const [kind, source] of /** @type {const} */ ([[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]])) {
    const shader = /** @type {WebGLShader} */ (gl.createShader(kind));
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(handle, shader);
  }
  attributes.forEach((name, slot) => gl.bindAttribLocation(handle, slot, name));
  gl.linkProgram(handle);
  if (!gl.getProgramParameter(handle, gl.LINK_STATUS)) throw new Error(`lamp shader: ${gl.getProgramInfoLog(handle)}`);
  return { handle, at: new Map() };
}

/**
 * Use a program with these uniforms: numbers, vectors of 2 or 3, or a 4x4 matrix.
 * @param {WebGL2RenderingContext} gl
 * @param {Program} prog
 * @param {Record<string, number|number[]|Float32Array>} values
 */
export function use(gl, prog, values) {
  gl.useProgram(prog.handle);
  for (const [name, value] of Object.entries(values)) {
    if (!prog.at.has(name)) prog.at.set(name, gl.getUniformLocation(prog.handle, name));
    const at = prog.at.get(name) ?? null;
    if (typeof value === "number") gl.uniform1f(at, value);
    else if (value.length === 16) gl.uniformMatrix4fv(at, false, value);
    else if (value.length === 2) gl.uniform2fv(at, value);
    else gl.uniform3fv(at, value);
  }
}

/**
 * The matrix with the origin moved, computed in float64.
 * @param {ArrayLike<number>} m column-major 4x4
 * @param {number[]} origin
 * @returns {Float32Array}
 */
export function shifted(m, [x, y]) {
  const out = Float64Array.from(m);
  for (let row = 0; row < 4; row += 1) out[12 + row] = m[row] * x + m[4 + row] * y + m[12 + row];
  return Float32Array.from(out);
}
