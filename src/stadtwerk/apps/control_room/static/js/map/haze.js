/**
 * The light that many lamps together leave in the air. It is gathered on a grid that lies over the city,
 * so that moving the map costs one textured rectangle, and is gathered anew only when levels change.
 */

import { program, use } from "./gl.js";
import { BLUR_FRAGMENT, COVER_VERTEX, ENERGY_FRAGMENT, ENERGY_VERTEX, HAZE_FRAGMENT, HAZE_VERTEX, TONE_FRAGMENT } from "./shaders.js";

/** Cells of the fine grid along the city's longer side; the coarse one has a quarter. */
const CELLS = 640;
const COARSER = 4;
/** Share of the city's longer side around it that still lies in its light. */
const MARGIN = 0.08;
const EVERY_MS = 400;
/** How much of the near (60 m) and of the far (480 m) light is seen. */
const SHARE = [0.3, 0.34];

/** @typedef {{texture: WebGLTexture, frame: WebGLFramebuffer, width: number, height: number}} Grid */

export class Haze {
  /**
   * @param {WebGL2RenderingContext} gl
   * @param {string[]} attributes
   * @param {[number, number]} size of the city in Mercator units, around the origin
   */
  constructor(gl, attributes, [w, h]) {
    this.gl = gl;
    const isFloat = gl.getExtension("EXT_color_buffer_float") ?? gl.getExtension("EXT_color_buffer_half_float");
    this.format = isFloat ? gl.RGBA16F : gl.RGBA8;
    this.energy = program(gl, ENERGY_VERTEX, ENERGY_FRAGMENT, attributes);
    this.blur = program(gl, COVER_VERTEX, BLUR_FRAGMENT);
    this.tone = program(gl, COVER_VERTEX, TONE_FRAGMENT);
    this.haze = program(gl, HAZE_VERTEX, HAZE_FRAGMENT);
    this.empty = gl.createVertexArray();
    const margin = Math.max(w, h) * MARGIN;
    this.half = [w / 2 + margin, h / 2 + margin];
    const cells = CELLS / Math.max(...this.half);
    const [width, height] = this.half.map((side) => Math.max(8, Math.round(side * cells)));
    this.fine = [this.#grid(width, height), this.#grid(width, height)];
    this.picture = this.#grid(width, height, gl.RGBA8);
    const [cw, ch] = [Math.ceil(width / COARSER), Math.ceil(height / COARSER)];
    this.coarse = [this.#grid(cw, ch), this.#grid(cw, ch)];
    this.gatheredAt = -EVERY_MS;
  }

  /** @param {number} width @param {number} height @param {number} [format] @returns {Grid} */
  #grid(width, height, format = this.format) {
    const { gl } = this;
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texStorage2D(gl.TEXTURE_2D, 1, format, width, height);
    for (const side of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, side, gl.CLAMP_TO_EDGE);
    for (const near of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, near, gl.LINEAR);
    const frame = gl.createFramebuffer();
    gl.bindFramebuffer(gl.FRAMEBUFFER, frame);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
    return { texture, frame, width, height };
  }

  /** @returns {number} milliseconds until light may be gathered again */
  waitMs() {
    return Math.max(0, this.gatheredAt + EVERY_MS - performance.now());
  }

  /**
   * Gather the light of all lamps.
   * @param {WebGLVertexArrayObject} vao of the lamps
   * @param {number} lamps
   * @param {{warm: number[], select: number[]}} palette
   */
  gather(vao, lamps, palette) {
    const { gl, fine, coarse } = this;
    this.gatheredAt = performance.now();
    for (const test of [gl.DEPTH_TEST, gl.STENCIL_TEST, gl.SCISSOR_TEST]) gl.disable(test);
    gl.colorMask(true, true, true, true);
    this.#into(fine[0]);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE);
    gl.bindVertexArray(vao);
    use(gl, this.energy, { u_half: this.half });
    gl.drawArrays(gl.POINTS, 0, lamps);
    gl.disable(gl.BLEND);
    gl.bindVertexArray(this.empty);
    this.#pass(fine[0], fine[1], [0.55 / fine[0].width, 0]);
    this.#pass(fine[1], fine[0], [0, 0.55 / fine[0].height]);
    this.#pass(fine[0], coarse[0], [1 / coarse[0].width, 0]);
    this.#pass(coarse[0], coarse[1], [0, 1 / coarse[0].height]);
    this.#paint(palette);
    gl.bindVertexArray(null);
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
  }

  /** @param {{warm: number[], select: number[]}} palette */
  #paint(palette) {
    const { gl } = this;
    this.#into(this.picture);
    gl.activeTexture(gl.TEXTURE1);
    gl.bindTexture(gl.TEXTURE_2D, this.coarse[1].texture);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.fine[0].texture);
    use(gl, this.tone, { u_share: SHARE, u_warm: palette.warm, u_select: palette.select });
    gl.uniform1i(gl.getUniformLocation(this.tone.handle, "u_far"), 1);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  /** @param {Grid} grid */
  #into(grid) {
    this.gl.bindFramebuffer(this.gl.FRAMEBUFFER, grid.frame);
    this.gl.viewport(0, 0, grid.width, grid.height);
  }

  /** @param {Grid} from @param {Grid} to @param {number[]} step */
  #pass(from, to, step) {
    const { gl } = this;
    this.#into(to);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, from.texture);
    use(gl, this.blur, { u_step: step });
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  /**
   * Lay the haze over what is drawn; blending must be additive.
   * @param {Float32Array} matrix
   * @param {number} gain
   */
  lay(matrix, gain) {
    const { gl } = this;
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.picture.texture);
    gl.bindVertexArray(this.empty);
    use(gl, this.haze, { u_matrix: matrix, u_half: this.half, u_gain: gain });
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  }

  /** Free the grids. */
  drop() {
    for (const { texture, frame } of [...this.fine, ...this.coarse, this.picture]) {
      this.gl.deleteTexture(texture);
      this.gl.deleteFramebuffer(frame);
    }
  }
}
