"""What the platform expects of programs: the lamps' own opinion, and the calendar's by a judge we did not write."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stadtwerk.kernel.clock import US, parse_iso
from stadtwerk.systems.lighting.engine.program import (
    DAY_US,
    Place,
    Rule,
    program_percent,
    program_steps,
    rule_of,
)
from stadtwerk.twin.program import Program, day_steps

BERLIN, DUISBURG = "Europe/Berlin", (6.7655, 51.4330)
PLACE = Place(*DUISBURG, BERLIN)
ALWAYS_NIGHT_DEG = 91.0
ODD_DAYS = [date(2026, 3, 29), date(2026, 10, 25), date(2027, 3, 28), date(2027, 10, 31), date(2028, 2, 29)]
CLOCK_TIMES = st.times().map(lambda at: at.replace(microsecond=0))
DAYS = st.one_of(
    st.dates(date(2025, 1, 1), date(2031, 1, 1)),
    st.tuples(st.sampled_from(ODD_DAYS), st.integers(-1, 1)).map(lambda near: near[0] + timedelta(days=near[1])),
)


def wall_us(day: date, at: time) -> int:
    """Tell when a wall time is, as pandas has it: the first of two comings, and a skipped one an hour later."""
    naive = pd.Timestamp(datetime.combine(day, at))
    return int(naive.tz_localize(BERLIN, ambiguous=True, nonexistent=pd.Timedelta(hours=1)).timestamp()) * US


@settings(max_examples=60, deadline=None)
@given(DAYS, CLOCK_TIMES, CLOCK_TIMES)
def test_dimmed_hours_by_the_calendar_of_pandas(day: date, start: time, stop: time) -> None:
    """Any hours of any night, those of clock changes and of 29 February among them, second by second at the edges."""
    span_us = (wall_us(day - timedelta(days=1), time()), wall_us(day + timedelta(days=2), time()))
    rule = Rule(ALWAYS_NIGHT_DEG, 100, 40, start.isoformat(), stop.isoformat())
    steps = program_steps(rule, PLACE, span_us)
    nights = [day + timedelta(days=n) for n in range(-3, 4)]
    over = timedelta(days=int(stop < start))
    hours = [(wall_us(night, start), wall_us(night + over, stop)) for night in nights if start != stop]
    edges = {span_us[0], *(at_us for pair in hours for at_us in pair)}
    for at_us in {edge + second * US for edge in edges for second in (-1, 0, 1)}:
        if span_us[0] <= at_us < span_us[1]:
            expected = 40.0 if any(begin <= at_us < end for begin, end in hours) else 100.0
            assert steps.levels[np.searchsorted(steps.at_us, at_us, side="right") - 1] == expected


@settings(max_examples=30, deadline=None)
@given(DAYS, CLOCK_TIMES, CLOCK_TIMES, st.floats(-6, 3))
def test_lamps_and_platform_are_of_one_mind_to_the_second(day: date, start: time, stop: time, deg: float) -> None:
    """Two computations that share no code but the sun's declination."""
    (lamp,) = day_steps([Program("any", deg, 100, 40, start, stop)], day, centre=DUISBURG, zone=ZoneInfo(BERLIN))
    begin_us = round(datetime.combine(day, time(), UTC).timestamp()) * US
    ours = program_steps(Rule(deg, 100, 40, start.isoformat(), stop.isoformat()), PLACE, (begin_us, begin_us + DAY_US))
    edges = np.unique(np.concatenate([ours.at_us, lamp.breaks_us, [begin_us, begin_us + DAY_US]]))
    for first, last in pairwise(edges[(edges >= begin_us) & (edges <= begin_us + DAY_US)].tolist()):
        if last - first > 2 * US:
            middle = np.array([(first + last) // 2])
            assert ours.levels[np.searchsorted(ours.at_us, middle, side="right") - 1] == lamp.at(middle)


@pytest.mark.parametrize(
    ("evening", "hours"), [("2026-03-28", 5), ("2026-10-24", 7), ("2028-02-28", 6), ("2028-02-29", 6)]
)
def test_a_half_night_has_the_hours_the_clock_gives_it(evening: str, hours: int) -> None:
    program = {"on_elevation_deg": ALWAYS_NIGHT_DEG, "full_percent": 100, "dim_percent": 50}
    noon_us = parse_iso(f"{evening}T12:00:00+02:00")
    dimmed = {**program, "dim_from": "23:00", "dim_until": "05:00"}
    levels = [program_percent(rule_of(dimmed), PLACE, noon_us + minute * 60 * US) for minute in range(24 * 60)]
    assert levels.count(50.0) == hours * 60
    assert program_percent(rule_of(program), PLACE, noon_us) == 100


def test_a_program_without_hours_is_never_dimmed() -> None:
    rule = rule_of({"on_elevation_deg": -1.5, "full_percent": 80})
    night_us = parse_iso("2026-11-24T22:00:00Z")
    assert set(program_steps(rule, PLACE, (night_us, night_us + 3600 * US)).levels.tolist()) == {80.0}
