"""The face of schedules: a system of the house like any other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from stadtwerk.kernel.schedule.calendar import Calendar
from stadtwerk.kernel.schedule.commands import COMMANDS
from stadtwerk.kernel.schedule.decide import decide, needs
from stadtwerk.kernel.schedule.evolve import evolve
from stadtwerk.kernel.schedule.plan import Schedules
from stadtwerk.kernel.schedule.public_holidays import public_holidays
from stadtwerk.kernel.schedule.queries import QUERIES
from stadtwerk.kernel.system import CityFolder, Part, System

Sun = Callable[[float, float, str, date], Mapping[str, int]]
"""Given longitude and latitude (degrees), a time zone and a local day, when its sun events are, microseconds UTC."""

REGION = "DE-NW"
"""Whose public holidays hold where a city's folder names no `holidays` of its own (ISO 3166-2)."""


def make_calendar(city: Mapping[str, Any], sun: Sun) -> Calendar:
    """Make the calendar of a city from its facts."""
    lon, lat = city["centre"]
    holidays = partial(public_holidays, city.get("holidays", REGION))
    return Calendar(ZoneInfo(city["timezone"]), partial(sun, lon, lat, city["timezone"]), holidays)


def schedule_system(sun: Sun) -> System:
    """Make the system of schedules, given who knows the sun."""

    def make(folder: CityFolder) -> Schedules:
        return Schedules(make_calendar(folder.city, sun))

    def meet(schedules: Schedules, parts: Mapping[str, Part]) -> None:
        schedules.parts = parts

    return System(
        name="schedule",
        commands=COMMANDS,
        queries=QUERIES,
        make=make,
        decide=decide,
        evolve=evolve,
        recall=Schedules.recall,
        needs=needs,
        meet=meet,
    )
