"""Lamp poles as columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stadtwerk.cities.centrelines import Floats, Ints
from stadtwerk.cities.metres import Positions

Bools = NDArray[np.bool_]


@dataclass(slots=True, frozen=True)
class Poles:
    """Poles in order of street and distance along it; all arrays (n,), `xy` (n, 2) m."""

    street: Ints
    along_m: Floats
    xy: Positions
    normal: Positions
    twin: Bools
    known: Ints
    """Index into the plan's known lamps, -1 where placed by rule."""

    def __len__(self) -> int:
        return len(self.street)

    def at(self, chosen: NDArray[np.integer] | Bools) -> Poles:
        """Return the poles chosen by index or mask."""
        return Poles(
            self.street[chosen],
            self.along_m[chosen],
            self.xy[chosen],
            self.normal[chosen],
            self.twin[chosen],
            self.known[chosen],
        )

    def plus(self, others: Poles) -> Poles:
        """Return these poles and then the others."""
        return Poles(
            np.concatenate([self.street, others.street]),
            np.concatenate([self.along_m, others.along_m]),
            np.concatenate([self.xy, others.xy]),
            np.concatenate([self.normal, others.normal]),
            np.concatenate([self.twin, others.twin]),
            np.concatenate([self.known, others.known]),
        )


def no_poles() -> Poles:
    """Return an empty set of poles."""
    empty, none = np.empty((0, 2)), np.empty(0, dtype=np.int64)
    return Poles(none, np.empty(0), empty, empty, np.empty(0, dtype=bool), none)
