"""The lamps' own program: by the sun, by local time, across every odd night."""

from __future__ import annotations

from datetime import date, time
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stadtwerk.kernel.clock import US, parse_iso
from stadtwerk.twin.program import (
    DAY_US,
    CityProgram,
    Program,
    Steps,
    day_steps,
    dimmed_spans,
    level_program,
)

BERLIN = ZoneInfo("Europe/Berlin")
DUISBURG = (6.7655, 51.4330)
ALL_NIGHT = Program("all-night", -1.5, 100, 100, None, None)
HALF_NIGHT = Program("half-night", -1.5, 100, 50, time(23), time(5))


def city_program(spread_s: tuple[float, ...] = (0.0,), programs: tuple[Program, ...] = (HALF_NIGHT,)) -> CityProgram:
    spread_us = (np.array(spread_s) * US).astype(np.int64)
    rows = np.zeros(len(spread_s), np.uint8)
    return CityProgram(programs, rows, spread_us, centre=DUISBURG, timezone="Europe/Berlin")


def level_at(text: str) -> float:
    return float(city_program().levels(parse_iso(text))[0])


@pytest.mark.parametrize(
    ("at", "level"),
    [
        ("2026-11-24T12:00:00+01:00", 0),
        ("2026-11-24T18:00:00+01:00", 100),
        ("2026-11-24T22:59:59+01:00", 100),
        ("2026-11-24T23:00:00+01:00", 50),
        ("2026-11-24T23:59:59+01:00", 50),
        ("2026-11-25T00:00:00+01:00", 50),
        ("2026-11-25T00:59:59+01:00", 50),
        ("2026-11-25T01:00:00+01:00", 50),
        ("2026-11-25T04:59:59+01:00", 50),
        ("2026-11-25T05:00:00+01:00", 100),
        ("2028-02-28T23:30:00+01:00", 50),
        ("2028-02-29T00:30:00+01:00", 50),
        ("2028-02-29T12:00:00+01:00", 0),
        ("2028-02-29T23:30:00+01:00", 50),
        ("2028-03-01T06:00:00+01:00", 100),
        ("2026-06-21T23:30:00+02:00", 50),
        ("2026-06-22T04:59:59+02:00", 50),
        ("2026-06-22T05:00:00+02:00", 100),
        ("2026-06-22T05:30:00+02:00", 0),
    ],
)
def test_the_half_night_program_by_the_clock(at: str, level: float) -> None:
    assert level_at(at) == level


@pytest.mark.parametrize(
    ("evening", "hours"), [(date(2026, 3, 27), 6), (date(2026, 3, 28), 5), (date(2026, 10, 24), 7)]
)
def test_dimmed_hours_follow_wall_time_in_the_nights_the_clock_changes(evening: date, hours: int) -> None:
    ((begin_us, end_us),) = dimmed_spans(HALF_NIGHT, BERLIN, evening, 1)
    assert end_us - begin_us == hours * 3600 * US
    levels = city_program().levels
    assert (levels(begin_us - US)[0], levels(begin_us)[0]) == (100, 50)
    assert (levels(end_us - US)[0], levels(end_us)[0]) == (50, 100)


def test_hours_that_come_twice_or_never_still_dim_once() -> None:
    odd = Program("odd", -1.5, 100, 30, time(2, 30), time(2, 45))
    ((begin_us, end_us),) = dimmed_spans(odd, BERLIN, date(2026, 10, 25), 1)
    assert (begin_us, end_us) == (parse_iso("2026-10-25T02:30:00+02:00"), parse_iso("2026-10-25T02:45:00+02:00"))
    ((begin_us, end_us),) = dimmed_spans(odd, BERLIN, date(2026, 3, 29), 1)
    assert (begin_us, end_us) == (parse_iso("2026-03-29T03:30:00+02:00"), parse_iso("2026-03-29T03:45:00+02:00"))


def test_dusk_is_where_the_almanac_has_it() -> None:
    """Sunset in Duisburg on 2026-11-24 is 16:31 local; 1.5 degrees below comes seven to thirteen minutes later."""
    (plan,) = day_steps([ALL_NIGHT], date(2026, 11, 24), centre=DUISBURG, zone=BERLIN)
    dusk_us = int(plan.breaks_us[np.flatnonzero(plan.levels[1:] == 100)[-1]])
    assert parse_iso("2026-11-24T16:35:00+01:00") < dusk_us < parse_iso("2026-11-24T16:46:00+01:00")


@pytest.mark.parametrize("latitude", [78.2, -78.2])
@pytest.mark.parametrize("day", [date(2026, 6, 21), date(2026, 12, 21)])
def test_polar_day_and_night_have_no_dusk(latitude: float, day: date) -> None:
    (plan,) = day_steps([ALL_NIGHT], day, centre=(15.6, latitude), zone=BERLIN)
    dark = (latitude > 0) == (day.month == 12)
    assert plan.levels.tolist() == [100.0 if dark else 0.0]


def test_a_city_takes_three_minutes_to_light_up() -> None:
    program = city_program(tuple(np.linspace(-90, 90, 181)))
    start = parse_iso("2026-11-24T16:30:00+01:00")
    lit = [int((program.levels(start + s * US) > 0).sum()) for s in range(1200)]
    assert lit == sorted(lit)
    changing = [s for s in range(1, 1200) if lit[s] != lit[s - 1]]
    assert 175 <= changing[-1] - changing[0] <= 181
    assert (lit[0], lit[-1]) == (0, 181)


@settings(max_examples=40)
@given(st.integers(0, 3 * 366 * 86_400))
def test_the_cached_program_is_the_pure_function(second: int) -> None:
    spread_s = (-90.0, -30.0, 0.0, 90.0)
    program = city_program(spread_s)
    now_us = parse_iso("2026-01-01T00:00:00Z") + second * US
    day = date.fromordinal(date(1970, 1, 1).toordinal() + now_us // DAY_US)
    plans = day_steps([HALF_NIGHT], day, centre=DUISBURG, zone=BERLIN)
    for at_us in (now_us, now_us + US, now_us + 45 * US):
        expected = level_program(at_us, np.zeros(4, np.uint8), (np.array(spread_s) * US).astype(np.int64), plans)
        np.testing.assert_array_equal(program.levels(at_us), expected)


def test_a_night_stepped_through_is_the_night_looked_up() -> None:
    stepped, start = city_program((-90.0, 0.0, 90.0)), parse_iso("2026-10-24T14:00:00Z")
    for second in range(0, 18 * 3600, 17):
        now_us = start + second * US
        levels = stepped.levels(now_us)
        if second % 1700 == 0:
            np.testing.assert_array_equal(levels, city_program((-90.0, 0.0, 90.0)).levels(now_us))


def test_steps_change_at_their_breaks() -> None:
    steps = Steps(np.array([10, 20]), np.array([0.0, 1.0, 2.0]))
    assert steps.at(np.array([9, 10, 19, 20, 99])).tolist() == [0, 1, 1, 2, 2]


def test_a_program_without_dimmed_hours() -> None:
    entry = {"on_elevation_deg": -1.5, "full_percent": 80}
    program = Program.of("plain", entry)
    assert (program.dim_percent, program.dim_from) == (80, None)
    assert dimmed_spans(program, BERLIN, date(2026, 1, 1), 3) == []
    with pytest.raises(ValueError, match="hour"):
        Program.of("broken", {**entry, "dim_from": "25:00", "dim_until": "05:00"})
