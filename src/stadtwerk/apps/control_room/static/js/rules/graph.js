/** Who hears whom: systems as boxes, reaction rules as arrows between them. */

import { html, svg } from "lit";
import { clock, store } from "../core/city.js";
import { link } from "../core/router.js";
import { dayAndTime, hasWords, localised, num, t } from "../i18n/index.js";
import { SIGNS } from "../ui/icons.js";
import { empty } from "../ui/states.js";

const [WIDTH, BOX, ROW, PILL] = [900, 150, 64, 380];

/** @param {string} name @returns {string} */
const systemWords = (name) => (hasWords(`rules.system.${name}`) ? t(`rules.system.${name}`) : name);

/** @param {import("./types.js").ReactionRule[]} all */
export function reactionGraph(all) {
  const height = all.length * ROW + 12;
  const left = places(all, "from", height);
  const right = places(all, "to", height);
  const start = (WIDTH - PILL) / 2;
  return html`
    <div class="graph" tabindex="0" role="group" aria-label=${t("rules.graph")}>
      <svg viewBox="0 0 ${WIDTH} ${height}" width="100%" role="img" aria-label=${summary(all)}>
        ${all.map((rule, i) => {
          const y = i * ROW + ROW / 2 + 6;
          return svg`
            <g class=${rule.on ? "arrow" : "arrow is-off"}>
              <path d=${curve(BOX, left.get(rule.from) ?? y, start, y)}/>
              <path d=${curve(start + PILL, y, WIDTH - BOX - 9, right.get(rule.to) ?? y)}/>
              <path class="head" d=${`M${WIDTH - BOX} ${right.get(rule.to) ?? y}l-10 -5v10z`}/>
              <rect class="pill" x=${start} y=${y - 24} width=${PILL} height="48" rx="10"/>
              <text class="title" x=${WIDTH / 2} y=${y - 4} text-anchor="middle">${localised(rule.title)}</text>
              <text class="count" x=${WIDTH / 2} y=${y + 14} text-anchor="middle">${rule.event} → ${rule.command} · ${num(rule.fired)}×</text>
            </g>`;
        })}
        ${[...left].map(([name, y]) => box(name, 1, y))}
        ${[...right].map(([name, y]) => box(name, WIDTH - BOX - 1, y))}
      </svg>
    </div>`;
}

/** @param {import("./types.js").ReactionRule[]} all @param {"from"|"to"} side @param {number} height @returns {Map<string, number>} */
function places(all, side, height) {
  const names = [...new Set(all.map((rule) => rule[side]))];
  return new Map(names.map((name, i) => [name, (height / names.length) * (i + 0.5)]));
}

/** @param {string} name @param {number} x @param {number} y */
const box = (name, x, y) => svg`
  <g class="box"><rect x=${x} y=${y - 20} width=${BOX} height="40" rx="6"/><text x=${x + BOX / 2} y=${y + 5} text-anchor="middle">${systemWords(name)}</text></g>`;

/** @param {number} x1 @param {number} y1 @param {number} x2 @param {number} y2 @returns {string} */
const curve = (x1, y1, x2, y2) => `M${x1} ${y1}C${(x1 + x2) / 2} ${y1} ${(x1 + x2) / 2} ${y2} ${x2} ${y2}`;

/** @param {import("./types.js").ReactionRule[]} all @returns {string} */
const summary = (all) => all.map((rule) => t("rules.graph.one", { from: systemWords(rule.from), to: systemWords(rule.to), title: localised(rule.title), state: t(rule.on ? "rules.on" : "rules.off"), n: num(rule.fired) })).join("; ");

/**
 * The same rules as a list with their switches.
 * @param {import("./types.js").ReactionRule[]} all
 * @param {(rule: import("./types.js").ReactionRule) => void} toggle
 */
export function reactionList(all, toggle) {
  if (!all.length) return empty(t("rules.reactions.none"));
  return html`
    <ul class="plans">
      ${all.map((rule) => html`
        <li class="plan ${rule.on ? "" : "is-off"}">
          <div class="what"><strong>${localised(rule.title)}</strong>
            <span class="small muted">${systemWords(rule.from)} → ${systemWords(rule.to)}</span>
            <span class="small">${localised(rule.why)}</span></div>
          <div class="fact small"><span class="muted">${t("rules.fired")}</span>
            <span class="num">${t("rules.times", { n: num(rule.fired) })}${rule.last_at ? html` · ${rule.last_commands.length ? html`<a href=${link("command", rule.last_commands[0])}>${dayAndTime(rule.last_at, clock.zone)}</a>` : dayAndTime(rule.last_at, clock.zone)}` : ""}</span></div>
          <div class="fact small">${rule.refused ? html`<span class="abnormal">${SIGNS.fault()}${t("rules.held", { n: num(rule.refused) })}</span>` : ""}</div>
          <div class="acts">${toggleButton(rule.on, localised(rule.title), () => toggle(rule))}</div>
        </li>`)}
    </ul>`;
}

/** @param {boolean} isOn @param {string} name @param {() => void} toggle */
export const toggleButton = (isOn, name, toggle) => html`
  <button class="switch" role="switch" ?disabled=${store.get("at") !== null} aria-checked=${isOn ? "true" : "false"} aria-label=${name} @click=${toggle}>
    <span class="knob" aria-hidden="true"></span><span aria-hidden="true">${t(isOn ? "rules.on" : "rules.off")}</span></button>`;
