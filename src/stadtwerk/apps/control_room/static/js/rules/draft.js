/** A schedule while it is being written: fields of the form to and from what the city takes. */

import { t } from "../i18n/index.js";
import { targetWords } from "./words.js";

/** @typedef {{kind: string, time: string, minutes: number}} Moment */
/**
 * @typedef {{title: string, targetKind: string, target: string, doing: "set"|"clear"|"other", level: number, rampS: number,
 *            untilKind: "clock"|"after", untilClock: string, untilHours: number, other: string, moments: Moment[],
 *            weekdays: string[], holidays: string, since: string, until: string, except: string, graceMin: number,
 *            reason: string, rest: import("./types.js").Rule, given: Record<string, any>|null}} Draft
 */

/** @param {string} [place] `street:s1`, what was chosen on the map @returns {Draft} */
export function emptyDraft(place = "") {
  const [kind, id] = place.split(":");
  return {
    title: "", targetKind: id ? kind : "district", target: id ?? "", doing: "set", level: 40, rampS: 10, untilKind: "clock", untilClock: "05:00",
    untilHours: 4, other: "", moments: [{ kind: "clock", time: "23:00", minutes: 0 }], weekdays: [], holidays: "any", since: "", until: "",
    except: "", graceMin: 5, reason: "", rest: {}, given: null,
  };
}

/** @param {import("./types.js").Plan} plan @returns {Draft} */
export function draftOf(plan) {
  const { times = [], sun = [], weekdays = [], holidays = "any", since = "", until = "", except_dates: except = [], ...rest } = plan.rule;
  const { kind, content } = plan.order;
  const place = Object.entries(content.target ?? {}).find(([name]) => ["district", "street", "circuit", "lamp"].includes(name));
  const isKnown = (kind === "lighting.set-level" && typeof content.until === "object") || kind === "lighting.clear";
  const hours = /^PT(\d+)H$/.exec(content.until?.$after ?? "")?.[1];
  const isPlain = isKnown && place && (kind === "lighting.clear" || content.until.$clock || hours);
  return {
    ...emptyDraft(place ? place.join(":") : ""),
    title: plan.title,
    doing: !isPlain ? "other" : kind === "lighting.clear" ? "clear" : "set",
    level: content.level_percent ?? 40,
    rampS: content.ramp_s ?? 0,
    untilKind: hours ? "after" : "clock",
    untilClock: content.until?.$clock ?? "05:00",
    untilHours: Number(hours ?? 4),
    other: JSON.stringify(plan.order, null, 2),
    moments: [...times.map((time) => ({ kind: "clock", time: time.slice(0, 5), minutes: 0 })), ...sun.map(({ event, offset_s: s = 0 }) => ({ kind: event, time: "12:00", minutes: s / 60 }))],
    weekdays, holidays, since, until, except: except.join(", "), graceMin: plan.grace_s / 60, rest, given: content,
  };
}

/** @param {Draft} draft @returns {import("./types.js").Rule} */
export function ruleOf(draft) {
  const clocks = draft.moments.filter(({ kind }) => kind === "clock");
  const suns = draft.moments.filter(({ kind }) => kind !== "clock");
  const except = draft.except.split(/[\s,;]+/).filter(Boolean);
  return {
    ...draft.rest,
    ...(clocks.length && { times: clocks.map(({ time }) => time) }),
    ...(suns.length && { sun: suns.map(({ kind, minutes }) => ({ event: kind, offset_s: Math.round(minutes * 60) })) }),
    ...(draft.weekdays.length && draft.weekdays.length < 7 && { weekdays: draft.weekdays }),
    ...(draft.holidays !== "any" && { holidays: draft.holidays }),
    ...(draft.since && { since: draft.since }),
    ...(draft.until && { until: draft.until }),
    ...(except.length && { except_dates: except }),
  };
}

/** @param {Draft} draft @returns {import("./types.js").Ordered} SyntaxError when the text of another command is not JSON */
export function orderOf(draft) {
  if (draft.doing === "other") return JSON.parse(draft.other);
  const content = { target: { [draft.targetKind]: draft.target }, reason: draft.given?.reason || titleOf(draft).slice(0, 200) };
  if (draft.doing === "clear") return { kind: "lighting.clear", content };
  const until = draft.untilKind === "clock" ? { $clock: draft.untilClock } : { $after: `PT${draft.untilHours}H` };
  return { kind: "lighting.set-level", content: { ...content, level_percent: draft.level, ramp_s: draft.rampS, until, spare: true } };
}

/** @param {Draft} draft @returns {string} what the schedule is called when nobody names it */
export function titleOf(draft) {
  if (draft.title.trim()) return draft.title.trim().slice(0, 80);
  const where = draft.target ? targetWords({ [draft.targetKind]: draft.target }) : "";
  return [where, draft.doing === "set" ? `${draft.level} %` : draft.doing === "clear" ? t("rules.order.clear") : t("rules.doing.other")].filter(Boolean).join(" ").slice(0, 80);
}
