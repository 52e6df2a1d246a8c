"""Small cities for tests: the compact part of a city about its focus that has about so many lamps."""

from __future__ import annotations

import numpy as np
import shapely

from stadtwerk.cities.generate.anchors import Course
from stadtwerk.cities.generate.arteries import Arteries, Way, parts
from stadtwerk.cities.generate.faces import LEAST_M2, Face
from stadtwerk.cities.generate.ground import polygons
from stadtwerk.cities.metres import Positions

LAMPS_PER_M = 1 / 27.0
"""Lamps per metre of lit street, for an estimate; the lamps themselves are placed later."""

LAMPS_PER_M2 = 250e-6
"""Lamps per square metre about the focus, a low estimate."""


def disc(focus: Positions, lamps: int) -> shapely.Polygon:
    """Return the disc about the focus in which a small city of so many lamps surely finds its streets."""
    return shapely.Point(focus).buffer(600.0 + np.sqrt(lamps / LAMPS_PER_M2))


def clip_faces(faces: list[Face], within: shapely.Geometry) -> list[Face]:
    """Clip faces to a part of the city."""
    shapely.prepare(within)
    near = [face for face in faces if shapely.intersects(within, face.outline)]
    return [
        Face(face.kind, part)
        for face in near
        for part in polygons(shapely.intersection(face.outline, within))
        if part.area > LEAST_M2
    ]


def nearby(ways: list[Way], focus: Positions, lamps: int) -> list[Way]:
    """Keep the ways nearest to the focus until their lamps are enough (an estimate), in the order they came in."""
    lines = [shapely.LineString(way.line) for way in ways]
    distance = shapely.distance(lines, shapely.Point(focus))
    order = np.lexsort((np.arange(len(ways)), distance))
    length = np.array([line.length if way.lit else 0.0 for line, way in zip(lines, ways, strict=True)])
    enough = int(np.searchsorted(np.cumsum(length[order]) * LAMPS_PER_M, lamps)) + 1
    return [ways[index] for index in np.sort(order[:enough])]


def clip_arteries(arteries: Arteries, within: shapely.Geometry) -> Arteries:
    """Clip the long lines to a part of the city."""
    ways = [
        Way(way.highway, line, way.name, way.theme, way.bridge, way.lit)
        for way in arteries.ways
        for line in parts(shapely.intersection(shapely.LineString(way.line), within))
    ]
    decks = [deck for deck in arteries.decks if shapely.intersects(shapely.LineString(deck.path), within)]
    return Arteries(
        clip_courses(arteries.main, within), ways, clip_courses(arteries.rails, within), decks, arteries.corridors
    )


def clip_courses(courses: list[Course], within: shapely.Geometry) -> list[Course]:
    """Clip named lines to an area."""
    return [
        Course(course.kind, course.name, line)
        for course in courses
        for line in parts(shapely.intersection(shapely.LineString(course.path), within))
    ]
