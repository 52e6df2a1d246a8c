"""How far around a road user the full class reaches, and which fields of a ring that makes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

OBSERVED_M = 60.0
"""A driver's luminance is that of the road from 60 m ahead on (EN 13201-3:2015, 7.1.4)."""
FADE_S, TICK_S = 1.0, 1.0
"""Lamps need so long to reach a new level, and road users are seen so often."""


@dataclass(frozen=True, slots=True)
class RoadUser:
    """A kind of road user: speed m/s, reaction time s, braking m/s2 (0 = stops at once)."""

    name: str
    speed_m_s: float
    reaction_s: float
    braking_m_s2: float

    @property
    def ahead_m(self) -> float:
        """Return how far ahead the full class must reach, m: stopping sight, 60 m to observe, the way while fading."""
        braking_m = self.speed_m_s**2 / (2.0 * self.braking_m_s2) if self.braking_m_s2 else 0.0
        stopping_m = self.speed_m_s * self.reaction_s + braking_m
        return stopping_m + OBSERVED_M + self.speed_m_s * (FADE_S + TICK_S)

    def ahead_fields(self, spacing_m: float) -> int:
        """Return how many fields beyond its own that makes."""
        return math.ceil(self.ahead_m / spacing_m)


CAR = RoadUser("car", 13.9, 2.0, 4.5)
CYCLIST = RoadUser("cyclist", 5.0, 1.5, 3.0)
PEDESTRIAN = RoadUser("pedestrian", 1.4, 0.0, 0.0)
"""Speeds of the simulation; reaction and braking are usual in road design."""
BEHIND = 1
"""The full class holds so many fields behind a road user."""


def around(places: NDArray[np.int64], fields: int, ahead: int, *, onward: bool = True) -> NDArray[np.bool_]:
    """Return which fields (n,) of a ring need the full class for road users in the fields `places` (k,)."""
    span = np.arange(-BEHIND, ahead + 1) * (1 if onward else -1)
    wanted = np.zeros(fields, np.bool_)
    wanted[(places[:, None] + span) % fields] = True
    return wanted
