/** A calendar's rules as a form: the first that means a night wins, so they can be moved up and down. */

import { html, nothing } from "lit";
import { localised, t } from "../i18n/index.js";
import { HOLIDAYS, WEEK, edgeWords, nightsWords } from "./model.js";

/** @typedef {import("./model.js").Rule} Rule */

const DAYS = Array.from({ length: 31 }, (_, k) => k + 1);
const MONTHS = Array.from({ length: 12 }, (_, k) => k + 1);

/**
 * @param {Rule[]} rules
 * @param {{programs: {id: string, title: unknown}[], letterOf: (id: string) => string, change: (rules: Rule[], focus?: string) => void}} form
 */
export function ruleForms(rules, { programs, letterOf, change }) {
  const put = (/** @type {number} */ k, /** @type {Rule} */ rule) => change(rules.map((one, at) => (at === k ? rule : one)));
  const move = (/** @type {number} */ k, /** @type {number} */ by) => {
    const moved = [...rules];
    const [one] = moved.splice(k, 1);
    moved.splice(k + by, 0, one);
    change(moved, `#rule-${k + by} .${by < 0 ? "up" : "down"}`);
  };
  return html`<ol class="calendar-rules">${rules.map((rule, k) => html`
    <li id="rule-${k}"><fieldset><legend><strong>${letterOf(rule.program)}</strong> ${t("plans.rule", { n: k + 1 })}: ${nightsWords(rule)}</legend>
      <div class="rule-row">
        <div class="field"><label for="rule-${k}-program">${t("plans.program")}</label>${programChoice(`rule-${k}-program`, rule.program, programs, (id) => put(k, { ...rule, program: id }))}</div>
        ${dates(rule, k, (changed) => put(k, changed))}
        <div class="field"><label for="rule-${k}-holidays">${t("plans.holidays")}</label>
          <select id="rule-${k}-holidays" @change=${(/** @type {any} */ e) => put(k, { ...rule, holidays: e.target.value })}>
            ${HOLIDAYS.map((name) => html`<option value=${name} .selected=${name === (rule.holidays ?? "any")}>${t(`plans.holidays.${name}`)}</option>`)}</select></div>
        <div class="field weekdays" role="group" aria-label=${t("plans.weekdays")}><span class="label">${t("plans.weekdays")}</span><span>${WEEK.map((day) => html`
          <label><input type="checkbox" .checked=${(rule.weekdays ?? []).includes(day)} @change=${(/** @type {any} */ e) => put(k, { ...rule, weekdays: WEEK.filter((one) => (one === day ? e.target.checked : (rule.weekdays ?? []).includes(one))) })}>${t(`plans.weekday.${day}`)}</label>`)}</span></div>
        <span class="acts">
          <button class="icon quiet up" ?disabled=${k === 0} aria-label=${t("plans.rule.up", { n: k + 1 })} @click=${() => move(k, -1)}>↑</button>
          <button class="icon quiet down" ?disabled=${k === rules.length - 1} aria-label=${t("plans.rule.down", { n: k + 1 })} @click=${() => move(k, 1)}>↓</button>
          <button class="icon quiet" aria-label=${t("plans.rule.remove", { n: k + 1 })} @click=${() => change(rules.filter((_, at) => at !== k), "#add-rule")}>×</button></span>
      </div></fieldset></li>`)}</ol>`;
}

/**
 * @param {string} id
 * @param {string} chosen
 * @param {{id: string, title: unknown}[]} programs
 * @param {(id: string) => void} choose
 */
export const programChoice = (id, chosen, programs, choose) => html`<select id=${id} @change=${(/** @type {any} */ e) => choose(e.target.value)}>
  ${programs.map((one) => html`<option value=${one.id} .selected=${one.id === chosen}>${localised(one.title)}</option>`)}</select>`;

/** @param {Rule} rule @returns {"always"|"yearly"|"once"} */
const span = ({ start_date: start, end_date: end }) => (!start && !end ? "always" : (start ?? end)?.startsWith("--") ? "yearly" : "once");

/** @param {Rule} rule @param {number} k @param {(rule: Rule) => void} put */
function dates(rule, k, put) {
  const kind = span(rule);
  const { start_date: start, end_date: end, ...rest } = rule;
  const choose = (/** @type {string} */ to) => {
    if (to === "always") return put(rest);
    const year = String(new Date().getFullYear());
    const as = (/** @type {string|undefined} */ edge, /** @type {string} */ lacking) => {
      const tail = edge ? edge.slice(-5) : lacking;
      return to === "yearly" ? `--${tail}` : `${edge && !edge.startsWith("--") ? edge.slice(0, 4) : year}-${tail}`;
    };
    return put({ ...rest, start_date: as(start, "01-01"), end_date: as(end, "12-31") });
  };
  return html`
    <div class="field"><label for="rule-${k}-span">${t("plans.span")}</label>
      <select id="rule-${k}-span" @change=${(/** @type {any} */ e) => choose(e.target.value)}>
        ${["always", "yearly", "once"].map((name) => html`<option value=${name} .selected=${name === kind}>${t(`plans.span.${name}`)}</option>`)}</select></div>
    ${kind === "always" ? nothing : html`
      ${edge(`rule-${k}-start`, t("plans.start"), start, (day) => put({ ...rule, start_date: day }))}
      ${edge(`rule-${k}-end`, t("plans.end"), end, (day) => put({ ...rule, end_date: day }))}`}`;
}

/** @param {string} id @param {string} words @param {string|undefined} day @param {(day: string) => void} put */
function edge(id, words, day, put) {
  const shown = day ?? "--01-01";
  if (!shown.startsWith("--")) {
    return html`<div class="field"><label for=${id}>${words}</label><input id=${id} type="date" required .value=${shown} @change=${(/** @type {any} */ e) => { if (e.target.value) put(e.target.value); }}></div>`;
  }
  const [month, date] = [Number(shown.slice(2, 4)), Number(shown.slice(5))];
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const number = (/** @type {number[]} */ values, /** @type {number} */ chosen, /** @type {string} */ label, /** @type {(n: number) => void} */ set) => html`
    <select aria-label=${`${words}, ${label}`} @change=${(/** @type {any} */ e) => set(Number(e.target.value))}>${values.map((n) => html`<option value=${n} .selected=${n === chosen}>${n}</option>`)}</select>`;
  return html`<div class="field edge" role="group" aria-label=${`${words}: ${edgeWords(shown)}`}><span class="label">${words}</span><span>
    ${number(DAYS, date, t("plans.day-of-month"), (n) => put(`--${two(month)}-${two(n)}`))}${number(MONTHS, month, t("plans.month"), (n) => put(`--${two(n)}-${two(date)}`))}</span></div>`;
}
