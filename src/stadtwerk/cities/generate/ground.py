"""The ground of the city: rivers and lakes, woods, fields, works and parks; what is left is built on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.random import Generator

from stadtwerk.cities.generate.anchors import Anchors, Course, Patch
from stadtwerk.cities.generate.curves import Drift, blob, smooth, soft_ring
from stadtwerk.cities.metres import Positions

STEP_M = 30.0
"""Distance between the points of drawn lines."""

NARROW_M = 15.0
"""Courses narrower than this run under streets in a pipe; wider ones need bridges."""

PIPE_M = 9.0
"""A pipe is this long on either side of the street."""

VILLAGE = "village"


@dataclass(slots=True, frozen=True, eq=False)
class Surface:
    """An area of one kind and name, in metres."""

    kind: str
    name: str
    outline: shapely.Polygon


@dataclass(slots=True, frozen=True, eq=False)
class Ground:
    """The surfaces of a city in metres; water and zones do not overlap."""

    city: shapely.Polygon
    water: list[Surface]
    zones: list[Surface]
    wide_water: shapely.Geometry


def lay_ground(anchors: Anchors, drift: Drift, rng: Generator) -> Ground:
    """Draw water and zones inside the city."""
    city = shapely.union_all(anchors.outlines)
    water = _water(anchors, drift, rng)
    wide = shapely.union_all([area.outline for area in water if area.kind != "stream"])
    wet = shapely.union_all([area.outline for area in water])
    water = [piece for area in water for piece in clip(area, city)]
    return Ground(city, water, _zones(anchors, drift, rng, city, wet), wide)


def clip(area: Surface, within: shapely.Geometry, *, least_m2: float = 200.0) -> list[Surface]:
    """Return the pieces of a surface inside another area, without crumbs."""
    return [
        Surface(area.kind, area.name, part)
        for part in polygons(shapely.intersection(area.outline, within))
        if part.area >= least_m2
    ]


def piped(water: list[Surface], streets: list[Positions]) -> list[Surface]:
    """Lead streams in pipes under the streets that cross them."""
    lines = np.array([shapely.LineString(line) for line in streets])
    tree = shapely.STRtree(lines)
    led = []
    for area in water:
        over = tree.query(area.outline, predicate="intersects") if area.kind == "stream" else np.empty(0, np.intp)
        cover = shapely.union_all(shapely.buffer(lines[np.sort(over)], PIPE_M, cap_style="flat"))
        led += clip(area, shapely.difference(area.outline, cover), least_m2=50.0)
    return led


def polygons(shape: shapely.Geometry) -> list[shapely.Polygon]:
    """Return the polygons of any geometry."""
    return [part for part in shapely.get_parts(shapely.get_parts(shape)) if part.geom_type == "Polygon"]


def _water(anchors: Anchors, drift: Drift, rng: Generator) -> list[Surface]:
    """Draw courses of a width and lakes; where they overlap, the first one keeps the ground."""
    drawn = [Surface(course.kind, course.name, _band(course, drift)) for course in anchors.courses]
    for lake in anchors.lakes:
        ring = blob(drift(lake.ring)[0], lake.size_m, lake.direction_deg, rng)
        drawn.append(Surface("lake", lake.name, shapely.Polygon(ring).buffer(0)))
    return _without_overlap(drawn)


def _band(course: Course, drift: Drift) -> shapely.Polygon:
    line = shapely.LineString(smooth(drift(course.path), step_m=STEP_M))
    flat = course.kind == "basin"
    return line.buffer(course.width_m / 2, cap_style="square" if flat else "round", quad_segs=4)


def _zones(
    anchors: Anchors, drift: Drift, rng: Generator, city: shapely.Polygon, wet: shapely.Geometry
) -> list[Surface]:
    """Draw the zones: parks first, fields last; villages stay free in the fields."""
    dry = shapely.difference(city, wet)
    villages = shapely.union_all(
        [
            shapely.Polygon(blob(drift(place.xy[None])[0], (place.reach_m * 2, place.reach_m * 1.5), 30, rng))
            for place in anchors.places.values()
            if place.kind == VILLAGE
        ]
    )
    order = ["park", "harbour", "industrial", "wood", "farmland"]
    drawn = [Surface(patch.kind, patch.name, _patch(patch, drift, rng)) for patch in anchors.ground]
    drawn.sort(key=lambda area: order.index(area.kind))
    free = [
        Surface(area.kind, area.name, shapely.difference(area.outline, villages)) for area in _without_overlap(drawn)
    ]
    return [piece for area in free for piece in clip(area, dry, least_m2=3000.0)]


def _patch(patch: Patch, drift: Drift, rng: Generator) -> shapely.Polygon:
    if patch.size_m[0]:
        ring = blob(drift(patch.ring)[0], patch.size_m, patch.direction_deg, rng)
    else:
        rough = 2.0 if patch.kind in ("industrial", "harbour") else 12.0
        ring = soft_ring(drift(patch.ring), rng, step_m=60.0, rough=rough)
    return shapely.Polygon(ring).buffer(0)


def _without_overlap(areas: list[Surface]) -> list[Surface]:
    """Cut each area by all areas before it."""
    taken: shapely.Geometry = shapely.Polygon()
    result = []
    for area in areas:
        rest = shapely.difference(area.outline, taken)
        if not rest.is_empty:
            result.append(Surface(area.kind, area.name, rest))
        taken = shapely.union(taken, area.outline)
    return result
