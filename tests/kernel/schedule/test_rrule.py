"""RFC 5545 rules, in and out, judged by dateutil."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from dateutil import rrule as judge
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.schedule.test_occurrences import BERLIN, CALENDAR
from stadtwerk.kernel.refusal import Refused
from stadtwerk.kernel.schedule.calendar import occurrences
from stadtwerk.kernel.schedule.rrule import read_rrule, write_rrule
from stadtwerk.kernel.schedule.rule import WEEKDAYS, Rule

BEGIN = datetime.fromisoformat("2026-11-24T06:30")


def ours(rule: Rule, after: datetime, n: int) -> list[datetime]:
    """Write our occurrences as local times."""
    after_us = round(after.replace(tzinfo=BERLIN).timestamp()) * 1_000_000
    return [
        datetime.fromtimestamp(at / 1e6, BERLIN).replace(tzinfo=None)
        for at in islice(occurrences(rule, CALENDAR, after_us), n)
    ]


def theirs(texts: list[str], begin: datetime, n: int) -> list[datetime]:
    """Ask dateutil, and let its local times happen as RFC 5545 section 3.3.5 says."""
    rules = judge.rruleset()
    for text in texts:
        rules.rrule(judge.rrulestr(text, dtstart=begin))
    utc = (at.replace(tzinfo=BERLIN).astimezone(ZoneInfo("UTC")) for at in islice(rules, n + 2))
    return [at.astimezone(BERLIN).replace(tzinfo=None) for at in utc]


clocks = st.builds(lambda h, m: f"{h:02}:{m:02}:00", st.integers(0, 23), st.sampled_from([0, 15, 30, 59]))
writable = st.builds(
    Rule,
    times=st.lists(clocks, min_size=1, max_size=4, unique=True).map(tuple),
    weekdays=st.lists(st.sampled_from(WEEKDAYS), max_size=5, unique=True).map(tuple),
    months=st.lists(st.integers(1, 12), max_size=4, unique=True).map(tuple),
    month_days=st.lists(st.integers(1, 31) | st.integers(-3, -1), max_size=4, unique=True).map(tuple),
)


@pytest.mark.judge("dateutil")
@settings(max_examples=80, deadline=None)
@given(writable)
def test_what_we_write_dateutil_reads_alike(rule: Rule) -> None:
    texts = write_rrule(rule)
    assert texts
    # Both look ahead a few years only: some of these rules come once in a lifetime.
    end = BEGIN + timedelta(days=1500)
    expected = [at for at in theirs([f"{text};UNTIL={end:%Y%m%dT%H%M%S}" for text in texts], BEGIN, 12) if at < end][
        :12
    ]
    found = [at for at in ours(rule, BEGIN - timedelta(seconds=1), 12) if at < end]
    assert found == expected[: len(found)]
    assert len(found) >= min(len(expected), 12)


READ = (
    "FREQ=DAILY;BYHOUR=22;BYMINUTE=0",
    "FREQ=DAILY;BYHOUR=5,22;BYMINUTE=0,30;UNTIL=20271231T235959",
    "FREQ=WEEKLY",
    "FREQ=WEEKLY;BYDAY=MO,WE,FR;BYHOUR=22;BYMINUTE=15",
    "FREQ=WEEKLY;WKST=SU;INTERVAL=1;BYDAY=SA,SU",
    "FREQ=MONTHLY",
    "FREQ=MONTHLY;BYMONTHDAY=1,15,-1",
    "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
    "FREQ=YEARLY",
    "FREQ=YEARLY;BYMONTH=3,6",
    "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24,31;BYHOUR=18",
    "FREQ=YEARLY;BYMONTHDAY=1",
    "FREQ=DAILY;BYMONTH=1,2;BYDAY=TU;BYHOUR=23",
)


@pytest.mark.judge("dateutil")
@pytest.mark.parametrize("text", READ)
def test_what_others_write_we_read_as_dateutil_does(text: str) -> None:
    rule = read_rrule(f"DTSTART;TZID=Europe/Berlin:{BEGIN:%Y%m%dT%H%M%S}\nRRULE:{text}", BERLIN)
    horizon = BEGIN + timedelta(days=3600)
    expected = [at for at in theirs([text], BEGIN, 20)[:20] if at < horizon]
    assert ours(rule, BEGIN - timedelta(seconds=1), 20)[: len(expected)] == expected


@pytest.mark.parametrize(
    "text",
    [
        "", "nonsense", "FREQ=SECONDLY", "FREQ=DAILY;COUNT=3;BYHOUR=1", "FREQ=DAILY;INTERVAL=2;BYHOUR=1",
        "FREQ=MONTHLY;BYDAY=1MO;BYHOUR=1", "FREQ=DAILY", "FREQ=WEEKLY;BYHOUR=3", "FREQ=DAILY;BYHOUR=24",
        "FREQ=DAILY;BYHOUR=x", "FREQ=DAILY;BYHOUR=1;UNTIL=never", "FREQ=YEARLY;BYEASTER=1", "DTSTART:morgen\nFREQ=DAILY",
    ],
)  # fmt: skip
def test_what_cannot_be_said_here_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        read_rrule(text, BERLIN)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60) | st.from_regex(r"FREQ=(DAILY|WEEKLY)(;BY[A-Z]{3,8}=[0-9A-Z,-]{0,8}){0,3}", fullmatch=True))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        rule = read_rrule(text, BERLIN)
    except Refused:
        return
    assert rule.times


@settings(max_examples=60, deadline=None)
@given(writable)
def test_written_and_read_again_is_the_same(rule: Rule) -> None:
    texts = write_rrule(rule)
    assert texts
    for text in texts:
        assert set(read_rrule(text, BERLIN).times) <= set(rule.times)
    assert {clock for text in texts for clock in read_rrule(text, BERLIN).times} == set(rule.times)


def test_what_the_standard_has_no_words_for_is_not_written() -> None:
    assert write_rrule(Rule(times=("10:00",), holidays="not")) is None
    assert write_rrule(Rule(times=("10:00",), dates=("2026-12-24",))) is None
