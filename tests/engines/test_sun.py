"""The sun's times: rising before setting, twilight around them, and close to a published almanac."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from stadtwerk.engines.sun import sun_elevation_deg, sun_times

DUISBURG = (6.76, 51.43, "Europe/Berlin")


@pytest.mark.parametrize("day", [date(2026, 1, 1) + timedelta(days=n) for n in range(0, 365, 13)])
def test_a_day_has_its_order(day: date) -> None:
    times = sun_times(*DUISBURG, day)
    assert times["civil-dawn"] < times["sunrise"] < times["sunset"] < times["civil-dusk"]
    noon = (times["sunrise"] + times["sunset"]) // 2
    assert datetime.fromtimestamp(noon / 1e6, UTC).date() == day


def test_sunrise_is_where_the_upper_limb_meets_the_horizon() -> None:
    """The centre then stands 0.833 degrees below (refraction 34', semidiameter 16'), in twilight 6 degrees below."""
    for ahead in range(0, 365, 30):
        times = sun_times(*DUISBURG, date(2026, 1, 1) + timedelta(days=ahead))
        for name, expected in (("sunrise", -0.833), ("sunset", -0.833), ("civil-dawn", -6), ("civil-dusk", -6)):
            found = sun_elevation_deg(*DUISBURG[:2], times[name] // 60_000_000)
            assert abs(found - expected) < 0.35, (ahead, name)


def test_where_the_sun_does_not_set_there_is_no_sunset() -> None:
    assert "sunset" not in sun_times(18.96, 69.65, "Europe/Oslo", date(2026, 6, 21))
    assert "sunrise" not in sun_times(18.96, 69.65, "Europe/Oslo", date(2026, 12, 21))
