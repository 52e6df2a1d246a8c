"""The sun's times all year against NREL's SPA as pvlib has it: a judge we did not write."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from numpy.typing import NDArray
from pvlib import spa

from stadtwerk.engines.sun import sun_crossings, sun_times
from stadtwerk.kernel.clock import US, parse_iso

ALLOWED_S = 30.0
CIVIL, RIM = -6.0, -0.8333
PLACES = {
    "Duisburg": (6.7655, 51.4330, "Europe/Berlin"),
    "Quito": (-78.5, -0.2, "America/Guayaquil"),
    "Tokyo": (139.7, 35.7, "Asia/Tokyo"),
    "Sydney": (151.2, -33.9, "Australia/Sydney"),
    "Helsinki": (24.9, 60.2, "Europe/Helsinki"),
    "Punta Arenas": (-70.9, -53.2, "America/Punta_Arenas"),
}
TROMSO = (18.96, 69.65, "Europe/Oslo")


def spa_elevation_deg(lon: float, lat: float, at_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return SPA's elevation without refraction (n,) degrees; at sea level, delta T of 2027."""
    found = spa.solar_position(at_s, lat, lon, 0, 1013.25, 12, spa.calculate_deltat(2027, 6), 0.0)
    return np.asarray(found[3], np.float64)


def seconds_off(lon: float, lat: float, at_us: NDArray[np.int64], height_deg: float) -> NDArray[np.float64]:
    """Tell how far (n,) seconds each time is from where SPA has the sun at that height."""
    at_s = at_us / US
    here = spa_elevation_deg(lon, lat, at_s)
    per_s = (spa_elevation_deg(lon, lat, at_s + 60) - here) / 60
    return np.asarray(np.abs((here - height_deg) / per_s))


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("year", [2026, 2028])
def test_each_day_of_the_year_within_30_s(place: str, year: int) -> None:
    lon, lat, zone = PLACES[place]
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(366 if year % 4 == 0 else 365)]
    times = [sun_times(lon, lat, zone, day) for day in days]
    for name, height_deg in (("civil-dawn", CIVIL), ("sunrise", RIM), ("sunset", RIM), ("civil-dusk", CIVIL)):
        told = np.array([of_day[name] for of_day in times if name in of_day])
        assert len(told) >= len(days) - (lat > 60), "only a dusk that slips past midnight leaves a day without"
        assert seconds_off(lon, lat, told, height_deg).max() <= ALLOWED_S, name


def test_where_the_sun_grazes_the_horizon_its_height_is_right() -> None:
    """A time is worth little there: the sun takes an hour for half a degree. Its height tells."""
    for ahead in range(365):
        for name, at_us in sun_times(*TROMSO, date(2026, 1, 1) + timedelta(days=ahead)).items():
            height_deg = spa_elevation_deg(*TROMSO[:2], np.array([at_us / US]))[0]
            assert abs(height_deg - (CIVIL if "civil" in name else RIM)) < 0.02


@pytest.mark.parametrize("height_deg", [-1.5, -0.5, 2.0])
def test_the_heights_lamps_switch_at_within_30_s_over_four_years(height_deg: float) -> None:
    lon, lat, _ = PLACES["Duisburg"]
    span_us = (parse_iso("2026-01-01T00:00:00Z"), parse_iso("2030-01-01T00:00:00Z"))
    at_us, below = sun_crossings(lon, lat, span_us, height_deg)
    assert below
    assert len(at_us) == 2 * (4 * 365 + 1)
    assert seconds_off(lon, lat, at_us, height_deg).max() <= ALLOWED_S
