"""Which program rules which night: against a calendar made with pandas and a computed Easter, and in every corner."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pandas as pd
import pytest
from dateutil.easter import easter
from hypothesis import given
from hypothesis import strategies as st

from stadtwerk.kernel.clock import US
from stadtwerk.systems.lighting.plans.nights import (
    holidays_of,
    means,
    night_of,
    noon_us,
    program_of,
    rule_faults,
    ruling,
)
from stadtwerk.systems.lighting.plans.things import Calendar, CalendarRule

BERLIN = "Europe/Berlin"
HOLIDAYS = holidays_of({"holidays": "DE-NW"})
WEEK = ("mo", "tu", "we", "th", "fr", "sa", "su")
FIXED = ("01-01", "05-01", "10-03", "11-01", "12-25", "12-26")
MOVED = (-2, 1, 39, 50, 60)
"""Days after Easter Sunday: Good Friday, Easter Monday, Ascension, Whit Monday, Corpus Christi (FeiertagsG NW, § 2)."""

DAYS = st.dates(date(2001, 1, 1), date(2099, 12, 31))
CALENDAR = Calendar(
    "all-night",
    (
        CalendarRule("late", start_date="--12-31", end_date="--12-31"),
        CalendarRule("dark", start_date="2027-06-01", end_date="2027-06-30"),
        CalendarRule("feast", holidays="only"),
        CalendarRule("winter-week", start_date="--11-15", end_date="--02-28", weekdays=("mo", "tu", "we", "th")),
        CalendarRule("weekend", weekdays=("fr", "sa")),
        CalendarRule("summer", start_date="--05-01", end_date="--08-31", holidays="not"),
    ),
)


def nrw(year: int) -> set[date]:
    """Return North Rhine-Westphalia's eleven public holidays by its law and a computed Easter."""
    fixed = {date.fromisoformat(f"{year}-{day}") for day in FIXED}
    return fixed | {easter(year) + timedelta(days=n) for n in MOVED}


@pytest.mark.parametrize("year", range(2020, 2040))
def test_the_public_holidays_are_those_of_the_law(year: int) -> None:
    assert set(HOLIDAYS(year)) == nrw(year)
    assert all(names.keys() == {"de", "en"} for names in HOLIDAYS(year).values())


@pytest.mark.parametrize("year", [2026, 2027, 2028])
def test_a_whole_year_against_a_table_written_bottom_up(year: int) -> None:
    """The judge writes the last rule first and lets the earlier ones overwrite it, over pandas' days."""
    days = pd.date_range(f"{year}-01-01", f"{year}-12-31", freq="D")
    told = pd.Series("all-night", index=days)
    feast = days.isin(pd.DatetimeIndex(sorted(nrw(year))))
    told[(days.month >= 5) & (days.month <= 8) & ~feast] = "summer"
    told[days.day_of_week.isin([4, 5])] = "weekend"
    cold = (days.month == 12) | (days.month <= 2) & ~((days.month == 2) & (days.day == 29))
    cold |= (days.month == 11) & (days.day >= 15)
    told[cold & (days.day_of_week <= 3)] = "winter-week"
    told[feast] = "feast"
    if year == 2027:
        told[days.month == 6] = "dark"
    told[(days.month == 12) & (days.day == 31)] = "late"
    assert [program_of(CALENDAR, day.date(), HOLIDAYS) for day in days] == told.tolist()


def test_the_29th_of_february_belongs_to_leap_years_alone() -> None:
    leap = CalendarRule("x", start_date="--02-29", end_date="--02-29")
    days = [date(2027, 2, 27) + timedelta(days=n) for n in range(900)]
    assert [day for day in days if means(leap, day, HOLIDAYS)] == [date(2028, 2, 29)]
    over = CalendarRule("x", start_date="--02-29", end_date="--03-02")
    assert [day.isoformat() for day in days[:8] if means(over, day, HOLIDAYS)] == ["2027-03-01", "2027-03-02"]


@pytest.mark.parametrize("evening", ["2026-03-28", "2026-10-24", "2028-02-28", "2028-02-29", "2026-12-31"])
def test_a_night_lasts_from_noon_to_noon_whatever_the_clock_does(evening: str) -> None:
    night = date.fromisoformat(evening)
    begin_us, end_us = noon_us(night, BERLIN), noon_us(night + timedelta(days=1), BERLIN)
    assert (end_us - begin_us) / (3600 * US) == {"2026-03-28": 23, "2026-10-24": 25}.get(evening, 24)
    assert {night_of(at_us, BERLIN) for at_us in (begin_us, begin_us + 13 * 3600 * US, end_us - 1)} == {night}
    assert night_of(end_us, BERLIN) == night + timedelta(days=1)
    assert night_of(begin_us - 1, BERLIN) == night - timedelta(days=1)


@given(
    st.integers(1_000_000_000, 4_000_000_000), st.sampled_from([BERLIN, "UTC", "Asia/Kathmandu", "Pacific/Auckland"])
)
def test_every_instant_lies_in_its_night(second: int, zone: str) -> None:
    night = night_of(second * US, zone)
    assert noon_us(night, zone) <= second * US < noon_us(night + timedelta(days=1), zone)
    assert datetime.fromtimestamp(noon_us(night, zone) / US, ZoneInfo(zone)).time() == time(12)


EDGES = st.one_of(
    st.none(),
    st.dates(date(2024, 1, 1), date(2030, 12, 31)).map(date.isoformat),
    st.dates(date(2000, 1, 1), date(2000, 12, 31)).map(lambda day: f"-{day.isoformat()[4:]}"),
)
RULES = st.builds(
    CalendarRule,
    st.sampled_from(["p0", "p1", "p2", "p3"]),
    EDGES,
    EDGES,
    st.lists(st.sampled_from(WEEK), unique=True, max_size=7).map(tuple),
    st.sampled_from(["any", "not", "only", "as-sunday"]),
).filter(lambda rule: not rule_faults(0, rule))
CALENDARS = st.builds(Calendar, st.just("rest"), st.lists(RULES, max_size=6).map(tuple))


def said(rule: CalendarRule, day: date) -> bool:
    """Tell in another way whether a rule means a day: by numbers of days, with the law's own holidays."""
    start, end = rule.start_date, rule.end_date
    number, late = day.month * 100 + day.day, True
    marks = [int(edge[2:4]) * 100 + int(edge[5:]) if edge and edge[0] == "-" else None for edge in (start, end)]
    if marks[0] is not None and marks[1] is not None:
        late = number in range(marks[0], marks[1] + 1) if marks[0] <= marks[1] else not marks[1] < number < marks[0]
    else:
        late &= marks[0] is None or number >= marks[0]
        late &= marks[1] is None or number <= marks[1]
    late &= not start or start[0] == "-" or day >= date.fromisoformat(start)
    late &= not end or end[0] == "-" or day <= date.fromisoformat(end)
    feast, weekday = day in nrw(day.year), day.weekday()
    wanted = {WEEK.index(name) for name in rule.weekdays} or set(range(7))
    return (
        late
        and {
            "any": weekday in wanted,
            "not": not feast and weekday in wanted,
            "only": feast and weekday in wanted,
            "as-sunday": (6 if feast else weekday) in wanted,
        }[rule.holidays]
    )


@given(CALENDARS, st.dates(date(2024, 1, 1), date(2030, 12, 31)))
def test_of_overlapping_rules_the_first_wins(calendar: Calendar, day: date) -> None:
    matching = [place for place, rule in enumerate(calendar.rules) if said(rule, day)]
    assert ruling(calendar, day, HOLIDAYS) == (matching[0] if matching else -1)
    program = calendar.rules[matching[0]].program if matching else "rest"
    assert program_of(calendar, day, HOLIDAYS) == program
    assert program in calendar.programs()


@given(CALENDARS)
def test_a_calendar_comes_back_from_its_document(calendar: Calendar) -> None:
    assert msgspec.json.decode(msgspec.json.encode(calendar), type=Calendar) == calendar


@pytest.mark.parametrize(
    ("dates", "words"),
    [
        ({"start_date": "--02-30"}, "no such day: --02-30"),
        ({"end_date": "2027-02-29"}, "no such day: 2027-02-29"),
        ({"start_date": "2027-01-01", "end_date": "--03-01"}, "both dates of one year"),
        ({"start_date": "2027-03-02", "end_date": "2027-03-01"}, "comes before the start"),
        ({"start_date": "--11-15", "end_date": "--02-28"}, ""),
        ({"start_date": "--02-29"}, ""),
    ],
)
def test_wrong_dates_are_named(dates: Mapping[str, Any], words: str) -> None:
    faults = rule_faults(3, CalendarRule("x", **dates))
    assert [words in fault.detail for fault in faults] == ([True] if words else [])
    assert all(fault.field.startswith("rules[3].") for fault in faults)
