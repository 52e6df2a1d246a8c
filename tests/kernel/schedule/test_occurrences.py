"""When a rule happens: golden days around summer time, leap years, year ends and holidays, and properties of all rules."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stadtwerk.engines.sun import sun_times
from stadtwerk.kernel.schedule.calendar import Calendar, instants, means, occurrences
from stadtwerk.kernel.schedule.public_holidays import public_holidays
from stadtwerk.kernel.schedule.rule import WEEKDAYS, Interval, Rule, SunTime, rule_faults

BERLIN = ZoneInfo("Europe/Berlin")
CALENDAR = Calendar(BERLIN, partial(sun_times, 6.76, 51.43, "Europe/Berlin"), partial(public_holidays, "DE-NW"))


def us(text: str) -> int:
    """Read an instant; without zone it is the city's."""
    moment = datetime.fromisoformat(text)
    return round((moment if moment.tzinfo else moment.replace(tzinfo=BERLIN)).timestamp()) * 1_000_000


def said(rule: Rule, after: str, n: int) -> list[str]:
    """Write the next occurrences as the city's clocks show them, with the offset."""
    found = islice(occurrences(rule, CALENDAR, us(after)), n)
    return [datetime.fromtimestamp(at / 1e6, BERLIN).isoformat(timespec="minutes") for at in found]


GOLDEN = {
    "spring forward: 02:30 does not exist, it counts from the offset before the gap": (
        Rule(times=("02:30",)),
        "2027-03-26T12:00",
        ["2027-03-27T02:30+01:00", "2027-03-28T03:30+02:00", "2027-03-29T02:30+02:00"],
    ),
    "autumn back: 02:30 comes twice, the first counts": (
        Rule(times=("02:30",)),
        "2026-10-24T12:00",
        ["2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00"],
    ),
    "spring forward: two times that fall together happen once": (
        Rule(times=("02:30", "03:30")),
        "2027-03-27T12:00",
        ["2027-03-28T03:30+02:00", "2027-03-29T02:30+02:00"],
    ),
    "an interval counts real hours: 25 in autumn": (
        Rule(interval=Interval(every_s=21_600), dates=("2026-10-25",)),
        "2026-10-24T12:00",
        [
            "2026-10-25T00:00+02:00",
            "2026-10-25T05:00+01:00",
            "2026-10-25T11:00+01:00",
            "2026-10-25T17:00+01:00",
            "2026-10-25T23:00+01:00",
        ],
    ),
    "29 February": (
        Rule(times=("12:00",), months=(2,), month_days=(29,)),
        "2026-01-01T00:00",
        ["2028-02-29T12:00+01:00", "2032-02-29T12:00+01:00"],
    ),
    "the last day of each month": (
        Rule(times=("23:00",), month_days=(-1,)),
        "2028-01-15T00:00",
        ["2028-01-31T23:00+01:00", "2028-02-29T23:00+01:00", "2028-03-31T23:00+02:00"],
    ),
    "over the year's end": (
        Rule(times=("00:00",), weekdays=("fr",)),
        "2026-12-31T23:59",
        ["2027-01-01T00:00+01:00", "2027-01-08T00:00+01:00"],
    ),
    "working days only, Christmas on a Friday": (
        Rule(times=("08:00",), weekdays=("mo", "tu", "we", "th", "fr"), holidays="not"),
        "2026-12-23T09:00",
        ["2026-12-24T08:00+01:00", "2026-12-28T08:00+01:00"],
    ),
    "holidays as Sundays": (
        Rule(times=("08:00",), weekdays=("su",), holidays="as-sunday"),
        "2026-05-09T09:00",
        [
            "2026-05-10T08:00+02:00",
            "2026-05-14T08:00+02:00",
            "2026-05-17T08:00+02:00",
            "2026-05-24T08:00+02:00",
            "2026-05-25T08:00+02:00",
        ],
    ),
    "a Monday rule leaves out a Monday that counts as Sunday": (
        Rule(times=("08:00",), weekdays=("mo",), holidays="as-sunday"),
        "2026-05-24T09:00",
        ["2026-06-01T08:00+02:00"],
    ),
    "holidays only": (
        Rule(times=("08:00",), holidays="only"),
        "2026-11-24T00:00",
        ["2026-12-25T08:00+01:00", "2026-12-26T08:00+01:00", "2027-01-01T08:00+01:00"],
    ),
    "named days come beside the weekdays, exceptions win": (
        Rule(times=("08:00",), weekdays=("mo",), dates=("2026-11-25",), except_dates=("2026-11-30",)),
        "2026-11-24T00:00",
        ["2026-11-25T08:00+01:00", "2026-12-07T08:00+01:00"],
    ),
    "a season has its first and last day": (
        Rule(times=("08:00",), since="2026-12-01", until="2026-12-02"),
        "2026-11-24T00:00",
        ["2026-12-01T08:00+01:00", "2026-12-02T08:00+01:00"],
    ),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_golden(name: str) -> None:
    rule, after, expected = GOLDEN[name]
    assert said(rule, after, len(expected)) == expected


def test_every_hour_happens_25_times_when_the_day_has_25_hours() -> None:
    rule = Rule(interval=Interval(every_s=3600))
    counts = [len(instants(rule, CALENDAR, date(2026, 10, day))) for day in (24, 25)]
    assert counts == [24, 25]
    assert len(instants(rule, CALENDAR, date(2027, 3, 28))) == 23


def test_sun_events_keep_their_order_over_midnight() -> None:
    """Sunset plus six hours of one day lies after sunrise minus six hours of the next."""
    rule = Rule(sun=(SunTime("sunset", 6 * 3600), SunTime("sunrise", -6 * 3600)))
    found = list(islice(occurrences(rule, CALENDAR, us("2026-06-19T12:00")), 20))
    assert found == sorted(set(found))
    expected = {
        sun_times(6.76, 51.43, "Europe/Berlin", date(2026, 6, 18) + timedelta(days=n))[name] + offset * 1_000_000
        for n in range(15)
        for name, offset in (("sunset", 21_600), ("sunrise", -21_600))
    }
    assert found == sorted(at for at in expected if at > us("2026-06-19T12:00"))[:20]


def test_what_never_happens_ends() -> None:
    assert said(Rule(times=("12:00",), months=(2,), month_days=(30,)), "2026-01-01T00:00", 1) == []
    assert said(Rule(times=("12:00",), until="2025-01-01"), "2026-01-01T00:00", 1) == []


def test_faults_are_told_all_at_once() -> None:
    faults = rule_faults(Rule(dates=("2026-02-30",), month_days=(0,), since="2026-02-02", until="2026-02-01"))
    assert [fault.field for fault in faults] == ["rule.dates", "rule.times", "rule.month_days", "rule.until"]
    assert rule_faults(Rule(interval=Interval(every_s=600, begin="10:00", end="09:00")))


clocks = st.builds(lambda h, m: f"{h:02}:{m:02}", st.integers(0, 23), st.integers(0, 59))
days = st.dates(date(2024, 1, 1), date(2032, 12, 31))
rules = st.builds(
    Rule,
    times=st.lists(clocks, min_size=1, max_size=4, unique=True).map(tuple),
    sun=st.lists(
        st.builds(SunTime, st.sampled_from(["sunrise", "sunset", "civil-dusk"]), st.integers(-21_600, 21_600)),
        max_size=2,
    ).map(tuple),
    weekdays=st.lists(st.sampled_from(WEEKDAYS), max_size=4, unique=True).map(tuple),
    months=st.lists(st.integers(1, 12), max_size=3, unique=True).map(tuple),
    holidays=st.sampled_from(["any", "not", "only", "as-sunday"]),
    except_dates=st.lists(days.map(date.isoformat), max_size=3).map(tuple),
)
instants_us = st.datetimes(datetime.fromisoformat("2025-01-01"), datetime.fromisoformat("2031-01-01")).map(
    lambda at: round(at.replace(tzinfo=UTC).timestamp()) * 1_000_000
)


@settings(max_examples=80, deadline=None)
@given(rules, instants_us)
def test_occurrences_rise_and_are_all_there(rule: Rule, after_us: int) -> None:
    """Forty days of a rule: rising, after the instant asked, on days it means, and none left out."""
    until_us = after_us + 40 * 86_400 * 1_000_000
    found = list(occurrences(rule, CALENDAR, after_us, until_us))
    assert all(one < two for one, two in pairwise([after_us, *found]))
    first = CALENDAR.day_of(after_us) - timedelta(days=2)
    expected = {
        at_us
        for day in (first + timedelta(days=n) for n in range(46))
        if means(rule, CALENDAR, day)
        for at_us in instants(rule, CALENDAR, day)
        if after_us < at_us <= until_us
    }
    assert set(found) == expected


@settings(max_examples=60, deadline=None)
@given(rules, instants_us)
def test_going_on_from_an_occurrence_gives_the_next(rule: Rule, after_us: int) -> None:
    """The rule has no memory: what comes after the first occurrence is what would have come second."""
    found = list(islice(occurrences(rule, CALENDAR, after_us), 4))
    for one, two in pairwise(found):
        assert next(occurrences(rule, CALENDAR, one)) == two


@settings(max_examples=200, deadline=None)
@given(days, clocks)
def test_an_instant_shows_its_time_unless_it_is_skipped(day: date, clock: str) -> None:
    at_us = CALENDAR.instant(day, time.fromisoformat(clock))
    local = datetime.fromtimestamp(at_us / 1e6, BERLIN)
    assert local.date() == day
    skipped = local.strftime("%H:%M") != clock
    assert not skipped or (day.month == 3 and clock.startswith("02:") and local.hour == 3)
