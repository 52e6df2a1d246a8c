"""Main streets and railways: the city's long lines, cut where districts meet and where water is crossed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from stadtwerk.cities.generate.anchors import Anchors, Course
from stadtwerk.cities.generate.curves import Drift, smooth
from stadtwerk.cities.generate.ground import STEP_M, Ground
from stadtwerk.cities.metres import Positions

LEAST_M = 12.0
"""Shorter pieces of a cut line are dropped."""

FARTHEST_M = 900.0
"""A main street that ends nowhere goes on for at most this much to meet the next one."""

MOTORWAY_HALF_M = 20.0
RAIL_HALF_M = 11.0
STATION_HALF_M = 45.0
"""Ground that a motorway, a railway and the tracks of the main station take on either side."""


@dataclass(slots=True, frozen=True, eq=False)
class Way:
    """A street of one class as a line in metres; `theme` groups streets whose names belong together."""

    highway: str
    line: Positions
    name: str = ""
    theme: int = -1
    bridge: bool = False
    lit: bool = True


@dataclass(slots=True, frozen=True, eq=False)
class Arteries:
    """The long lines in metres: `main` without motorways; `decks` are bridges over water, of kind road or rail."""

    main: list[Course]
    ways: list[Way]
    rails: list[Course]
    decks: list[Course]
    corridors: shapely.Geometry


def draw_arteries(anchors: Anchors, ground: Ground, drift: Drift) -> Arteries:
    """Draw main streets, motorways and railways inside the city and find their bridges."""
    streets = _meet([_drawn(course, drift) for course in anchors.streets])
    rails = [piece for course in anchors.rails for piece in _inside(_drawn(course, drift), ground.city)]
    names = _bridge_names(anchors, drift)
    ways = [way for course in streets for way in _ways(course, anchors.outlines, ground.wide_water)]
    decks = [Course("road", _nearest(names, way.line, way.name), way.line) for way in ways if way.bridge]
    for course in rails:
        over = parts(shapely.intersection(shapely.LineString(course.path), ground.wide_water))
        decks += [Course("rail", _nearest(names, line, course.name), line) for line in over]
    main = [course for course in streets if course.kind != "motorway"]
    return Arteries(main, ways, rails, decks, _corridors(streets, rails, drift(anchors.station[None])[0]))


def parts(shape: shapely.Geometry, least_m: float = LEAST_M) -> list[Positions]:
    """Return the lines (k, 2) of any geometry, pieces that continue each other joined, crumbs dropped."""
    lines = shapely.get_parts(shapely.line_merge(shape) if shape.geom_type == "MultiLineString" else shape)
    return [
        shapely.get_coordinates(line) for line in lines if line.geom_type == "LineString" and line.length >= least_m
    ]


def _drawn(course: Course, drift: Drift) -> Course:
    return Course(course.kind, course.name, smooth(drift(course.path), step_m=STEP_M))


def _meet(streets: list[Course]) -> list[Course]:
    """Lengthen streets that end nowhere straight on until they meet the next street, if one is near."""
    lines = [shapely.LineString(course.path) for course in streets]
    met = []
    for index, course in enumerate(streets):
        others = shapely.union_all(lines[:index] + lines[index + 1 :])
        path = course.path
        if course.kind != "motorway":
            path = np.concatenate([_onward(path[1::-1], others), path, _onward(path[-2:], others)])
        met.append(Course(course.kind, course.name, path))
    return met


def _onward(end: Positions, others: shapely.Geometry) -> Positions:
    """Return the point (1, 2) straight on from the last of two points where other lines are met, or none (0, 2)."""
    if others.distance(shapely.Point(end[1])) < 1.0:
        return np.empty((0, 2))
    run = (end[1] - end[0]) / np.hypot(*(end[1] - end[0]))
    hits = shapely.intersection(shapely.LineString([end[1], end[1] + run * FARTHEST_M]), others)
    points = shapely.get_coordinates(hits)
    if not len(points):
        return np.empty((0, 2))
    nearest: Positions = points[[np.hypot(*(points - end[1]).T).argmin()]]
    return nearest


def _inside(course: Course, city: shapely.Polygon) -> list[Course]:
    inside = parts(shapely.intersection(shapely.LineString(course.path), city))
    return [Course(course.kind, course.name, line) for line in inside]


def _ways(course: Course, outlines: list[shapely.Polygon], water: shapely.Geometry) -> list[Way]:
    """Cut one street at the borders of districts and at the banks of wide water."""
    line = shapely.LineString(course.path)
    lit = course.kind != "motorway"
    ways: list[Way] = []
    over = shapely.intersection(line, water)
    ashore = shapely.difference(line, water)
    for outline in outlines:
        for bridge, piece in ((False, ashore), (True, over)):
            found = parts(shapely.intersection(piece, outline))
            ways += [Way(course.kind, each, course.name, bridge=bridge, lit=lit) for each in found]
    return ways


def _bridge_names(anchors: Anchors, drift: Drift) -> list[tuple[str, Positions]]:
    return [(name, drift(at[None])[0]) for name, at in anchors.bridges]


def _nearest(names: list[tuple[str, Positions]], line: Positions, otherwise: str) -> str:
    """Return the name of the bridge within 450 m, or that of the street."""
    middle = line[len(line) // 2]
    if names:
        distance_m, name = min((float(np.hypot(*(at - middle))), name) for name, at in names)
        if distance_m < 450:
            return name
    return otherwise


def _corridors(streets: list[Course], rails: list[Course], station: Positions) -> shapely.Geometry:
    """Return the ground that motorways and railways take."""
    wide = [shapely.LineString(course.path) for course in streets if course.kind == "motorway"]
    tracks = [shapely.LineString(course.path) for course in rails]
    near = shapely.intersection(shapely.union_all(tracks), shapely.Point(station).buffer(700))
    return shapely.union_all(
        [
            *shapely.buffer(wide, MOTORWAY_HALF_M, quad_segs=2, cap_style="flat"),
            *shapely.buffer(tracks, RAIL_HALF_M, quad_segs=2, cap_style="flat"),
            shapely.buffer(near, STATION_HALF_M, quad_segs=2, cap_style="flat"),
        ]
    )
