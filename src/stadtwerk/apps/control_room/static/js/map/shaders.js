/** What the graphics card does with a lamp: a glow at its level, and a sign when it is not as planned. */

export const LIGHT_VERTEX = `#version 300 es
precision highp float;
in vec2 a_pos;
in uint a_level;
in uint a_flags;
in float a_power;
uniform mat4 u_matrix;
uniform float u_core;
uniform float u_glow;
uniform float u_gain;
uniform float u_night;
uniform vec3 u_warm;
uniform vec3 u_hot;
uniform vec3 u_off;
uniform vec3 u_select;
flat out vec4 v_inner;
flat out vec4 v_outer;
flat out vec2 v_core;
void main() {
  // A faulty lamp is drawn as a sign instead.
  gl_Position = (a_flags & 1u) != 0u ? vec4(2.0, 2.0, 2.0, 1.0) : u_matrix * vec4(a_pos, 0.0, 1.0);
  float level = a_level <= 200u ? float(a_level) / 200.0 : 0.0;
  float weight = clamp(sqrt(a_power / 45.0), 0.7, 1.7);
  float chosen = (a_flags & 16u) != 0u ? 1.0 : 0.0;
  bool lit = level > 0.0;
  float size = lit ? mix(u_core * (0.75 + 0.25 * level), u_glow * (0.55 + 0.45 * level), u_night) * weight : u_core * 0.8;
  gl_PointSize = max(size, 1.0);
  float core = min(1.0, u_core * weight / gl_PointSize);
  if (u_night > 0.5) {
    float light = pow(level, 0.85) * u_gain;
    vec3 hot = mix(u_hot * light, u_select * (0.2 + 0.65 * level) * u_gain, chosen * 0.75);
    vec3 warm = mix(u_warm * light, u_select * (0.2 + 0.8 * level) * u_gain, chosen * 0.9) * 0.34;
    vec3 off = mix(u_off, u_select * 0.75, chosen);
    v_inner = vec4(lit ? hot : off, 0.0);
    v_outer = vec4(lit ? warm : vec3(0.0), 0.0);
    v_core = vec2(lit ? core : 1.0, 2.0 / core);
    return;
  }
  float alpha = lit ? u_gain * (0.35 + 0.65 * level) : 0.55 + 0.35 * chosen;
  vec3 rim = mix(u_off, u_select, chosen);
  vec3 body = lit ? mix(u_off, mix(u_hot, u_select, chosen * 0.45), 0.25 + 0.75 * level) : rim;
  v_inner = vec4(body, alpha);
  v_outer = vec4(rim, alpha);
  v_core = vec2(0.75, 4.0);
}`;

export const LIGHT_FRAGMENT = `#version 300 es
precision mediump float;
flat in vec4 v_inner;
flat in vec4 v_outer;
flat in vec2 v_core;
out vec4 color;
void main() {
  float d = length(gl_PointCoord - 0.5) * 2.0;
  float inner = clamp((v_core.x - d) * v_core.y, 0.0, 1.0);
  float fade = max(1.0 - d, 0.0);
  color = v_inner * inner + v_outer * (fade * fade);
}`;

/** By day a lamp is a disc with a rim: white when lit, grey when off. */
export const DISC_FRAGMENT = `#version 300 es
precision mediump float;
flat in vec4 v_inner;
flat in vec4 v_outer;
uniform float u_edge;
out vec4 color;
void main() {
  float d = length(gl_PointCoord - 0.5) * 2.0;
  float body = clamp((1.0 - d) * 4.0, 0.0, 1.0);
  float inner = clamp((1.0 - u_edge - d) * 6.0, 0.0, 1.0);
  float alpha = body * v_inner.a;
  color = vec4(mix(v_outer.rgb, v_inner.rgb, inner) * alpha, alpha);
}`;

export const MARK_VERTEX = `#version 300 es
precision highp float;
in vec2 a_pos;
in uint a_flags;
uniform mat4 u_matrix;
uniform float u_mark;
uniform float u_near;
flat out uint v_flags;
flat out float v_pixel;
void main() {
  gl_Position = u_matrix * vec4(a_pos, 0.0, 1.0);
  bool abnormal = (a_flags & 5u) != 0u;
  bool focus = (a_flags & 32u) != 0u;
  gl_PointSize = focus ? u_mark * 2.6 : abnormal ? u_mark : u_mark * 1.15;
  v_flags = a_flags;
  v_pixel = 2.0 / gl_PointSize;
  if (!abnormal && !focus && u_near < 0.5) gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
}`;

export const MARK_FRAGMENT = `#version 300 es
precision highp float;
flat in uint v_flags;
flat in float v_pixel;
uniform vec3 u_alarm;
uniform vec3 u_silent;
uniform vec3 u_ring;
uniform vec3 u_select;
uniform vec3 u_ground;
out vec4 color;
float triangle(vec2 p) {
  p.y += 0.12;
  return max(abs(p.x) * 0.894 - p.y * 0.447 - 0.30, p.y - 0.56);
}
float box(vec2 p) { return max(abs(p.x), abs(p.y)) - 0.62; }
void over(vec3 tint, float a) { color = vec4(tint * a, a) + color * (1.0 - a); }
float band(float d, float width) { return 1.0 - smoothstep(width, width + v_pixel, abs(d)); }
void main() {
  color = vec4(0.0);
  vec2 p = (gl_PointCoord - 0.5) * 2.0;
  bool focus = (v_flags & 32u) != 0u;
  vec2 q = focus ? p * 2.6 : p;
  float soft = focus ? v_pixel * 2.6 : v_pixel;
  if ((v_flags & 1u) != 0u) {
    float d = triangle(q);
    over(u_ground, 1.0 - smoothstep(0.16, 0.16 + soft, d));
    over(u_alarm, 1.0 - smoothstep(0.0, soft, d));
  } else if ((v_flags & 4u) != 0u) {
    float d = box(q);
    over(u_ground, 1.0 - smoothstep(0.16, 0.16 + soft, d));
    over(u_silent, 1.0 - smoothstep(0.0, soft, d));
    over(u_ground, 1.0 - smoothstep(-0.34, -0.34 + soft, d));
  } else if ((v_flags & 10u) != 0u) {
    float r = length(focus ? p * 1.7 : p) - 0.82;
    float dashes = (v_flags & 8u) != 0u ? step(0.0, sin(atan(p.y, p.x) * 6.0)) : 1.0;
    over(u_ring, band(r, 0.03) * dashes * 0.7);
  }
  if (focus) over(u_select, band(length(p) - 0.9, 0.05) * step(0.25, abs(sin(atan(p.y, p.x) * 2.0))));
}`;

/** Onto the grid over the city: one cell a lamp. */
export const ENERGY_VERTEX = `#version 300 es
precision highp float;
in vec2 a_pos;
in uint a_level;
in uint a_flags;
in float a_power;
uniform vec2 u_half;
flat out vec2 v_energy;
void main() {
  float level = a_level <= 200u ? float(a_level) / 200.0 : 0.0;
  gl_Position = level > 0.0 ? vec4(a_pos / u_half, 0.0, 1.0) : vec4(2.0, 2.0, 2.0, 1.0);
  gl_PointSize = 1.0;
  float energy = level * clamp(a_power / 45.0, 0.5, 2.6);
  v_energy = (a_flags & 16u) != 0u ? vec2(0.0, energy) : vec2(energy, 0.0);
}`;

export const ENERGY_FRAGMENT = `#version 300 es
precision highp float;
flat in vec2 v_energy;
out vec4 color;
void main() { color = vec4(v_energy, 0.0, 1.0); }`;

/** One triangle that covers everything. */
export const COVER_VERTEX = `#version 300 es
precision highp float;
out vec2 v_at;
void main() {
  v_at = vec2(float((gl_VertexID << 1) & 2), float(gl_VertexID & 2));
  gl_Position = vec4(v_at * 2.0 - 1.0, 0.0, 1.0);
}`;

/** Gauss of sigma 3 cells; pairs of taps share one linear fetch. */
export const BLUR_FRAGMENT = `#version 300 es
precision highp float;
in vec2 v_at;
uniform sampler2D u_image;
uniform vec2 u_step;
out vec4 color;
void main() {
  vec4 sum = texture(u_image, v_at) * 0.1356;
  sum += (texture(u_image, v_at + u_step * 1.459) + texture(u_image, v_at - u_step * 1.459)) * 0.2367;
  sum += (texture(u_image, v_at + u_step * 3.405) + texture(u_image, v_at - u_step * 3.405)) * 0.1369;
  sum += (texture(u_image, v_at + u_step * 5.351) + texture(u_image, v_at - u_step * 5.351)) * 0.0513;
  sum += (texture(u_image, v_at + u_step * 7.302) + texture(u_image, v_at - u_step * 7.302)) * 0.0073;
  color = sum;
}`;

/** Light near and far into one picture of colours, so that laying it over the map is one look-up. */
export const TONE_FRAGMENT = `#version 300 es
precision highp float;
in vec2 v_at;
uniform sampler2D u_image;
uniform sampler2D u_far;
uniform vec2 u_share;
uniform vec3 u_warm;
uniform vec3 u_select;
out vec4 color;
void main() {
  vec2 energy = texture(u_image, v_at).rg * u_share.x + texture(u_far, v_at).rg * u_share.y;
  vec2 light = 1.0 - exp(-energy);
  color = vec4(u_warm * light.x * 0.7 + u_select * light.y * 0.5, 0.0);
}`;

export const HAZE_VERTEX = `#version 300 es
precision highp float;
uniform mat4 u_matrix;
uniform vec2 u_half;
out vec2 v_at;
void main() {
  v_at = vec2(float(gl_VertexID & 1), float(gl_VertexID >> 1));
  gl_Position = u_matrix * vec4((v_at * 2.0 - 1.0) * u_half, 0.0, 1.0);
}`;

export const HAZE_FRAGMENT = `#version 300 es
precision mediump float;
in vec2 v_at;
uniform sampler2D u_image;
uniform float u_gain;
out vec4 color;
void main() { color = vec4(texture(u_image, v_at).rgb * u_gain, 0.0); }`;
