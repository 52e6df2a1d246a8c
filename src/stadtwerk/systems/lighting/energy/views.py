"""What people see of energy: the gap to the bound now, a night, and a year of nights."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import numpy as np

from stadtwerk.kernel.clock import US, iso
from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting.energy.account import Trend, curve_of, programs_of
from stadtwerk.systems.lighting.energy.baselines import NAMES, Baselines, baselines_of, groups_of, lit_of
from stadtwerk.systems.lighting.energy.hours import trapezia
from stadtwerk.systems.lighting.energy.table import Table
from stadtwerk.systems.lighting.energy.things import STANDINGS, Account, Curve, Figures
from stadtwerk.systems.lighting.energy.window import HOUR_US, day_of, noons_us, window_of
from stadtwerk.systems.lighting.engine.energy.power import drawn_w, given_percent
from stadtwerk.systems.lighting.ports import Archive
from stadtwerk.systems.lighting.state import Lighting

LIT_SHARE = 0.02
"""It is night while the full class everywhere would take more than this share of what it takes when all is lit."""


def table_at_hand(lighting: Lighting) -> Table:
    """Return the survey as a table; refuses (404) while the streets are being calculated."""
    table = lighting.energy.table
    if table is None:
        done, of = lighting.energy.surveyed, len(lighting.inventory.streets.ids)
        words = f"{done:,} of {of:,} streets are done; ask again in a moment"
        raise Refused.of("surveying", "The streets are being calculated", 404, words)
    return table


def gap(figures: Iterable[Figures]) -> dict[str, Any]:
    """Return the sums of some figures, kWh, and the gap: what was taken above the bound, in points of always on.

    Where measurements are missing the gap lies between `gap_low` (those lamps dark) and `gap_high` (at full light);
    None where no class is asked.
    """
    some = list(figures)
    names = ("measured", "estimated", "unknown_low", "unknown_high", *NAMES)
    sums = {f"{name}_kwh": round(sum(getattr(one, f"{name}_kwh") for one in some), 2) for name in names}
    lamps = sum(one.lamps for one in some)
    has_class = any(one.standing != "unclassed" for one in some)

    def points(unknown: str) -> float | None:
        above = sums["measured_kwh"] + sums[f"{unknown}_kwh"] - sums["bound_kwh"]
        return round(100.0 * above / sums["always_kwh"], 2) if has_class and sums["always_kwh"] > 0 else None

    return {
        "lamps": lamps,
        "covered": round(sum(one.covered * one.lamps for one in some) / lamps, 4) if lamps else 0.0,
        **sums,
        "gap_points": points("estimated"),
        "gap_low": points("unknown_low"),
        "gap_high": points("unknown_high"),
    }


def account_view(lighting: Lighting, account: Account) -> dict[str, Any]:
    """Show a night's account: streets that keep their class first; those that miss it, or have none, apart."""
    districts = dict(zip(lighting.inventory.districts.ids, lighting.inventory.districts.names, strict=True))
    by = {name: [one for one in account.figures if one.standing == name] for name in STANDINGS}
    return {
        "day": account.id,
        "state": "done",
        "since": iso(account.since_us),
        "until": iso(account.until_us),
        "made_at": iso(account.made_at_us),
        "survey": account.survey[:16],
        "city": gap(by["kept"]),
        "apart": {name: gap(by[name]) for name in STANDINGS[1:]},
        "districts": [
            {"id": district, "name": name, **gap(one for one in by["kept"] if one.district == district)}
            for district, name in districts.items()
        ],
        "curve": curve_view(account.curve, account.since_us),
    }


def curve_view(curve: Curve, since_us: int) -> dict[str, Any]:
    """Show power by quarter hour, kW, with the middles of the quarters."""
    at = [iso(since_us + round((k + 0.5) * HOUR_US / 4)) for k in range(len(curve.program))]
    return {"at": at, "measured": curve.measured, **{name: getattr(curve, name) for name in NAMES}}


def night_view(lighting: Lighting, archive: Archive, day: str, now_us: int) -> dict[str, Any]:
    """Show a night: its account, or how far it has come; refuses one to come, and one nobody observed."""
    place = lighting.plans.place
    evening = day_of(day, place.zone, now_us)
    account = lighting.energy.nights.get(evening.isoformat())
    if account is not None:
        return account_view(lighting, account)
    span_us = noons_us(evening, place.zone)
    if span_us[0] > now_us:
        raise Refused.field("day", f"this night begins at {iso(span_us[0])}")
    found = archive.history("CityLighting", 0, span_us[0], min(span_us[1], now_us) + 1)
    if len(found["at_us"]) < 2 and now_us >= span_us[1]:
        words = f"no account of {evening} was made, and nothing was observed"
        raise Refused.of("no-account", "This night has no account", 404, words)
    table = table_at_hand(lighting)
    programs = programs_of(lighting, span_us)
    lit = lit_of(lighting, table, programs, lighting.seen["burning_h"])
    window = window_of(programs.rules, place, span_us)
    baselines = baselines_of(lit, table, window, len(groups_of(lighting.inventory)))
    trend = Trend(np.asarray(found["at_us"], np.int64), found["power_kw"])
    return {
        "day": evening.isoformat(),
        "state": "running" if now_us < span_us[1] else "waiting",
        "since": iso(span_us[0]),
        "until": iso(span_us[1]),
        "so_far": _so_far(baselines, trend, span_us),
        "curve": curve_view(curve_of(baselines, trend, span_us[1]), span_us[0]),
    }


def _so_far(baselines: Baselines, trend: Trend, span_us: tuple[int, int]) -> dict[str, Any]:
    """Return energy of all lamps between the first and the last observation, kWh, and the share of it observed."""
    known = ~np.isnan(trend.kw)
    at_us, kw = trend.at_us[known], trend.kw[known]
    kwh, hours = trapezia(at_us, kw)
    edges_us, ends = baselines.window.edges_us, at_us[[0, -1]] if len(at_us) else np.array([span_us[0]] * 2)

    def spent(name: str) -> float:
        summed = np.append(0.0, np.cumsum(baselines.city_kw(name) * baselines.window.hours))
        return round(float(np.diff(np.interp(ends, edges_us, summed))[0]), 2)

    sums = {f"{name}_kwh": spent(name) for name in NAMES}
    whole_h = float(ends[1] - ends[0]) / HOUR_US
    above = float(kwh.sum()) - sums["bound_kwh"]
    return {
        "since": iso(int(ends[0])),
        "until": iso(int(ends[1])),
        "covered": round(float(hours.sum()) / whole_h, 4) if whole_h else 0.0,
        "measured_kwh": round(float(kwh.sum()), 2),
        **sums,
        "gap_points": round(100.0 * above / sums["always_kwh"], 2) if sums["always_kwh"] > 0 else None,
    }


def now_view(lighting: Lighting, now_us: int) -> dict[str, Any]:
    """Show the present gap: power of the streets that keep their class beside the three baselines, and the last night.

    Lamps that are silent count by their programs (`estimated_kw`); the gap's ends take them dark and at full light.
    While the streets are still being calculated it tells how far that is: whoever has it on the wall waits.
    """
    table = lighting.energy.table
    if table is None:
        streets = len(lighting.inventory.streets.ids)
        return {"at": iso(now_us), "state": "surveying", "done": lighting.energy.surveyed, "of": streets}
    inventory, seen = lighting.inventory, lighting.seen
    programs = lighting.plans.in_force(now_us)
    lit = lit_of(lighting, table, programs, seen["burning_h"])
    window = window_of(programs.rules, lighting.plans.place, (now_us, now_us + US))
    groups = groups_of(inventory)
    baselines = baselines_of(lit, table, window, len(groups))
    kept = np.array([standing == STANDINGS[0] for _, standing in groups])
    of_kept = kept[lit.group]
    heard = of_kept & ~lighting.silent(now_us) & ~np.isnan(seen["power_w"])
    kw = {f"{name}_kw": round(float(baselines.kw[name][kept, 0].sum()), 2) for name in NAMES}
    silent_share = 1.0 - float(heard.sum()) / max(int(of_kept.sum()), 1)
    measured_kw = float(seen["power_w"][heard].sum()) / 1000.0
    silent = of_kept & ~heard
    asked = given_percent(lit.driver[silent], window.program[lit.program[silent], 0])
    estimated_kw = float(drawn_w(lit.driver[silent], lit.full_w[silent], asked).sum()) / 1000.0
    full_kw = float(lit.full_w[silent].sum()) / 1000.0
    # Half an hour of dusk is no night: where next to nothing would be lit, points mean nothing.
    whole_kw = float(lit.full_w[of_kept].sum()) / 1000.0
    is_night = kw["always_kw"] > LIT_SHARE * whole_kw and bool(window.lit.any())

    def points(unknown_kw: float) -> float | None:
        return round(100.0 * (measured_kw + unknown_kw - kw["bound_kw"]) / kw["always_kw"], 2) if is_night else None

    return {
        "at": iso(now_us),
        "state": "night" if is_night else "day",
        "covered": round(1.0 - silent_share, 4),
        "measured_kw": round(measured_kw, 2),
        "estimated_kw": round(estimated_kw, 2),
        **kw,
        "gap_points": points(estimated_kw),
        "gap_low": points(0.0),
        "gap_high": points(full_kw),
        "streets": dict(Counter(one.standing for one in table.survey.streets)),
        "last": _last(lighting),
    }


def _last(lighting: Lighting) -> dict[str, Any] | None:
    day = max((one.id for one in lighting.energy.nights), default="")
    account = lighting.energy.nights.get(day)
    return {"day": day, **gap(one for one in account.figures if one.standing == STANDINGS[0])} if account else None


def nights_view(lighting: Lighting, until: str, now_us: int) -> dict[str, Any]:
    """Show a year of nights up to a day ("" = the last one) in columns: streets that keep their class, kWh and gap."""
    zone = lighting.plans.place.zone
    last = day_of(until, zone, now_us)
    first = last - timedelta(days=364)
    some = sorted(
        (one for one in lighting.energy.nights if first.isoformat() <= one.id <= last.isoformat()),
        key=lambda one: one.id,
    )
    rows = [gap(one for one in night.figures if one.standing == STANDINGS[0]) for night in some]
    return {
        "first": first.isoformat(),
        "last": last.isoformat(),
        "day": [one.id for one in some],
        **{name: [row[name] for row in rows] for name in (rows[0] if rows else gap(()))},
    }
