"""Tram lines: the shortest way along main streets from station to station."""

from __future__ import annotations

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from stadtwerk.cities.generate.anchors import Course
from stadtwerk.cities.generate.arteries import parts
from stadtwerk.cities.generate.curves import Drift
from stadtwerk.cities.metres import Positions

TRAMLESS = frozenset({"motorway", "trunk"})
"""Main streets without trams."""


def draw_trams(lines: list[Course], streets: list[Course], drift: Drift, city: shapely.Polygon) -> list[Course]:
    """Draw each tram line along the main streets, inside the city; a line that cannot be ridden is left out."""
    network = _Network([course for course in streets if course.kind not in TRAMLESS])
    drawn = []
    for line in lines:
        inside = parts(shapely.intersection(shapely.LineString(network.ride(drift(line.path))), city))
        drawn += [Course(line.kind, line.name, piece) for piece in inside]
    return drawn


class _Network:
    """The corners of the main streets as a graph, in metres."""

    def __init__(self, streets: list[Course]) -> None:
        noded = shapely.union_all([shapely.LineString(course.path) for course in streets])
        ends = np.cumsum(shapely.get_num_coordinates(shapely.get_parts(noded))) - 1
        places, corner = np.unique(shapely.get_coordinates(noded).round(2), axis=0, return_inverse=True)
        corner = corner.reshape(-1)
        first = np.setdiff1d(np.arange(len(corner)), ends)
        start, end = corner[first], corner[first + 1]
        length = np.hypot(*(places[start] - places[end]).T) + 1e-6
        size = (len(places), len(places))
        self._places = places
        self._graph = coo_array((length, (start, end)), shape=size).tocsr()

    def ride(self, stations: Positions) -> Positions:
        """Return the corners (k, 2) passed on the shortest ride over stations (n, 2)."""
        at = [int(np.hypot(*(self._places - station).T).argmin()) for station in stations]
        _, before = dijkstra(self._graph, directed=False, indices=at[:-1], return_predecessors=True)
        ride = [at[0]]
        for leg, goal in enumerate(at[1:]):
            back = [goal]
            while back[-1] != at[leg] and before[leg, back[-1]] >= 0:
                back.append(int(before[leg, back[-1]]))
            ride += back[-2::-1] if back[-1] == at[leg] else []
        return np.asarray(self._places[ride])
