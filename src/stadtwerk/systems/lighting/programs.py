"""Programs as people plan with them: a whole year night by night, its hours and energy, and what a change would do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from stadtwerk.engines.sun import RIM_DEG, sun_crossings
from stadtwerk.kernel.clock import US, iso
from stadtwerk.kernel.observation import Rows, Times
from stadtwerk.kernel.refusal import Refused
from stadtwerk.kernel.system import Query
from stadtwerk.systems.lighting.engine.program import Place, Rule, Steps, place_of, program_steps, rule_of
from stadtwerk.systems.lighting.state import Lighting
from stadtwerk.systems.lighting.views import STANDBY_W, curve
from stadtwerk.vocab.lighting import Id

HALF_DAY_MIN = 720
NOON = time(12)
_CURVE_W = 1000.0
"""Power at which a kind's curve is read, so that its rounding does not show."""

Percent = Annotated[float, msgspec.Meta(ge=0, le=100)]
WallTime = Annotated[str, msgspec.Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class OfPrograms(msgspec.Struct, frozen=True):
    """A question without parameters."""


class OfYear(msgspec.Struct, frozen=True):
    """A question about a program's year, as it is or on trial: a value given takes the place of the program's own.

    `dim_from` equal to `dim_until`: never dimmed.
    """

    program: Id
    on_elevation_deg: Annotated[float, msgspec.Meta(ge=-12, le=6)] | None = None
    full_percent: Percent | None = None
    dim_percent: Percent | None = None
    dim_from: WallTime | None = None
    dim_until: WallTime | None = None


def programs_view(lighting: Lighting, now_us: int) -> dict[str, Any]:
    """Show all programs with what each says, how many lamps follow it and their nominal power."""
    inventory = lighting.inventory
    shown = []
    for row, name in enumerate(inventory.program_ids):
        mine = inventory.program == row
        kw = round(float(inventory.power_w[mine].sum()) / 1000, 1)
        shown.append({**_program(lighting, name), "lamps": int(mine.sum()), "power_kw": kw})
    return {"at": iso(now_us), "programs": shown}


def year_view(lighting: Lighting, asked: OfYear, now_us: int) -> dict[str, Any]:
    """Show a program's nights of this year, noon to noon: level by wall time, sun, hours at each level, energy.

    Columns: step k begins in night `steps.night[k]` (0 = the night of 1 January) at `steps.minute[k]` minutes of wall
    time after noon with `steps.level[k]` percent; `sunset` and `sunrise` are minutes by night, None where there is
    none; `shifts` are minutes that the clock is put forward (+) or back (-) in a night.
    """
    inventory = lighting.inventory
    if asked.program not in inventory.program_ids:
        raise Refused.of(
            "unknown-program", "There is no such program", 404, f"no program {asked.program!r} in this city"
        )
    rule, place = rule_of(inventory.city["programs"][asked.program]), place_of(inventory.city)
    given = {name: value for name in Rule._fields if (value := getattr(asked, name)) is not None}
    tried = rule._replace(**given)
    year = datetime.fromtimestamp(now_us / US, ZoneInfo(place.zone)).year
    noons_us = _noons_us(place.zone, year)
    steps = _year_steps(tried, place, year)
    edges_us = np.append(steps.at_us, noons_us[-1])
    hours = np.diff(edges_us) / (3600 * US)
    levels = np.unique(steps.levels)
    by_level = {float(level): float(hours[steps.levels == level].sum()) for level in levels.tolist()}
    mine = np.flatnonzero(inventory.program == inventory.program_ids.index(asked.program)).astype(np.int32)
    night, minute = _by_night(steps.at_us, noons_us, place.zone)
    return {
        "at": iso(now_us),
        "year": year,
        "tonight": _tonight(now_us, noons_us),
        "program": _program(lighting, asked.program),
        "tried": tried._asdict(),
        "lamps": len(mine),
        "steps": {"night": night, "minute": minute, "level": steps.levels.tolist()},
        **_sun(place, year),
        "shifts": _shifts(noons_us),
        "hours": [{"level_percent": level, "hours": round(spent, 1)} for level, spent in by_level.items()],
        "energy_kwh": round(_energy_kwh(lighting, mine, by_level)),
    }


def _program(lighting: Lighting, name: str) -> dict[str, Any]:
    program = lighting.inventory.city["programs"][name]
    return {"id": name, "title": program["title"], **rule_of(program)._asdict()}


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


QUERIES = (
    Query(
        "/lighting/programs",
        "The programs that lamps follow by themselves",
        OfPrograms,
        lambda lighting, archive, asked, now_us: programs_view(lighting, now_us),
    ),
    Query(
        "/lighting/programs/year",
        "A program's year: each night, hours, energy; as it is or on trial",
        OfYear,
        lambda lighting, archive, asked, now_us: year_view(lighting, asked, now_us),
    ),
)
