"""The centre lines of all lit streets as one run of vertices, on which places are found by their distance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stadtwerk.cities.metres import LocalMetres, Positions
from stadtwerk.cities.plan import Street

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(slots=True, frozen=True)
class CentreLines:
    """Lines end to end: vertices (m, 2) m, running distance (m,) m, first vertex of each line (n + 1,)."""

    xy: Positions
    distance_m: Floats
    first: Ints

    @classmethod
    def of(cls, streets: Sequence[Street], metres: LocalMetres) -> CentreLines:
        """Lay the streets' lines end to end; the step from one street to the next has length 0."""
        sizes = np.array([len(street.line) for street in streets], dtype=np.int64)
        first = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        lonlat = np.concatenate([street.line for street in streets]) if streets else np.empty((0, 2))
        xy = metres.to_metres(lonlat)
        step = np.hypot(*np.diff(xy, axis=0, prepend=xy[:1]).T)
        step[first[:-1]] = 0.0
        return cls(xy, np.cumsum(step), first)

    @property
    def length_m(self) -> Floats:
        """Length of each line, (n,) m."""
        return np.asarray(self.distance_m[self.first[1:] - 1] - self.distance_m[self.first[:-1]])

    def at(self, line: Ints, along_m: Floats) -> tuple[Positions, Positions]:
        """Return places (k, 2) m at distances along lines, and unit normals (k, 2) to the left of travel."""
        wanted = self.distance_m[self.first[line]] + along_m
        vertex = np.searchsorted(self.distance_m, wanted, side="right") - 1
        vertex = np.clip(vertex, self.first[line], self.first[line + 1] - 2)
        start, end = self.xy[vertex], self.xy[vertex + 1]
        step = end - start
        length = np.maximum(np.hypot(step[:, 0], step[:, 1]), 1e-9)
        share = np.clip((wanted - self.distance_m[vertex]) / length, 0.0, 1.0)
        normal = np.column_stack([-step[:, 1], step[:, 0]]) / length[:, None]
        return start + step * share[:, None], normal
