"""Which program rules a night: the first rule that means it, else the default. A night lasts from noon to noon."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from stadtwerk.kernel.clock import US
from stadtwerk.kernel.refusal import Fault
from stadtwerk.kernel.schedule.calendar import means_day
from stadtwerk.kernel.schedule.public_holidays import Names, public_holidays
from stadtwerk.kernel.schedule.system import REGION
from stadtwerk.systems.lighting.plans.things import Calendar, CalendarRule

HALF_DAY, NOON = timedelta(hours=12), time(12)
LEAP = "2000"
"""A year that has every day there is."""

HolidaysOf = Callable[[int], Mapping[date, Names]]
"""A year's public holidays with their names."""


def holidays_of(city: Mapping[str, Any]) -> HolidaysOf:
    """Return who knows a city's public holidays; they are looked up only where a rule asks for them."""
    return partial(public_holidays, city.get("holidays", REGION))


def night_of(at_us: int, zone: str) -> date:
    """Return the day on whose evening the night of an instant began: from noon to noon of wall time."""
    return (datetime.fromtimestamp(at_us / US, ZoneInfo(zone)).replace(tzinfo=None) - HALF_DAY).date()


def noon_us(night: date, zone: str) -> int:
    """Return when a night begins, microseconds UTC."""
    return round(datetime.combine(night, NOON, ZoneInfo(zone)).timestamp()) * US


def ruling(calendar: Calendar, night: date, holidays: HolidaysOf) -> int:
    """Return the place of the rule that rules a night, -1 for the default program."""
    return next((place for place, rule in enumerate(calendar.rules) if means(rule, night, holidays)), -1)


def program_of(calendar: Calendar, night: date, holidays: HolidaysOf) -> str:
    """Return the program that rules a night."""
    place = ruling(calendar, night, holidays)
    return calendar.rules[place].program if place >= 0 else calendar.default_program


def means(rule: CalendarRule, night: date, holidays: HolidaysOf) -> bool:
    """Tell whether a rule means a night."""
    dated = _within(rule, night)
    return dated and means_day(rule.weekdays, rule.holidays, night, lambda day: day in holidays(day.year))


def _within(rule: CalendarRule, night: date) -> bool:
    """Tell whether a night lies between a rule's dates; the day of every year compares by month and day."""
    start, end = rule.start_date or "", rule.end_date or ""
    day = night.isoformat()
    after = not start or start <= _like(start, day)
    before = not end or _like(end, day) <= end
    if start.startswith("--") and end.startswith("--") and end < start:
        return after or before
    return after and before


def _like(edge: str, day: str) -> str:
    """Write a day as an edge is written."""
    return f"-{day[4:]}" if edge.startswith("--") else day


def rule_faults(place: int, rule: CalendarRule) -> list[Fault]:
    """Tell everything wrong with the dates of a calendar's rule."""
    named = ((f"rules[{place}].{name}", getattr(rule, name) or "") for name in ("start_date", "end_date"))
    faults = [Fault(name, f"no such day: {text}") for name, text in named if text and not _is_day(text)]
    start, end = rule.start_date or "", rule.end_date or ""
    if not faults and start and end and start.startswith("--") != end.startswith("--"):
        faults.append(Fault(f"rules[{place}].end_date", "both dates of one year, or both of every year"))
    if not faults and not start.startswith("--") and end and start > end:
        faults.append(Fault(f"rules[{place}].end_date", "comes before the start"))
    return faults


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text.replace("--", f"{LEAP}-", 1) if text.startswith("--") else text)
    except ValueError:
        return False
    return True
