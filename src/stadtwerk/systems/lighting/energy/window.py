"""A night as energy is counted: from noon to noon, cut where light, hour or quarter hour change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from stadtwerk.kernel.clock import US
from stadtwerk.kernel.observation import Times, Values
from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting.engine.program import Place, Rule, Steps, program_steps

QUARTER_US = 900 * US
HOUR_US = 3_600 * US
YEARS = 2000, 2100
"""Nights of other years are not calculated."""
HALF_NIGHT = (50.0, "23:00", "05:00")
"""The usual half-night switching: half the light between these local hours."""


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time cut into k pieces: edges (k + 1,), local hour (k,), and for each program g its light (g, k).

    `lit` tells whether it is dark enough for the program; `program` is its own level, `half` that of half-night on its
    hours of darkness, both percent.
    """

    edges_us: Times
    hour: np.ndarray
    lit: np.ndarray
    program: Values
    half: Values

    @property
    def hours(self) -> Values:
        """Return how long each piece lasts, (k,) hours."""
        return np.asarray(np.diff(self.edges_us) / HOUR_US)


def day_of(text: str, zone: str, now_us: int) -> date:
    """Read a local day, "" = the one on which the present or last night began; refuses what is none."""
    if not text:
        return (datetime.fromtimestamp(now_us / US, ZoneInfo(zone)) - timedelta(hours=12)).date()
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise Refused.field("day", "not a day, for example 2026-11-26") from None
    if not YEARS[0] <= found.year <= YEARS[1]:
        raise Refused.field("day", f"from {YEARS[0]} to {YEARS[1]}")
    return found


def noons_us(day: date, zone: str) -> tuple[int, int]:
    """Return the local noons between which the night of a day lies, microseconds UTC."""
    first, last = (
        round(datetime.combine(one, time(12), ZoneInfo(zone)).timestamp()) * US
        for one in (day, day + timedelta(days=1))
    )
    return first, last


def window_of(rules: Sequence[Rule], place: Place, span_us: tuple[int, int]) -> Window:
    """Cut a span by the programs that lamps have in it."""
    percent, begin, end = HALF_NIGHT
    halves = [rule._replace(full_percent=100.0, dim_percent=percent, dim_from=begin, dim_until=end) for rule in rules]
    asked = [program_steps(rule, place, span_us) for rule in rules]
    half = [program_steps(rule, place, span_us) for rule in halves]
    quarters = np.arange(span_us[0] - span_us[0] % QUARTER_US + QUARTER_US, span_us[1], QUARTER_US)
    cuts = [np.array(span_us), quarters, *(steps.at_us for steps in (*asked, *half))]
    edges_us = np.unique(np.concatenate(cuts))
    middles = (edges_us[:-1] + edges_us[1:]) // 2
    zone = ZoneInfo(place.zone)
    halved = np.array([_at(steps, middles) for steps in half])
    return Window(
        edges_us=edges_us,
        hour=np.array([datetime.fromtimestamp(at / US, zone).hour for at in middles.tolist()], np.int64),
        lit=halved > 0.0,
        program=np.array([_at(steps, middles) for steps in asked]),
        half=halved,
    )


def _at(steps: Steps, at_us: Times) -> Values:
    return steps.levels[np.searchsorted(steps.at_us, at_us, side="right") - 1]
