"""What each lamp's own program says: the light the city gets when nobody asks for anything else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from stadtwerk.engines.sun import sun_crossings
from stadtwerk.kernel.clock import US
from stadtwerk.kernel.observation import Times, Values

DAY_US = 86_400 * US


class Rule(NamedTuple):
    """A program of city.json: on below a sun elevation (degrees), levels in percent, dimmed hours in local time."""

    on_elevation_deg: float
    full_percent: float
    dim_percent: float
    dim_from: str
    dim_until: str


class Place(NamedTuple):
    """Where a program runs: degrees and IANA time zone."""

    lon: float
    lat: float
    zone: str


class Steps(NamedTuple):
    """A level as a step function of time: it is levels[k] percent from at_us[k] on."""

    at_us: Times
    levels: Values


def rule_of(program: Mapping[str, Any]) -> Rule:
    """Read a program of city.json; one without dimmed hours is dimmed from midnight to midnight, which is never."""
    full = float(program["full_percent"])
    hours = (program.get("dim_from") or "", program.get("dim_until") or "")
    return Rule(
        float(program["on_elevation_deg"]),
        full,
        float(program.get("dim_percent", full)),
        *(hours if all(hours) else ("00:00", "00:00")),
    )


def place_of(city: Mapping[str, Any]) -> Place:
    """Return where a city's programs run: at its centre."""
    lon, lat = city["centre"]
    return Place(lon, lat, city["timezone"])


def program_steps(rule: Rule, place: Place, span_us: tuple[int, int]) -> Steps:
    """Work out a program's levels over a span, from its begin on (k >= 1 steps).

    Hours are wall time: one that comes twice means its first coming, one that is skipped means as long after
    midnight as it says (PEP 495, fold=0).
    """
    begin_us, end_us = span_us
    passed_us, night_first = sun_crossings(place.lon, place.lat, span_us, rule.on_elevation_deg)
    starts_us, stops_us = _dimmed(rule, place.zone, span_us)
    edges_us = np.concatenate([[begin_us], passed_us, starts_us, stops_us]).astype(np.int64)
    at_us = np.unique(edges_us[(edges_us >= begin_us) & (edges_us < end_us)])
    night = (np.searchsorted(passed_us, at_us, side="right") % 2 == 0) == night_first
    dimmed = np.zeros(len(at_us), np.bool_)
    for start_us, stop_us in zip(starts_us, stops_us, strict=True):
        dimmed |= (at_us >= start_us) & (at_us < stop_us)
    return Steps(at_us, np.where(night, np.where(dimmed, rule.dim_percent, rule.full_percent), 0.0))


def nightly_steps(programs: Sequence[Steps], of_night: Sequence[int], noons_us: Times) -> Steps:
    """Put nights together: night k, from noons_us[k] to noons_us[k + 1], is that of programs[of_night[k]].

    Each program's steps cover all the nights; what comes out has a step only where the level changes.
    """
    times, levels = [], []
    for night, (begin_us, end_us) in enumerate(pairwise(noons_us.tolist())):
        mine = programs[of_night[night]]
        first = int(np.searchsorted(mine.at_us, begin_us, side="right")) - 1
        last = int(np.searchsorted(mine.at_us, end_us, side="left"))
        times.append(np.maximum(mine.at_us[first:last], begin_us))
        levels.append(mine.levels[first:last])
    at_us, level = np.concatenate(times), np.concatenate(levels)
    changes = np.append(True, level[1:] != level[:-1])
    return Steps(at_us[changes], level[changes])


def program_percent(rule: Rule, place: Place, now_us: int) -> float:
    """Return the level a program asks for now, percent: off by day, dimmed within its hours, else full."""
    steps = _steps_of_day(rule, place, now_us // DAY_US)
    return float(steps.levels[np.searchsorted(steps.at_us, now_us, side="right") - 1])


@lru_cache(maxsize=256)
def _steps_of_day(rule: Rule, place: Place, day: int) -> Steps:
    return program_steps(rule, place, (day * DAY_US, (day + 1) * DAY_US))


def _dimmed(rule: Rule, zone: str, span_us: tuple[int, int]) -> tuple[Times, Times]:
    """List when dimmed hours start and stop that may touch a span, (k,) each."""
    start, stop = time.fromisoformat(rule.dim_from), time.fromisoformat(rule.dim_until)
    if start == stop:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    first = datetime.fromtimestamp(span_us[0] / US, UTC).date() - timedelta(days=2)
    days = [first + timedelta(days=n) for n in range((span_us[1] - span_us[0]) // DAY_US + 5)]
    over = timedelta(days=int(stop < start))
    return _moments(days, start, zone), _moments([day + over for day in days], stop, zone)


def _moments(days: list[date], at: time, zone: str) -> Times:
    return np.array([round(datetime.combine(day, at, ZoneInfo(zone)).timestamp()) * US for day in days], np.int64)
