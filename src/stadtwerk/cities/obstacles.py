"""Where no pole can stand: inside a building, or in water off a bridge."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from stadtwerk.cities.metres import Positions
from stadtwerk.cities.plan import CityPlan


class Obstacles:
    """Footprints and waters of a city, ready to be asked."""

    def __init__(self, plan: CityPlan) -> None:
        outlines = [building.outline for building in plan.buildings]
        self._buildings = shapely.STRtree(polygons(outlines))
        self._water = shapely.STRtree([area.outline for area in plan.water])

    def blocked(self, lonlat: Positions, on_bridge: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Say of each place (n, 2) whether a pole is impossible there; a bridge crosses water and roofs."""
        places = shapely.points(lonlat)
        blocked = np.zeros(len(lonlat), dtype=bool)
        for tree in (self._buildings, self._water):
            if len(tree.geometries):
                blocked[tree.query(places, predicate="intersects")[0]] = True
        return np.asarray(blocked & ~on_bridge)


def polygons(outlines: list[NDArray[np.float64]]) -> NDArray[np.object_]:
    """Make polygons of rings (k, 2) that are not closed, all at once."""
    if not outlines:
        return np.empty(0, dtype=object)
    sizes = np.array([len(outline) for outline in outlines])
    rings = shapely.linearrings(np.concatenate(outlines), indices=np.repeat(np.arange(len(outlines)), sizes))
    return np.asarray(shapely.polygons(rings))
