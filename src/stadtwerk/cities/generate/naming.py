"""Which district a street lies in, and what it is called."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely
from numpy.random import Generator
from numpy.typing import NDArray

from stadtwerk.cities.generate.anchors import Anchors
from stadtwerk.cities.generate.arteries import Way
from stadtwerk.cities.generate.names import Names


def districts_of(ways: list[Way], anchors: Anchors) -> NDArray[np.intp]:
    """Return the district (n,) in which the middle of each way lies, or the nearest one."""
    lines = [shapely.LineString(way.line) for way in ways]
    middles = shapely.line_interpolate_point(lines, 0.5, normalized=True)
    distance = np.stack([shapely.distance(outline, middles) for outline in anchors.outlines])
    return np.asarray(distance.argmin(axis=0))


def name_ways(ways: list[Way], district: NDArray[np.intp], anchors: Anchors, rng: Generator) -> list[Way]:
    """Name the lit ways that have no name; paths without lamps stay without one."""
    names = Names(rng)
    ids = [quarter.id for quarter in anchors.quarters]
    for quarter in ids:
        for course in anchors.streets:
            names.keep(quarter, course.name)
    named = []
    for way, home in zip(ways, district.tolist(), strict=True):
        nameless = way.lit and not way.name
        named.append(replace(way, name=names.draw(ids[home], way.highway, way.theme)) if nameless else way)
    return named
