"""Programs and calendars of the city in TALQ's form: nights as date rules, each night's light by sun event and hour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from stadtwerk.engines.sun import RIM_DEG, sun_crossings
from stadtwerk.kernel.clock import US
from stadtwerk.protocols.talq.model import Document


class Light(NamedTuple):
    """A program: on below a sun elevation (degrees), levels in percent, dimmed hours in wall time, equal: never."""

    name: str
    on_elevation_deg: float
    full_percent: float
    dim_percent: float
    dim_from: str
    dim_until: str


class Place(NamedTuple):
    """Where it is followed: degrees and IANA time zone."""

    lon: float
    lat: float
    zone: str


class TalqPlan(NamedTuple):
    """A calendar and the programs it names, as a gateway is told."""

    calendar: Document
    programs: list[Document]


def talq_plan(name: str, owner: str, first: date, nights: Sequence[Light], place: Place) -> TalqPlan:
    """Write a plan for nights from `first` on: TALQ knows sunset and sunrise with offsets in minutes, not elevations.

    A night's offsets are those of that night, so light comes and goes within half a minute of the city's own program.
    """
    programs: dict[str, Document] = {}
    named = []
    for night, light in _nights(first, nights):
        one = _program(owner, light, _period(light, night, place))
        programs[one["id"]] = one
        named.append((night, one["id"]))
    rules = []
    for program, run in groupby(named, key=lambda pair: pair[1]):
        days = [night.isoformat() for night, _ in run]
        rules.append({"startDate": days[0], "endDate": days[-1], "program": program})
    calendar = {"id": name, "ownerCMS": owner, "rules": rules, "defaultProgram": named[-1][1]}
    return TalqPlan(calendar, list(programs.values()))


def _nights(first: date, nights: Sequence[Light]) -> Iterator[tuple[date, Light]]:
    return ((first + timedelta(days=n), light) for n, light in enumerate(nights))


def _program(owner: str, light: Light, period: Document | None) -> Document:
    """Write a program; one without a period gives no light."""
    mark = "off" if period is None else ".".join(str(value) for key, value in period.items() if key != "name")
    levels = {light.dim_from: light.dim_percent, light.dim_until: light.full_percent}
    if light.dim_from == light.dim_until:
        levels = {"00:00": light.full_percent}
    if period is None:
        levels = {"00:00": 0.0}
    controls = [
        {"startTime": f"{clock}:00", "command": {"state": {"name": "LevelState", "value": round(percent)}}}
        for clock, percent in sorted(levels.items())
    ]
    return {
        "id": f"{light.name}.{mark}",
        "ownerCMS": owner,
        "type": "ControlProgramOne",
        "activePeriods": [period] if period is not None else [],
        "fixedTimeControls": controls,
    }


def _period(light: Light, night: date, place: Place) -> Document | None:
    """Return when a program is active in a night, None for never."""
    noons = (datetime.combine(night + timedelta(days=n), time(12), ZoneInfo(place.zone)) for n in (0, 1))
    begin_us, end_us = (round(noon.timestamp()) * US for noon in noons)
    dark_us, dark_first = sun_crossings(place.lon, place.lat, (begin_us, end_us), light.on_elevation_deg)
    rim_us, _ = sun_crossings(place.lon, place.lat, (begin_us, end_us), RIM_DEG)
    if len(dark_us) == len(rim_us) == 2 and not dark_first:
        offsets = np.rint((dark_us - rim_us) / (60 * US)).astype(int).tolist()
        return {"name": "AstroClockActivePeriod", "sunsetOffset": offsets[0], "sunriseOffset": offsets[1]}
    if dark_first:
        return {"name": "AbsoluteActivePeriod", "startTime": "12:00:00", "endTime": "12:00:00"}
    if not len(dark_us):
        return None
    hours = [datetime.fromtimestamp(at / US, ZoneInfo(place.zone)).strftime("%H:%M:00") for at in dark_us.tolist()]
    return {"name": "AbsoluteActivePeriod", "startTime": hours[0], "endTime": hours[-1]}
