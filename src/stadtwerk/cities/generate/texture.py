"""The texture of the city: how close streets lie and how houses stand at a place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from stadtwerk.cities.generate.anchors import Anchors
from stadtwerk.cities.generate.curves import Drift
from stadtwerk.cities.metres import Positions

KINDS = ("core", "town", "garden", "estate", "village")
"""How a place is built: closed blocks, rows and villas, houses in gardens, slabs and towers, farms."""


@dataclass(slots=True, frozen=True)
class Weave:
    """How long and how wide blocks may become (metres), and how much their streets bend (0 to 1)."""

    length_m: float
    width_m: float
    bend: float


OUTSIDE: dict[str, Weave] = {
    "wood": Weave(900.0, 600.0, 1.0),
    "park": Weave(330.0, 220.0, 0.9),
    "farmland": Weave(1300.0, 900.0, 0.5),
    "industrial": Weave(520.0, 330.0, 0.15),
    "harbour": Weave(650.0, 300.0, 0.1),
}
"""Weaves of ground that is not built with streets of houses."""

_BEND = np.array([0.15, 0.45, 0.9, 0.7, 0.8])
_CLOSE = np.array([1.0, 0.85, 0.72, 0.5, 0.6])


class Texture:
    """Knows for any point of built ground which place it belongs to and how near that is."""

    def __init__(self, anchors: Anchors, drift: Drift, rng: Generator) -> None:
        places = anchors.places.values()
        self._xy = drift(np.array([place.xy for place in places]))
        self._reach_m = np.array([place.reach_m for place in places])
        self._patchy = Drift(rng, reach_m=1.0)
        self._kind = np.array([KINDS.index(place.kind) for place in places])

    def near(self, xy: Positions) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Return for points (n, 2) the index of their kind in KINDS, and how near its place is (n,), 0 to 1."""
        distance = np.hypot(*(xy[:, None, :] - self._xy).transpose(2, 0, 1)) / self._reach_m
        best = distance.argmin(axis=1)
        near = np.exp(-(distance[np.arange(len(xy)), best] ** 2) / 1.6)
        # a closed old town thins out into rows of houses, never straight into gardens
        kind = np.where((self._kind[best] == 0) & (near < 0.5), 1, self._kind[best])
        return np.where((kind == 1) & (near < 0.22), 2, kind), near

    def weave(self, xy: Positions) -> Weave:
        """Return the weave at one point (2,) of built ground."""
        kinds, nears = self.near(xy[None])
        close = float(nears[0] * _CLOSE[kinds[0]])
        return Weave(450.0 - 240.0 * close, 205.0 - 85.0 * close, float(_BEND[kinds[0]]))

    def open(self, xy: Positions) -> bool:
        """Tell whether the ground at a point (2,) far from all places stays open: gardens, meadows."""
        near = self.near(xy[None])[1][0]
        return bool(near < 0.42 + 0.10 * self.patchy(xy[None])[0])

    def patchy(self, xy: Positions) -> NDArray[np.float64]:
        """Return a smooth random value about 0 for points (n, 2)."""
        return np.asarray((self._patchy(xy) - xy).sum(axis=1))
