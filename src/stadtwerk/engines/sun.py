"""The sun over the city: how high it stands, and when it rises, sets and passes any other height (NOAA, by astral)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from astral import Observer, sun
from astral.julian import julianday_to_juliancentury
from numpy.typing import NDArray

from stadtwerk.kernel.clock import US

Times = NDArray[np.int64]
Values = NDArray[np.float64]

RIM_DEG = -50 / 60
"""Height of the sun's centre when its upper limb is on the horizon: refraction 34', semidiameter 16' (almanacs)."""
CIVIL_DEG = -6.0
MINUTE_US = 60 * US

_LOOK_US = 5 * MINUTE_US
"""How often the sun is looked for before its passing is found to the second."""
_KNOT_US = 6 * 3_600 * US
"""Declination and equation of time are worked out so often; straight lines between are right within 0.0001 degrees."""
_UNIX_JULIAN_DAY = 2_440_587.5
_EVENTS = {
    "civil-dawn": (CIVIL_DEG, True),
    "sunrise": (RIM_DEG, True),
    "sunset": (RIM_DEG, False),
    "civil-dusk": (CIVIL_DEG, False),
}


@lru_cache(maxsize=4096)
def sun_elevation_deg(lon: float, lat: float, minute: int) -> float:
    """Return the sun's elevation without refraction, degrees, at a minute since 1970."""
    moment = datetime.fromtimestamp(minute * 60, UTC)
    return float(sun.elevation(Observer(latitude=lat, longitude=lon, elevation=0), moment, with_refraction=False))


def sun_elevations_deg(lon: float, lat: float, at_us: Times) -> Values:
    """Return the elevation of the sun's centre without refraction, (n,) degrees, at rising times (n,)."""
    knots_us = np.arange(at_us[0], at_us[-1] + _KNOT_US + 1, _KNOT_US)
    centuries = [julianday_to_juliancentury(_UNIX_JULIAN_DAY + us / US / 86_400) for us in knots_us.tolist()]
    declination = np.radians(np.interp(at_us, knots_us, [sun.sun_declination(jc) for jc in centuries]))
    equation_min = np.interp(at_us, knots_us, [sun.eq_of_time(jc) for jc in centuries])
    solar_min = (at_us % (86_400 * US)) / MINUTE_US + equation_min + 4 * lon
    hour_angle, phi = np.radians(solar_min / 4 - 180), np.radians(lat)
    sine = np.sin(phi) * np.sin(declination) + np.cos(phi) * np.cos(declination) * np.cos(hour_angle)
    return np.asarray(np.degrees(np.arcsin(np.clip(sine, -1, 1))))


def sun_crossings(lon: float, lat: float, span_us: tuple[int, int], elevation_deg: float) -> tuple[Times, bool]:
    """Return when the sun passes a height within a span, (k,) microseconds to the second, and if it begins below it.

    It rises and sets by turns. A stay of less than five minutes above or below is not seen.
    """
    begin_us, end_us = span_us
    at_us = np.arange(begin_us, end_us + _LOOK_US, _LOOK_US)
    above = sun_elevations_deg(lon, lat, at_us) - elevation_deg
    before = np.flatnonzero((above[:-1] < 0) != (above[1:] < 0))
    if not len(before):
        return np.zeros(0, np.int64), bool(above[0] < 0)
    share = above[before] / (above[before] - above[before + 1])
    near_us = at_us[before] + (share * _LOOK_US).astype(np.int64)
    here = sun_elevations_deg(lon, lat, near_us) - elevation_deg
    slope = sun_elevations_deg(lon, lat, near_us + MINUTE_US) - elevation_deg - here
    step_us = np.clip(-here / slope * MINUTE_US, -_LOOK_US, _LOOK_US)
    times_us = (near_us + np.rint(step_us).astype(np.int64) + US // 2) // US * US
    return times_us[(times_us >= begin_us) & (times_us < end_us)], bool(above[0] < 0)


@lru_cache(maxsize=4096)
def sun_times(lon: float, lat: float, zone: str, day: date) -> Mapping[str, int]:
    """Return when a local day's sun events are, microseconds UTC to the second; one that does not happen is left out.

    Sunrise and sunset: the upper limb on the horizon, refraction included; civil dawn and dusk: 6 degrees below.
    """
    edges = (datetime.combine(at, time(), ZoneInfo(zone)) for at in (day, day + timedelta(days=1)))
    begin_us, end_us = (round(edge.timestamp()) * US for edge in edges)
    times: dict[str, int] = {}
    for name, (height_deg, rising) in _EVENTS.items():
        passed_us, below = sun_crossings(lon, lat, (begin_us, end_us), height_deg)
        mine = passed_us[int(below != rising) :: 2]
        if len(mine):
            times[name] = int(mine[0])
    return times
