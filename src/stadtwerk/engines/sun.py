"""The sun over the city: how high it stands, and when a day's rising, setting and twilight are (NOAA, by astral)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from astral import Observer, sun

from stadtwerk.kernel.clock import US

_EVENTS: dict[str, Callable[..., datetime]] = {
    "civil-dawn": sun.dawn,
    "sunrise": sun.sunrise,
    "sunset": sun.sunset,
    "civil-dusk": sun.dusk,
}


@lru_cache(maxsize=4096)
def sun_elevation_deg(lon: float, lat: float, minute: int) -> float:
    """Return the sun's elevation without refraction, degrees, at a minute since 1970."""
    moment = datetime.fromtimestamp(minute * 60, UTC)
    return float(sun.elevation(Observer(latitude=lat, longitude=lon, elevation=0), moment, with_refraction=False))


@lru_cache(maxsize=4096)
def sun_times(lon: float, lat: float, zone: str, day: date) -> Mapping[str, int]:
    """Return when a local day's sun events are, microseconds UTC to the second; one that does not happen is left out.

    Sunrise and sunset: the upper limb on the horizon, refraction included; civil dawn and dusk: 6 degrees below.
    """
    observer, times = Observer(latitude=lat, longitude=lon, elevation=0), {}
    for name, event in _EVENTS.items():
        try:
            moment = event(observer, date=day, tzinfo=ZoneInfo(zone))
        except ValueError:  # astral's way to say that the sun does not get there on this day
            continue
        if moment.date() == day:
            times[name] = round(moment.timestamp()) * US
    return times
