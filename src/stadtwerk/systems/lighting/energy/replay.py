"""A past night once more under another program or policy: energy, cost, minutes in which streets miss a class."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

import msgspec
import numpy as np

from stadtwerk.kernel.clock import iso
from stadtwerk.kernel.observation import Rows, Values
from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting.energy.account import programs_of
from stadtwerk.systems.lighting.energy.baselines import Lit, lit_of
from stadtwerk.systems.lighting.energy.table import Table
from stadtwerk.systems.lighting.energy.views import table_at_hand
from stadtwerk.systems.lighting.energy.window import Window, day_of, noons_us, window_of
from stadtwerk.systems.lighting.engine.energy.power import drawn_w, given_percent
from stadtwerk.systems.lighting.engine.faults.expected import STANDBY_W
from stadtwerk.systems.lighting.engine.program import Rule
from stadtwerk.systems.lighting.state import Lighting
from stadtwerk.vocab.lighting import Id

Policy = Literal["as-it-was", "program", "always", "half-night", "on-demand"]
Percent = Annotated[float, msgspec.Meta(ge=0, le=100)]
WallTime = Annotated[str, msgspec.Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")]
JUST = 1e-6
"""A level that lies so little below what a class needs keeps it: certificates round, shares of full light."""


class OfReplay(msgspec.Struct, frozen=True):
    """A question about a night under another policy: one of the city's programs for all lamps, changed where told.

    `always`: each street at its class level all night; `half-night`: half of that from 23:00 to 05:00; `on-demand`:
    the class level as long as a road user asks for it, else that of the lowest allowed class (no spill between fields).
    """

    day: Annotated[str, msgspec.Meta(max_length=10)] = ""
    policy: Policy = "as-it-was"
    program: Id | None = None
    full_percent: Percent | None = None
    dim_percent: Percent | None = None
    dim_from: WallTime | None = None
    dim_until: WallTime | None = None
    price_ct: Annotated[float, msgspec.Meta(ge=0, le=200)] = 25.0


@dataclass(frozen=True, slots=True)
class Ran:
    """What a night takes and delivers: kWh a street (s,), hours below the class and below the lowest allowed (s,)."""

    kwh: Values
    below: Values
    below_lowest: Values


def replay_view(lighting: Lighting, asked: OfReplay, now_us: int) -> dict[str, Any]:
    """Show what a night would have been: the policy beside the programs as they were, by the same model, and what was.

    The model's own error shows in `as_it_was` beside `measured_kwh`. Refuses days that are none, unknown programs.
    """
    table = table_at_hand(lighting)
    place = lighting.plans.place
    evening = day_of(asked.day, place.zone, now_us)
    span_us = noons_us(evening, place.zone)
    if span_us[0] > now_us:
        raise Refused.field("day", f"this night begins at {iso(span_us[0])}")
    programs = programs_of(lighting, span_us)
    lit = lit_of(lighting, table, programs, lighting.seen["burning_h"])
    window = window_of(programs.rules, place, span_us)
    dark_by = _first_program(lit, len(table.standing))
    was = run(lit, table, window, "as-it-was", dark_by)
    if asked.policy == "program":
        rules = (*programs.rules, rule_asked(lighting, asked, span_us[1]))
        window = window_of(rules, place, span_us)
        lit = replace(lit, program=np.full(len(lit), len(programs.rules), np.int32))
    would = was if asked.policy == "as-it-was" else run(lit, table, window, asked.policy, dark_by)
    account = lighting.energy.nights.get(evening.isoformat())
    measured = sum(one.measured_kwh + one.estimated_kwh for one in account.figures) if account else None
    return {
        "at": iso(now_us),
        "day": evening.isoformat(),
        "lamps": len(lit),
        "measured_kwh": None if measured is None else round(measured, 2),
        "as_it_was": _told(was, table, asked.price_ct),
        "would_be": _told(would, table, asked.price_ct),
        "saved_kwh": round(float(was.kwh.sum() - would.kwh.sum()), 2),
        "saved_eur": round(float(was.kwh.sum() - would.kwh.sum()) * asked.price_ct / 100.0, 2),
        "worst": _worst(lighting, table, would),
    }


def rule_asked(lighting: Lighting, asked: OfReplay, at_us: int) -> Rule:
    """Return the program asked for with what is changed in it; refuses an unknown one (404)."""
    plan = lighting.plans.kept.get(asked.program or "")
    if plan is None or plan.kind != "program":
        words = f"no program {asked.program!r} in this city"
        raise Refused.of("unknown-program", "There is no such program", 404, words)
    rule = lighting.plans.program(plan.id, at_us).rule()
    given = {name: value for name in Rule._fields if (value := getattr(asked, name, None)) is not None}
    return rule._replace(**given)


def run(lit: Lit, table: Table, window: Window, policy: Policy, dark_by: Rows) -> Ran:
    """Let a night pass: each piece of it with the level that the policy asks of every lamp.

    A street can miss its class while its program `dark_by` (s,), which it had that night, says that it is dark.
    """
    streets = len(table.standing)
    lasts_h, kwh = window.hours, np.zeros(len(lit))
    least, below, lowest = np.full(streets, np.inf), np.zeros(streets), np.zeros(streets)
    asked_before, power, given = b"", np.zeros(len(lit)), np.zeros(len(lit))
    for k in range(len(lasts_h)):
        mark = _mark(window, k, policy)
        if mark != asked_before:
            asked_before = mark
            given, power = _piece(lit, table, window, k, policy)
            least[:] = np.inf
            np.minimum.at(least, lit.street, given)
        kwh += power * lasts_h[k] / 1000.0
        dark = window.lit[dark_by, k] & (table.standing < 2)
        need = _needed(table, int(window.hour[k]), policy)
        below += (dark & (least < 100.0 * need - JUST)) * lasts_h[k]
        lowest += (dark & (least < 100.0 * np.minimum(table.low_level, 1.0) - JUST)) * lasts_h[k]
    return Ran(np.asarray(np.bincount(lit.street, kwh, streets), np.float64), below, lowest)


def _first_program(lit: Lit, streets: int) -> Rows:
    """Return the program of each street's first lamp, (s,): when it is dark there."""
    found = np.zeros(streets, np.int32)
    found[lit.street[::-1]] = lit.program[::-1]
    return found


def _mark(window: Window, k: int, policy: Policy) -> bytes:
    """Return what the levels of a piece depend on: pieces with the same mark are lit alike."""
    hour = bytes([int(window.hour[k])]) if policy == "on-demand" else b""
    return window.lit[:, k].tobytes() + window.program[:, k].tobytes() + window.half[:, k].tobytes() + hour


def _needed(table: Table, hour: int, policy: Policy) -> Values:
    """Return the level each street's class needs, (s,); on demand the mean over the hour, as its lamps' level is."""
    full, low = np.minimum(table.full_level, 1.0), np.minimum(table.low_level, 1.0)
    if policy != "on-demand":
        return full
    return np.asarray(low + table.presence[:, hour] * (full - low))


def _piece(lit: Lit, table: Table, window: Window, k: int, policy: Policy) -> tuple[Values, Values]:
    """Return level, percent, and power, W, of all lamps in a piece of the night, (n,)."""
    dark = window.lit[lit.program, k]
    if policy in ("as-it-was", "program"):
        given = given_percent(lit.driver, window.program[lit.program, k])
        return given, drawn_w(lit.driver, lit.full_w, given)
    if policy == "on-demand":
        return _mixed(lit, table, int(window.hour[k]), dark)
    halved = policy == "half-night" and window.half[:, k].max() < 100.0
    if halved:
        given = given_percent(lit.driver, np.where(window.half[lit.program, k] < 100.0, 0.5, 1.0) * lit.class_percent)
    else:
        given = given_percent(lit.driver, lit.class_percent, at_least=True)
    given = np.where(dark, given, 0.0)
    return given, drawn_w(lit.driver, lit.full_w, given)


def _mixed(lit: Lit, table: Table, hour: int, dark: np.ndarray) -> tuple[Values, Values]:
    """Return mean level and mean power of lamps that change between two levels with road users, (n,)."""
    share = table.presence[lit.street, hour]
    low = 100.0 * np.minimum(table.low_level, 1.0)[lit.street]
    powers, levels = [], []
    for percent in (lit.class_percent, low):
        given = given_percent(lit.driver, percent, at_least=True)
        levels.append(given)
        powers.append(drawn_w(lit.driver, lit.full_w, given))
    mixed = [share * one[0] + (1.0 - share) * one[1] for one in (levels, powers)]
    return np.where(dark, mixed[0], 0.0), np.where(dark, mixed[1], STANDBY_W)


def _told(ran: Ran, table: Table, price_ct: float) -> dict[str, Any]:
    kwh = float(ran.kwh.sum())
    classed = table.standing < 2
    return {
        "kwh": round(kwh, 2),
        "cost_eur": round(kwh * price_ct / 100.0, 2),
        "below_min": round(float(ran.below[classed].sum()) * 60.0),
        "below_streets": int((ran.below[classed] > 0).sum()),
        "below_lowest_min": round(float(ran.below_lowest[classed].sum()) * 60.0),
        "below_lowest_streets": int((ran.below_lowest[classed] > 0).sum()),
    }


def _worst(lighting: Lighting, table: Table, ran: Ran) -> list[dict[str, Any]]:
    """List the ten streets that are longest below their class."""
    streets = lighting.inventory.streets
    order = np.argsort(-(ran.below + 1e-6 * ran.below_lowest), kind="stable")[:10]
    return [
        {
            "id": streets.ids[place],
            "name": streets.names[place],
            "class": table.survey.streets[place].kept,
            "below_min": round(float(ran.below[place]) * 60.0),
            "below_lowest_min": round(float(ran.below_lowest[place]) * 60.0),
        }
        for place in order.tolist()
        if ran.below[place] > 0
    ]
