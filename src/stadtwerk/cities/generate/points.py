"""Points on the streets: traffic signals where large streets meet, stops along lines and collectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from stadtwerk.cities.generate.anchors import Course
from stadtwerk.cities.generate.arteries import Way
from stadtwerk.cities.metres import Positions

RANK = {"trunk": 0, "primary": 0, "secondary": 1, "tertiary": 2, "residential": 3}
SIGNAL_APART_M = 90.0
STOP_APART_M = 180.0
"""Signals and stops keep at least this distance from each other."""

LEAST_LINE_M = 350.0
"""Shorter streets have no bus."""


@dataclass(slots=True, frozen=True)
class Stop:
    """A stop: its place in metres, the way it lies on (-1 for none), its modes."""

    at: Positions
    modes: tuple[str, ...]


def signals(ways: list[Way], most: int) -> Positions:
    """Return the places (n, 2) of at most `most` signals: crossings of large streets first, then lesser ones."""
    ranks = np.array([RANK.get(way.highway, 9) if way.lit else 9 for way in ways])
    large = np.nonzero(ranks <= 3)[0]
    lines = np.array([shapely.LineString(ways[index].line) for index in large])
    main = np.nonzero(ranks[large] <= 2)[0]
    if not len(main):
        return np.empty((0, 2))
    one, other = shapely.STRtree(lines).query(lines[main], predicate="intersects")
    one = main[one]
    weight = ranks[large[one]] + ranks[large[other]]
    sure = (one != other) & (weight <= 4)
    one, other, weight = one[sure], other[sure], weight[sure]
    meeting = shapely.intersection(lines[one], lines[other])
    points, pair = shapely.get_coordinates(meeting, return_index=True)
    order = np.lexsort((points[:, 1].round(1), points[:, 0].round(1), weight[pair]))
    return _apart(points[order], SIGNAL_APART_M)[:most]


def stops(ways: list[Way], trams: list[Course], spacing_m: float) -> list[Stop]:
    """Return stops about every `spacing_m` metres along tram lines and along streets large enough for a bus."""
    found: list[tuple[Positions, tuple[str, ...]]] = []
    for line in trams:
        modes = ("tram", "bus") if line.kind == "tram" else (line.kind,)
        found += [(at, modes) for at in _along(line.path, spacing_m)]
    for way in ways:
        if RANK.get(way.highway, 9) <= 2 and not way.bridge:
            found += [(at, ("bus",)) for at in _along(way.line, spacing_m)]
    if not found:
        return []
    places = np.array([at for at, _ in found])
    kept = _kept(places, STOP_APART_M)
    return [Stop(places[index], found[index][1]) for index in kept]


def _along(line: Positions, spacing_m: float) -> Positions:
    path = shapely.LineString(line)
    if path.length < LEAST_LINE_M:
        return np.empty((0, 2))
    count = max(1, round(path.length / spacing_m))
    at = (np.arange(count) + 0.5) * path.length / count
    return np.asarray(shapely.get_coordinates(shapely.line_interpolate_point(path, at)))


def _apart(points: Positions, apart_m: float) -> Positions:
    return points[_kept(points, apart_m)]


def _kept(points: Positions, apart_m: float) -> NDArray[np.intp]:
    """Return the indices of points that keep their distance from all kept before them."""
    if not len(points):
        return np.empty(0, dtype=np.intp)
    tree = shapely.STRtree(shapely.points(points))
    one, other = tree.query(shapely.points(points), predicate="dwithin", distance=apart_m)
    rivals: dict[int, list[int]] = {}
    for first, later in zip(one.tolist(), other.tolist(), strict=True):
        if later > first:
            rivals.setdefault(first, []).append(later)
    keep = np.ones(len(points), dtype=bool)
    for index in range(len(points)):
        if keep[index]:
            keep[rivals.get(index, [])] = False
    return np.nonzero(keep)[0]
