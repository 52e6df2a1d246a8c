"""A flat map of the city in metres, for distances up to a few tens of kilometres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius of the earth (IUGG)."""

M_PER_DEGREE = EARTH_RADIUS_M * np.pi / 180
"""Metres per degree of latitude."""

Positions = NDArray[np.float64]
"""Points in order, shape (n, 2)."""


@dataclass(slots=True, frozen=True)
class LocalMetres:
    """Metres east and north of a centre: equirectangular, under 0.3 % off within 15 km at 51 degrees."""

    centre: tuple[float, float]

    @property
    def _scale(self) -> Positions:
        return np.array([M_PER_DEGREE * np.cos(np.radians(self.centre[1])), M_PER_DEGREE])

    def to_metres(self, lonlat: Positions) -> Positions:
        """Project (n, 2) longitude and latitude in degrees to (n, 2) metres east and north."""
        return (np.asarray(lonlat, dtype=np.float64) - self.centre) * self._scale

    def to_degrees(self, xy: Positions) -> Positions:
        """Return (n, 2) metres east and north to (n, 2) longitude and latitude in degrees."""
        return np.asarray(xy, dtype=np.float64) / self._scale + self.centre
