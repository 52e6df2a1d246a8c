/** Signs and icons; the signs are the same shapes the map draws. */

import { html, svg } from "lit";

/** @param {import("lit").TemplateResult} body @param {string} [name] */
const sign = (body, name = "") => html`<svg class="sign ${name}" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">${body}</svg>`;

/** @type {Record<string, () => import("lit").TemplateResult>} */
export const SIGNS = {
  fault: () => sign(svg`<path d="M8 2.2 14.2 13H1.8Z" fill="currentColor"/>`, "is-fault"),
  silent: () => sign(svg`<rect x="3.2" y="3.2" width="9.6" height="9.6" fill="none" stroke="currentColor" stroke-width="2.4"/>`, "is-silent"),
  override: () => sign(svg`<circle cx="8" cy="8" r="5.6" fill="none" stroke="currentColor" stroke-width="1.5"/><circle cx="8" cy="8" r="2" fill="currentColor"/>`),
  pending: () => sign(svg`<circle cx="8" cy="8" r="5.6" fill="none" stroke="currentColor" stroke-width="1.6" stroke-dasharray="3.2 2.65"/><circle cx="8" cy="8" r="2" fill="currentColor"/>`),
  lit: () => sign(svg`<circle cx="8" cy="8" r="3" fill="currentColor"/><circle cx="8" cy="8" r="6.2" fill="currentColor" opacity=".25"/>`),
};

/** @type {Record<string, import("lit").TemplateResult>} */
const PATHS = {
  search: svg`<circle cx="7" cy="7" r="4.5"/><path d="m10.5 10.5 3.5 3.5"/>`,
  close: svg`<path d="m4 4 8 8M12 4l-8 8"/>`,
  plus: svg`<path d="M8 3v10M3 8h10"/>`,
  minus: svg`<path d="M3 8h10"/>`,
  whole: svg`<path d="M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10"/>`,
  moon: svg`<path d="M13.2 9.6A5.6 5.6 0 0 1 6.4 2.8a5.6 5.6 0 1 0 6.8 6.8Z"/>`,
  sun: svg`<circle cx="8" cy="8" r="2.9"/><path d="M8 1.4v1.5M8 13.1v1.5M1.4 8h1.5M13.1 8h1.5M3.3 3.3l1.1 1.1M11.6 11.6l1.1 1.1M3.3 12.7l1.1-1.1M11.6 4.4l1.1-1.1"/>`,
  person: svg`<circle cx="8" cy="5.4" r="2.7"/><path d="M2.8 13.6a5.3 5.3 0 0 1 10.4 0"/>`,
  help: svg`<circle cx="8" cy="8" r="6"/><path d="M6.2 6.3a1.8 1.8 0 1 1 2.5 1.7c-.5.2-.7.5-.7 1v.3"/><path d="M8 11.4v.1"/>`,
  list: svg`<path d="M5.5 4H14M5.5 8H14M5.5 12H14M2.3 4h.1M2.3 8h.1M2.3 12h.1"/>`,
  draw: svg`<path d="M3.2 4.2 12.4 3l.8 7.4-6 2.8Z"/><g fill="currentColor" stroke="none"><circle cx="3.2" cy="4.2" r="1.6"/><circle cx="12.4" cy="3" r="1.6"/><circle cx="13.2" cy="10.4" r="1.6"/><circle cx="7.2" cy="13.2" r="1.6"/></g>`,
  dim: svg`<path d="M3 5h10M3 11h10"/><circle cx="6" cy="5" r="1.9" fill="var(--surface)"/><circle cx="10.5" cy="11" r="1.9" fill="var(--surface)"/>`,
  undo: svg`<path d="M5.5 3 2.5 6l3 3"/><path d="M2.5 6h6.2a4 4 0 0 1 0 8H6"/>`,
  back: svg`<path d="M9.5 3.5 5 8l4.5 4.5"/>`,
  check: svg`<path d="m3 8.5 3.2 3.2L13 4.5"/>`,
  up: svg`<path d="m3.5 10 4.5-4.5 4.5 4.5"/>`,
};

/** @param {string} name */
export const icon = (name) => html`<svg class="glyph" viewBox="0 0 16 16" width="16" height="16" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${PATHS[name]}</svg>`;
