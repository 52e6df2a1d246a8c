"""A program's year: nights, hours and energy against a year worked out minute by minute on SPA and pandas."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import numpy as np
import pandas as pd
import pytest
from pvlib import spa

from path.small_city import write_small_city
from stadtwerk.app.folder import open_folder
from stadtwerk.kernel.clock import parse_iso
from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting.inventory import read_inventory
from stadtwerk.systems.lighting.plans.queries import programs_view
from stadtwerk.systems.lighting.plans.year import OfYear, year_view
from stadtwerk.systems.lighting.state import Lighting, make_lighting

NOW_US = parse_iso("2026-11-24T20:00:00Z")
TRIED = {"full_percent": 90, "dim_percent": 25, "dim_from": "22:30", "dim_until": "05:15"}
LED_SHARE = {0.0: 0.0, 25.0: 0.27, 90.0: 0.74 + 0.6 * 0.26, 100.0: 1.0}
"""Shares of nominal power of a LED at these levels, from the nominal curve of the lamp's page."""


@pytest.fixture(scope="module")
def lighting(tmp_path_factory: pytest.TempPathFactory) -> Lighting:
    return make_lighting(read_inventory(open_folder(write_small_city(tmp_path_factory.mktemp("city"), lamps=30))))


Minutes = tuple[pd.DatetimeIndex, np.ndarray[Any, Any]]


@pytest.fixture(scope="module")
def minutes(lighting: Lighting) -> Minutes:
    """Return each minute's wall time from noon of 1 January on, a year long, and whether it is night."""
    city = lighting.inventory.city
    begin, end = (pd.Timestamp(f"{year}-01-01T12:00").tz_localize(city["timezone"]) for year in (2026, 2027))
    at = pd.date_range(begin, end, freq="min", inclusive="left")
    lon, lat = city["centre"]
    seconds = at.astype("datetime64[s, UTC]").astype("int64").to_numpy(np.float64) + 30
    sun_deg = spa.solar_position(seconds, lat, lon, 0, 1013.25, 12, 70.0, 0.0)[3]
    return at, np.asarray(sun_deg) < -1.5


def test_hours_and_energy_of_a_year_minute_by_minute(lighting: Lighting, minutes: Minutes) -> None:
    at, night = minutes
    wall_min = np.asarray(at.hour * 60 + at.minute)
    dimmed = (wall_min >= 22 * 60 + 30) | (wall_min < 5 * 60 + 15)
    level = np.where(night, np.where(dimmed, 25.0, 90.0), 0.0)
    told = year_view(lighting, OfYear("all-night", **TRIED), NOW_US)
    hours = {one["level_percent"]: one["hours"] for one in told["hours"]}
    for percent in (0.0, 25.0, 90.0):
        assert hours[percent] == pytest.approx((level == percent).sum() / 60, rel=0.002)
    assert sum(hours.values()) == pytest.approx(365 * 24, abs=0.2)
    inventory = lighting.inventory
    assert set(inventory.text["lamp_type"]) == {"led"}
    shares = sum((level == percent).sum() / 60 * LED_SHARE[percent] for percent in (0.0, 25.0, 90.0))
    nominal, standby = inventory.power_w.sum(), 0.5 * len(inventory)
    assert told["energy_kwh"] == pytest.approx((shares * (nominal - standby) + 365 * 24 * standby) / 1000, rel=0.002)


def test_the_picture_shows_what_each_night_is(lighting: Lighting, minutes: Minutes) -> None:
    at, night = minutes
    told = year_view(lighting, OfYear("all-night"), NOW_US)
    steps = pd.DataFrame(told["steps"])
    assert steps["night"].is_monotonic_increasing
    number = np.asarray((at.tz_localize(None) - timedelta(hours=12)).day_of_year) - 1
    for wanted in (0, 58, 86, 87, 171, 296, 297, 364):
        lit = np.flatnonzero((number == wanted) & night)
        mine = steps[(steps["night"] == wanted) & (steps["level"] > 0)]
        first = at[lit[0]]
        assert abs(mine["minute"].iloc[0] - (first.hour * 60 + first.minute - 720)) <= 1
        last = at[lit[-1]]
        ends = steps[(steps["night"] == wanted) & (steps["level"] == 0) & (steps["minute"] > 720)]["minute"].iloc[0]
        assert abs(ends - (last.hour * 60 + last.minute + 720)) <= 1
    assert told["shifts"] == [{"night": 86, "minutes": 60}, {"night": 296, "minutes": -60}]
    assert told["tonight"] == 327
    assert (len(told["sunset"]), len(told["sunrise"])) == (365, 365)
    assert all(sunset < 720 < sunrise for sunset, sunrise in zip(told["sunset"], told["sunrise"], strict=True))


def test_a_leap_year_has_a_night_more(lighting: Lighting) -> None:
    told = year_view(lighting, OfYear("all-night"), parse_iso("2028-01-01T03:00:00Z"))
    assert (told["year"], told["tonight"], len(told["sunset"])) == (2028, 0, 366)


def test_a_program_on_trial_changes_nothing_else(lighting: Lighting) -> None:
    before = programs_view(lighting, NOW_US)
    own, tried = (year_view(lighting, OfYear("all-night", **how), NOW_US) for how in ({}, TRIED))
    assert tried["energy_kwh"] < own["energy_kwh"]
    assert tried["program"] == own["program"]
    assert tried["tried"] != own["tried"]
    assert programs_view(lighting, NOW_US) == before
    assert before["programs"][0]["lamps"] == 30


def test_what_is_refused(lighting: Lighting) -> None:
    with pytest.raises(Refused, match="no program or calendar 'nobody'"):
        year_view(lighting, OfYear("nobody"), NOW_US)
    for wrong in ({"dim_from": "24:00"}, {"full_percent": 101}, {"on_elevation_deg": 40}, {"dim_until": "5 o'clock"}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({"program": "all-night", **wrong}, OfYear)
