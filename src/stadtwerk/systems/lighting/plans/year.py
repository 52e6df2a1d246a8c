"""A year of a program or a calendar: night by night, its hours and energy, and what a change would do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Annotated, Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from stadtwerk.engines.sun import RIM_DEG, sun_crossings
from stadtwerk.kernel.clock import US, iso
from stadtwerk.kernel.limits import CALENDAR_RULES
from stadtwerk.kernel.observation import Rows, Times
from stadtwerk.kernel.refusal import Refused, invalid
from stadtwerk.systems.lighting.engine.program import Place, Rule, Steps, nightly_steps, program_steps
from stadtwerk.systems.lighting.plans.checks import calendar_faults, plan_named
from stadtwerk.systems.lighting.plans.nights import NOON, ruling
from stadtwerk.systems.lighting.plans.things import (
    Calendar,
    CalendarRule,
    Elevation,
    Percent,
    PlanId,
    Program,
    WallTime,
)
from stadtwerk.systems.lighting.state import Lighting
from stadtwerk.systems.lighting.views import STANDBY_W, curve
from stadtwerk.vocab.lighting import Id

HALF_DAY_MIN = 720
_CURVE_W = 1000.0
"""Power at which a kind's curve is read, so that its rounding does not show."""


class OfYear(msgspec.Struct, frozen=True):
    """A question about a program's year, as it is or on trial: a value given takes the place of the program's own.

    `dim_from` equal to `dim_until`: never dimmed.
    """

    program: Id
    on_elevation_deg: Elevation | None = None
    full_percent: Percent | None = None
    dim_percent: Percent | None = None
    dim_from: WallTime | None = None
    dim_until: WallTime | None = None


class OfCalendarYear(msgspec.Struct, frozen=True):
    """A question about a calendar's year."""

    calendar: Id


class Draft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A calendar on trial, for the lamps that follow the calendar of this id, if any."""

    default_program: PlanId
    rules: Annotated[tuple[CalendarRule, ...], msgspec.Meta(max_length=CALENDAR_RULES)] = ()
    id: str = ""


class Nights(NamedTuple):
    """What rules each night of a year: programs by id, and the place of each night's program in them."""

    programs: Mapping[str, Program]
    of_night: Sequence[int]


def year_view(lighting: Lighting, asked: OfYear, now_us: int) -> dict[str, Any]:
    """Show a program's nights of this year; refuses one that is not there."""
    plan, version = plan_named(lighting.plans, asked.program)
    if not isinstance(version.content, Program):
        raise Refused.of("unknown-plan", "There is no such program or calendar", 404, f"{plan.id} is no program")
    own = version.content
    given = {name: value for name in Rule._fields if (value := getattr(asked, name)) is not None}
    tried = msgspec.structs.replace(own, **given)
    year = _year_of(lighting, now_us)
    of_night = [0] * (len(_noons_us(lighting.plans.place.zone, year)) - 1)
    mine = lighting.plans.followed(now_us).rows(plan.id)
    shown = {"program": {"id": plan.id, "title": version.title, **_said(own)}, "tried": _said(tried)}
    return {**shown, **_year(lighting, Nights({plan.id: tried}, of_night), mine, now_us)}


def calendar_year_view(lighting: Lighting, calendar_id: str, now_us: int) -> dict[str, Any]:
    """Show a calendar's nights of this year, which rule and program rules each; refuses one that is not there."""
    plan, version = plan_named(lighting.plans, calendar_id)
    if not isinstance(version.content, Calendar):
        raise Refused.of("unknown-plan", "There is no such program or calendar", 404, f"{plan.id} is no calendar")
    return _calendar_year(lighting, plan.id, version.content, now_us)


def draft_view(lighting: Lighting, draft: Draft, now_us: int) -> dict[str, Any]:
    """Show the year of a calendar on trial; refuses what could not be saved either."""
    calendar = Calendar(draft.default_program, draft.rules)
    if faults := calendar_faults(lighting.plans, calendar):
        raise Refused(invalid(tuple(faults)))
    return _calendar_year(lighting, draft.id, calendar, now_us)


def _calendar_year(lighting: Lighting, calendar_id: str, calendar: Calendar, now_us: int) -> dict[str, Any]:
    plans, year = lighting.plans, _year_of(lighting, now_us)
    nights = [date(year, 1, 1) + timedelta(days=n) for n in range(len(_noons_us(plans.place.zone, year)) - 1)]
    rules = [ruling(calendar, night, plans.holidays) for night in nights]
    names = calendar.programs()
    of_night = [names.index(calendar.rules[rule].program if rule >= 0 else names[0]) for rule in rules]
    programs = {name: plans.program(name, now_us) for name in names}
    holidays = plans.holidays(year)
    mine = plans.followed(now_us).rows(calendar_id)
    return {
        "rule": rules,
        "holidays": [{"night": k, "name": holidays[night]} for k, night in enumerate(nights) if night in holidays],
        **_year(lighting, Nights(programs, of_night), mine, now_us),
    }


def _year(lighting: Lighting, nights: Nights, mine: Rows, now_us: int) -> dict[str, Any]:
    """Work a year out, noon to noon: level by wall time, sun, hours at each level, energy.

    Columns: step k begins in night `steps.night[k]` (0 = the night of 1 January) at `steps.minute[k]` minutes of wall
    time after noon with `steps.level[k]` percent; `sunset` and `sunrise` are minutes by night, None where there is
    none; `shifts` are minutes that the clock is put forward (+) or back (-) in a night.
    """
    place, year = lighting.plans.place, _year_of(lighting, now_us)
    noons_us = _noons_us(place.zone, year)
    whole = [_year_steps(program.rule(), place, year) for program in nights.programs.values()]
    steps = nightly_steps(whole, nights.of_night, noons_us)
    hours = np.diff(np.append(steps.at_us, noons_us[-1])) / (3600 * US)
    levels = np.unique(steps.levels)
    by_level = {float(level): float(hours[steps.levels == level].sum()) for level in levels.tolist()}
    night, minute = _by_night(steps.at_us, noons_us, place.zone)
    return {
        "at": iso(now_us),
        "year": year,
        "tonight": _tonight(now_us, noons_us),
        "programs": [{"id": name, **_said(program)} for name, program in nights.programs.items()],
        "of_night": list(nights.of_night),
        "lamps": len(mine),
        "steps": {"night": night, "minute": minute, "level": steps.levels.tolist()},
        **_sun(place, year),
        "shifts": _shifts(noons_us),
        "hours": [{"level_percent": level, "hours": round(spent, 1)} for level, spent in by_level.items()],
        "energy_kwh": round(_energy_kwh(lighting, mine, by_level)),
    }


def _year_of(lighting: Lighting, now_us: int) -> int:
    return datetime.fromtimestamp(now_us / US, ZoneInfo(lighting.plans.place.zone)).year


def _said(program: Program) -> dict[str, Any]:
    return program.rule()._asdict()


def _noons_us(zone: str, year: int) -> Times:
    """Return the noons of a year and the first of the next, (nights + 1,) microseconds UTC."""
    days = (date(year + 1, 1, 1) - date(year, 1, 1)).days + 1
    noons = (datetime.combine(date(year, 1, 1) + timedelta(days=n), NOON, ZoneInfo(zone)) for n in range(days))
    return np.array([round(noon.timestamp()) * US for noon in noons], np.int64)


@lru_cache(maxsize=64)
def _year_steps(rule: Rule, place: Place, year: int) -> Steps:
    noons_us = _noons_us(place.zone, year)
    return program_steps(rule, place, (int(noons_us[0]), int(noons_us[-1])))


@lru_cache(maxsize=8)
def _sun(place: Place, year: int) -> Mapping[str, list[int | None]]:
    """Return the wall minutes after noon of each night's sunset and sunrise."""
    noons_us = _noons_us(place.zone, year)
    at_us, below = sun_crossings(place.lon, place.lat, (int(noons_us[0]), int(noons_us[-1])), RIM_DEG)
    night, minute = _by_night(at_us, noons_us, place.zone)
    times: dict[str, list[int | None]] = {name: [None] * (len(noons_us) - 1) for name in ("sunset", "sunrise")}
    for row, (at, wall) in enumerate(zip(night, minute, strict=True)):
        times["sunrise" if (row % 2 == 0) == below else "sunset"][at] = wall
    return times


def _by_night(at_us: Times, noons_us: Times, zone: str) -> tuple[list[int], list[int]]:
    """Tell to which night each time belongs and how many minutes of wall time after its noon it is."""
    nights = np.searchsorted(noons_us, at_us, side="right") - 1
    walls = [datetime.fromtimestamp(us / US, ZoneInfo(zone)) for us in at_us.tolist()]
    return nights.tolist(), [(wall.hour * 60 + wall.minute - HALF_DAY_MIN) % 1440 for wall in walls]


def _shifts(noons_us: Times) -> list[dict[str, int]]:
    """List the nights in which the clock changes: a night of 23 hours puts it an hour forward."""
    minutes = 1440 - np.diff(noons_us) // (60 * US)
    return [{"night": night, "minutes": int(minutes[night])} for night in np.flatnonzero(minutes).tolist()]


def _tonight(now_us: int, noons_us: Times) -> int:
    """Return the night of now; the morning of 1 January is shown as the year's first."""
    return max(int(np.searchsorted(noons_us, now_us, side="right")) - 1, 0)


def _energy_kwh(lighting: Lighting, mine: Rows, by_level: Mapping[float, float]) -> float:
    """Sum the lamps' energy over hours at levels by their nominal curves; lamps that only switch give the next step."""
    inventory = lighting.inventory
    kinds = np.array(inventory.text["lamp_type"])[mine]
    kwh = 0.0
    for kind in np.unique(kinds).tolist():
        nominal_w = float(inventory.power_w[mine][kinds == kind].sum())
        n = int((kinds == kind).sum())
        points = curve(kind, _CURVE_W + STANDBY_W)
        for level, hours in by_level.items():
            share = np.interp(
                _given(kind, level),
                [point["level_percent"] for point in points],
                [(point["power_w"] - STANDBY_W) / _CURVE_W for point in points],
            )
            kwh += hours * (n * STANDBY_W + float(share) * (nominal_w - n * STANDBY_W)) / 1000
    return kwh


def _given(kind: str, level: float) -> float:
    """Return the light a lamp gives when asked for a level, percent: sodium knows 50 and 100, mercury 100."""
    if kind == "led" or level == 0:
        return level
    return 50.0 if kind == "hst" and level < 75 else 100.0
