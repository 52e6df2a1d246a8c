/** The form of a designed street: luminaire (generated or from a file), layout, road, areas beside it, classes, hours. */

import { html, nothing } from "lit";
import { t } from "../i18n/index.js";
import { View } from "../ui/view.js";
import { FILE_BYTES, FRAMES, keepFile, toBase64 } from "./model.js";

/** @typedef {import("./model.js").Design} Design */

const ROAD_CLASSES = ["", "M1", "M2", "M3", "M4", "M5", "M6", "C0", "C1", "C2", "C3", "C4", "C5", "P1", "P2", "P3", "P4", "P5", "P6"];
const PATH_CLASSES = ROAD_CLASSES.filter((name) => !name.startsWith("M"));
/** Fields by group: number [least, most, step] or the options of a list. @type {Record<string, Record<string, any[]>>} */
const GROUPS = {
  layout: {
    arrangement: ["one", "opposite", "alternate", "median"], arms: [1, 2, 1], spacing_m: [8, 180, 0.5], height_m: [3, 20, 0.5], overhang_m: [-15, 15, 0.1],
    tilt_deg: [-15, 45, 1], level_percent: [1, 100, 1],
  },
  road: { lanes: [0, 6, 1], width_m: [1, 30, 0.25], two_way: [], surface: ["R1", "R2", "R3", "R4", "C1", "C2", "C2W3", "C2W4"], q0: [0.01, 0.5, 0.005], maintenance: [0.3, 1, 0.01] },
  sides: { footway_right_m: [0, 15, 0.25], footway_left_m: [0, 15, 0.25], verge_right_m: [0, 15, 0.25], verge_left_m: [0, 15, 0.25] },
  classes: { road_class: ROAD_CLASSES, footway_class: PATH_CLASSES },
  energy: { full_hours: [0, 8784, 10], dimmed_hours: [0, 8784, 10], dimmed_percent: [0, 100, 1] },
};
const GENERATED = { optic: ["road", "path", "old"], flux_lm: [100, 200_000, 100], power_w: [1, 2000, 0.5] };

export class DesignForm extends View {
  static properties = { design: { attribute: false }, faults: { attribute: false }, fresh: { state: true }, fileFault: { state: true } };

  constructor() {
    super([]);
    /** @type {Design} */
    this.design = {};
    /** @type {{field: string, detail: string}[]} */
    this.faults = [];
    /** A file that waits for its frame. @type {{name: string, mark: string}|null} */
    this.fresh = null;
    this.fileFault = "";
  }

  /** @param {Partial<Design>} change */
  #tell(change) {
    this.dispatchEvent(new CustomEvent("design", { detail: { ...this.design, ...change } }));
  }

  /** @param {Event} event @param {string} name @param {boolean} [isGenerated] */
  #changed(event, name, isGenerated = false) {
    const field = /** @type {HTMLInputElement} */ (event.target);
    if (!field.reportValidity()) return;
    const isNumber = field.type === "number";
    const value = field.type === "checkbox" ? field.checked : isNumber ? (field.value === "" ? null : Number(field.value)) : field.value;
    this.#tell(isGenerated ? { generated: { ...this.design.generated, [name]: value } } : { [name]: value });
  }

  /** @param {Event} event */
  async #chosen(event) {
    const [file] = /** @type {HTMLInputElement} */ (event.target).files ?? [];
    this.fileFault = "";
    this.fresh = null;
    if (!file) return;
    if (file.size > FILE_BYTES) this.fileFault = t("design.file.large", { n: FILE_BYTES / 1000 });
    else this.fresh = { name: file.name.slice(0, 200), mark: keepFile(await toBase64(file)) };
  }

  /** @param {Event} event */
  #framed(event) {
    const frame = /** @type {HTMLSelectElement} */ (event.target).value;
    const file = this.fresh ?? this.design.file;
    if (!frame || !file) return;
    this.fresh = null;
    this.#tell({ file: { name: file.name, mark: file.mark, frame } });
  }

  render() {
    return html`<form class="design-form" @submit=${(/** @type {Event} */ e) => e.preventDefault()}>
      ${this.#luminaire()}
      ${Object.entries(GROUPS).map(([group, fields]) => html`<fieldset class="field"><legend>${t(`design.group.${group}`)}</legend>
        <div class="fields">${Object.entries(fields).map(([name, bounds]) => this.#field(name, bounds, this.design[name]))}</div></fieldset>`)}
    </form>`;
  }

  #luminaire() {
    const { file, generated } = this.design;
    const shown = this.fresh ?? file;
    return html`<fieldset class="field"><legend>${t("design.group.luminaire")}</legend>
      <label for="design-file">${t("design.file")}</label>
      <input id="design-file" type="file" accept=".ldt,.ies,.LDT,.IES" @change=${(/** @type {Event} */ e) => this.#chosen(e)} aria-describedby="design-file-why">
      <p class="small muted" id="design-file-why">${shown ? shown.name : t("design.file.none")}</p>
      ${this.fileFault ? html`<p class="hint-error" role="alert">${this.fileFault}</p>` : nothing}
      ${shown ? html`<label for="design-frame">${t("design.frame")}</label>
        <select id="design-frame" @change=${(/** @type {Event} */ e) => this.#framed(e)}>
          <option value="" ?selected=${Boolean(this.fresh)} disabled>${t("design.frame.ask")}</option>
          ${FRAMES.map((frame) => html`<option value=${frame} ?selected=${!this.fresh && file?.frame === frame}>${t(`design.frame.${frame}`)}</option>`)}</select>` : nothing}
      ${this.fresh ? html`<p class="hint-error" role="status">${t("design.frame.missing")}</p>` : nothing}
      ${file && !this.fresh ? html`<button type="button" @click=${() => this.#tell({ file: null })}>${t("design.file.drop")}</button>` : nothing}
      ${shown ? nothing : html`<div class="fields">${Object.entries(GENERATED).map(([name, bounds]) => this.#field(name, bounds, generated[name], true))}</div>`}
    </fieldset>`;
  }

  /** @param {string} name @param {any[]} bounds @param {any} value @param {boolean} [isGenerated] */
  #field(name, bounds, value, isGenerated = false) {
    const id = `design-${name}`;
    const fault = this.faults.find(({ field }) => field.split(".").at(-1) === name);
    const change = (/** @type {Event} */ e) => this.#changed(e, name, isGenerated);
    const label = html`<label for=${id}>${t(`design.${name}`)}</label>`;
    if (!bounds.length) return html`<span class="radio"><input id=${id} type="checkbox" .checked=${value} @change=${change}>${label}</span>`;
    if (typeof bounds[0] === "string") {
      const words = (/** @type {string} */ option) => (["arrangement", "optic"].includes(name) ? t(`design.${name}.${option}`) : option || t("design.noclass"));
      return html`<span class="one">${label}<select id=${id} @change=${change}>${bounds.map((option) => html`<option value=${option} ?selected=${option === value}>${words(option)}</option>`)}</select></span>`;
    }
    const [low, high, step] = bounds;
    return html`<span class="one">${label}<input id=${id} class="num" type="number" min=${low} max=${high} step=${step === 1 ? 1 : "any"} ?required=${name !== "q0"} .value=${value === null ? "" : String(value)}
      aria-invalid=${fault ? "true" : "false"} @change=${change} @keydown=${(/** @type {KeyboardEvent} */ e) => this.#step(e, step)}></span>`;
  }

  /** Arrow keys go by steps that make sense here, from whatever value there is. @param {KeyboardEvent} event @param {number} step */
  #step(event, step) {
    const sign = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    const field = /** @type {HTMLInputElement} */ (event.target);
    if (!sign) return;
    event.preventDefault();
    const next = Math.round((Number(field.value) + sign * step) / step) * step;
    field.value = String(Number(Math.min(Math.max(next, Number(field.min)), Number(field.max)).toFixed(3)));
    field.dispatchEvent(new Event("change"));
  }
}
customElements.define("cr-design-form", DesignForm);
