/** The screen of shared poles: who has which slots, and one pole drawn with its slots, what they take and who pays. */

import { html, nothing } from "lit";
import { getJson } from "/static/js/core/api.js";
import { clock, sendCommand, store } from "/static/js/core/city.js";
import { link } from "/static/js/core/router.js";
import { Again } from "/static/js/core/store.js";
import { num, plainDate, t } from "/static/js/i18n/index.js";
import { fillBar } from "/static/js/ui/bars.js";
import { empty, loading, problem } from "/static/js/ui/states.js";
import { View } from "/static/js/ui/view.js";
import { drawing } from "./picture.js";

/** The words of this screen in both languages. */
export const words = {
  de: {
    "nav.poles": "Masten",
    "cmd.poles.reserve-slot": "Mastplatz reservieren",
    "cmd.poles.assign-slot": "Mastplatz in Betrieb nehmen",
    "cmd.poles.release-slot": "Mastplatz freigeben",
    "poles.all": "Geteilte Masten ({n})",
    "poles.none": "Noch hängt an keinem Mast etwas anderes als Licht. Ein Mast öffnet sich über seine Leuchte.",
    "poles.ledger": "Wer hat was und zahlt wofür",
    "poles.ledger.none": "Noch niemand hat einen Platz.",
    "poles.ledger.line": "{used} in Betrieb, {reserved} reserviert, {w} W zugesagt",
    "poles.ledger.owed": "Miete bisher {eur} € ({year} € im Jahr); Energie höchstens {own} kWh selbst, {city} kWh die Stadt",
    "poles.generated": "Lasten und Leistung sind nach der Höhe geschätzt; der Nachweis nach EN 40-3 ersetzt sie.",
    "poles.budget.power": "Leistung neben dem Licht",
    "poles.budget.mass": "Masse",
    "poles.budget.moment": "Windmoment am Fuß",
    "poles.slots": "Plätze",
    "poles.slot.top": "Spitze",
    "poles.slot.upper": "Oben",
    "poles.slot.lower": "Unten",
    "poles.slot.base": "Fuß",
    "poles.kind.cell": "Mobilfunkzelle",
    "poles.kind.access-point": "WLAN",
    "poles.kind.charger": "Ladepunkt",
    "poles.kind.sensor": "Sensor",
    "poles.empty": "frei",
    "poles.free": "frei für {kinds}",
    "poles.reserve": "Reservieren",
    "poles.assign": "In Betrieb",
    "poles.release": "Freigeben",
    "poles.reserved": "reserviert bis {day}",
    "poles.used": "in Betrieb seit {day}",
    "poles.rent": "{eur} € im Jahr",
    "poles.pays.holder": "Inhaber zahlt Strom",
    "poles.pays.city": "Stadt zahlt Strom",
    "poles.gone": "War einmal hier",
    "poles.what": "Was",
    "poles.holder": "Inhaber, zahlt die Miete",
    "poles.power_w": "Leistung, W",
    "poles.mass_kg": "Masse, kg",
    "poles.wind_area_m2": "Windfläche, m²",
    "poles.rent_eur_year": "Miete, € im Jahr",
    "poles.energy": "Strom",
    "poles.until": "Reserviert bis",
  },
  en: {
    "nav.poles": "Poles",
    "cmd.poles.reserve-slot": "Reserve a slot",
    "cmd.poles.assign-slot": "Put a slot into use",
    "cmd.poles.release-slot": "Release a slot",
    "poles.all": "Shared poles ({n})",
    "poles.none": "No pole carries anything but light yet. Open a pole from its lamp.",
    "poles.ledger": "Who has what, and pays for what",
    "poles.ledger.none": "Nobody has a slot yet.",
    "poles.ledger.line": "{used} in use, {reserved} reserved, {w} W promised",
    "poles.ledger.owed": "rent so far {eur} € ({year} € a year); energy at most {own} kWh own, {city} kWh the city's",
    "poles.generated": "Loads and power are estimated by height; the structural check after EN 40-3 takes their place.",
    "poles.budget.power": "Power beside light",
    "poles.budget.mass": "Mass",
    "poles.budget.moment": "Wind moment at the foot",
    "poles.slots": "Slots",
    "poles.slot.top": "Top",
    "poles.slot.upper": "Upper",
    "poles.slot.lower": "Lower",
    "poles.slot.base": "Base",
    "poles.kind.cell": "Small cell",
    "poles.kind.access-point": "Access point",
    "poles.kind.charger": "Charger",
    "poles.kind.sensor": "Sensor",
    "poles.empty": "free",
    "poles.free": "free for {kinds}",
    "poles.reserve": "Reserve",
    "poles.assign": "Put into use",
    "poles.release": "Release",
    "poles.reserved": "reserved until {day}",
    "poles.used": "in use since {day}",
    "poles.rent": "{eur} € a year",
    "poles.pays.holder": "holder pays energy",
    "poles.pays.city": "city pays energy",
    "poles.gone": "Was here once",
    "poles.what": "What",
    "poles.holder": "Holder, pays the rent",
    "poles.power_w": "Power, W",
    "poles.mass_kg": "Mass, kg",
    "poles.wind_area_m2": "Wind area, m²",
    "poles.rent_eur_year": "Rent, € a year",
    "poles.energy": "Energy",
    "poles.until": "Reserved until",
  },
};

/** The system's refusals in German, {} where a value stands. */
export const refusals = {
  "shared poles know no {}": "Masten kennen kein {}",
  "There is no such pole": "Diesen Mast gibt es nicht",
  "no pole {} in this city": "{} gibt es in dieser Stadt nicht",
  "The pole has no such slot": "Der Mast hat diesen Platz nicht",
  "{} has {}; choose one of these or a higher pole.": "{} hat {}; einen davon wählen oder einen höheren Mast.",
  "Nothing is reserved there": "Dort ist nichts reserviert",
  "{} of {} is free.": "{} an {} ist frei.",
  "a reservation lasts at most {} days": "eine Reservierung hält höchstens {} Tage",
  "There is no room for more": "Es ist kein Platz für mehr",
  "{} shared poles are the limit.": "{} geteilte Masten sind das Äußerste.",
  "The slot is taken": "Der Platz ist vergeben",
  "{} is {}, {} of {}.": "{} ist vergeben ({}): {} von {}.",
  "This does not fit into the slot": "Das passt nicht auf diesen Platz",
  "{} of this pole is for {}.": "{} an diesem Mast ist für {}.",
  "The pole cannot take that much": "So viel trägt der Mast nicht",
  "it would take {} {}; {} of {} {} are left.": "es bräuchte {} {}; frei sind {} von {} {}.",
  "The slot is in use already": "Der Platz ist schon in Betrieb",
  "{} of {}": "{} von {}",
  "The slot is reserved for somebody else": "Der Platz ist für jemand anderen reserviert",
  "it is kept for {} until {}.": "er ist {} zugesagt bis {}.",
};

/** The map stays in sight: shared poles are shown on it. */
export const isBeside = true;

/** @param {string} id the pole the address names */
export const render = (id) => html`<cr-poles .chosen=${id}></cr-poles>`;

const FIELDS = [
  ["power_w", 0, 25000, 120],
  ["mass_kg", 0, 500, 12],
  ["wind_area_m2", 0, 10, 0.15],
  ["rent_eur_year", 0, 100000, 600],
];
const YEAR_MS = 365 * 86_400_000;
const NEAR_FULL = 0.9;

class PolesPanel extends View {
  static properties = { chosen: {}, answer: { state: true }, ledger: { state: true }, fault: { state: true }, slot: { state: true } };

  constructor() {
    super(["commands", "at"]);
    new Again(this, store, ["moment"], () => this.load());
    this.chosen = this.slot = "";
    /** @type {any} */
    this.answer = this.ledger = null;
    /** @type {unknown} */
    this.fault = this.seen = null;
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    const newest = [...store.get("commands").values()].find((view) => view.kind.startsWith("poles."));
    const seen = `${this.chosen} ${newest?.id ?? ""} ${newest?.state ?? ""}`;
    if (changed.has("chosen")) this.answer = null;
    if (seen === this.seen) return;
    this.seen = seen;
    this.load();
  }

  async load() {
    const { chosen } = this;
    try {
      const answer = await getJson(chosen ? `/api/poles/poles/${encodeURIComponent(chosen)}` : "/api/poles/poles");
      const ledger = chosen ? null : await getJson("/api/poles/ledger");
      if (chosen !== this.chosen) return;
      this.answer = answer;
      this.ledger = ledger;
    } catch (error) {
      if (chosen === this.chosen) this.fault = error;
    }
  }

  /** @param {string} kind @param {object} body */
  async send(kind, body) {
    this.fault = null;
    try {
      await sendCommand(`poles.${kind}`, { pole: this.chosen, ...body });
      this.slot = "";
    } catch (error) {
      this.fault = error;
    }
  }

  render() {
    if (!this.answer) return this.fault ? problem(this.fault, () => this.load()) : loading();
    const fault = this.fault ? problem(this.fault) : nothing;
    return this.answer.slots ? html`${fault}${this.pole(this.answer)}` : html`${fault}${this.all(this.answer)}`;
  }

  /** @param {any} answer */
  all({ n, poles }) {
    return html`
      <section class="figure"><h3>${t("poles.ledger")}</h3>
        ${this.ledger?.n ? html`<ul>${this.ledger.holders.map((/** @type {any} */ one) => html`
          <li><strong>${one.holder}</strong><br>
            <span class="small">${t("poles.ledger.line", { used: num(one.in_use), reserved: num(one.reserved), w: num(one.power_w) })}</span><br>
            <span class="small muted">${t("poles.ledger.owed", { eur: num(one.rent_eur, 2), year: num(one.rent_eur_year, 2), own: num(one.energy_kwh_holder), city: num(one.energy_kwh_city) })}</span></li>`)}</ul>` : empty(t("poles.ledger.none"))}
      </section>
      <section class="figure"><h3>${t("poles.all", { n: num(n) })}</h3>
        ${n ? html`<ul class="rows">${poles.map((/** @type {any} */ one) => html`<li class="line"><a class="num" href=${link("poles", one.id)}>${one.id}</a>
          <span class="small muted">${one.taken.map((/** @type {any} */ it) => t(`poles.kind.${it.kind}`)).join(", ") || "–"}</span></li>`)}</ul>` : empty(t("poles.none"))}
      </section>`;
  }

  /** @param {any} pole */
  pole(pole) {
    return html`
      <p class="crumbs small"><a href=${link("poles")}>${t("nav.poles")}</a> · ${pole.lamps.map((/** @type {string} */ lamp) => html`<a class="num" href=${link("lamp", lamp)}>${lamp}</a> `)}</p>
      <section class="figure"><h3>${pole.id}</h3>
        ${drawing(pole)}
        <p class="small muted">${t("poles.generated")}</p>
        ${pole.budgets.map((/** @type {any} */ one) => html`
          <p class="line small"><span>${t(`poles.budget.${one.of}`)}</span><span class="num">${num(one.used, 2)} / ${num(one.budget, 2)} ${one.unit}</span></p>
          ${fillBar(one.budget ? one.used / one.budget : 0, one.used > one.budget * NEAR_FULL)}`)}
      </section>
      <section class="figure"><h3>${t("poles.slots")}</h3>
        <ul>${pole.slots.map((/** @type {any} */ slot) => this.row(slot))}</ul>
      </section>
      ${this.slot ? this.form(pole.slots.find((/** @type {any} */ one) => one.slot === this.slot)) : nothing}
      ${pole.gone.length ? html`<section class="figure"><h3>${t("poles.gone")}</h3>
        <ul>${pole.gone.map((/** @type {any} */ one) => html`<li class="small">${t(`poles.slot.${one.slot}`)}: ${t(`poles.kind.${one.kind}`)}, ${one.holder}, ${plainDate(one.reserved_at.slice(0, 10))} – ${plainDate((one.ended_at ?? one.until).slice(0, 10))}</li>`)}</ul></section>` : nothing}`;
  }

  /** @param {any} slot */
  row({ slot, kinds, height_m: height, taken }) {
    const name = t(`poles.slot.${slot}`);
    const button = (/** @type {string} */ what, /** @type {() => void} */ act) => html`<button class="quiet" aria-label=${`${t(`poles.${what}`)}: ${name}`} @click=${act}>${t(`poles.${what}`)}</button>`;
    if (!taken) {
      return html`<li class="line"><span>${name}, ${num(height, 1)} m<br><span class="small muted">${t("poles.free", { kinds: kinds.map((/** @type {string} */ kind) => t(`poles.kind.${kind}`)).join(", ") })}</span></span>
        ${store.get("at") ? nothing : button("reserve", () => { this.slot = slot; this.fault = null; })}</li>`;
    }
    const state = taken.state === "reserved" ? t("poles.reserved", { day: plainDate(taken.until.slice(0, 10)) }) : t("poles.used", { day: plainDate(taken.in_use_at.slice(0, 10)) });
    return html`<li>${name}, ${num(height, 1)} m: <strong>${t(`poles.kind.${taken.kind}`)}</strong>, ${taken.holder}<br>
        <span class="small muted">${state} · ${num(taken.power_w)} W, ${num(taken.mass_kg, 1)} kg · ${t("poles.rent", { eur: num(taken.rent_eur_year, 2) })} · ${t(`poles.pays.${taken.energy_paid_by}`)}</span>
      ${store.get("at") ? nothing : html`<div class="actions">${taken.state === "reserved" ? button("assign", () => this.send("assign-slot", { slot, holder: taken.holder })) : nothing}${button("release", () => this.send("release-slot", { slot }))}</div>`}</li>`;
  }

  /** @param {any} slot */
  form(slot) {
    return html`
      <form class="figure" @submit=${this.reserve}><h3>${t("poles.reserve")}: ${t(`poles.slot.${slot.slot}`)}</h3>
        <p class="field"><label for="poles-kind">${t("poles.what")}</label>
          <select id="poles-kind" name="kind">${slot.kinds.map((/** @type {string} */ kind) => html`<option value=${kind}>${t(`poles.kind.${kind}`)}</option>`)}</select></p>
        <p class="field"><label for="poles-holder">${t("poles.holder")}</label><input id="poles-holder" name="holder" maxlength="80" required></p>
        ${FIELDS.map(([name, min, max, usual]) => html`<p class="field"><label for="poles-${name}">${t(`poles.${name}`)}</label>
          <input id="poles-${name}" name=${name} type="number" step="any" min=${min} max=${max} .value=${String(usual)} required></p>`)}
        <p class="field"><label for="poles-pays">${t("poles.energy")}</label>
          <select id="poles-pays" name="energy_paid_by"><option value="holder">${t("poles.pays.holder")}</option><option value="city">${t("poles.pays.city")}</option></select></p>
        <p class="field"><label for="poles-until">${t("poles.until")}</label>
          <input id="poles-until" name="until" type="date" .value=${new Date(clock.nowMs() + YEAR_MS).toISOString().slice(0, 10)} required></p>
        <div class="actions"><button class="primary">${t("poles.reserve")}</button>
          <button type="button" @click=${() => { this.slot = ""; }}>${t("action.cancel")}</button></div>
      </form>`;
  }

  /** @param {SubmitEvent} event */
  reserve(event) {
    event.preventDefault();
    const told = Object.fromEntries(new FormData(/** @type {HTMLFormElement} */ (event.target)));
    const numbers = Object.fromEntries(FIELDS.map(([name]) => [name, Number(told[name])]));
    this.send("reserve-slot", { ...told, ...numbers, slot: this.slot, until: `${told.until}T12:00:00Z` });
  }
}
customElements.define("cr-poles", PolesPanel);
