"""The sketch of a city: everything drawn in metres, before names and houses."""

from __future__ import annotations

from dataclasses import dataclass

import shapely
from numpy.random import Generator

from stadtwerk.cities.generate import small
from stadtwerk.cities.generate.anchors import Anchors, Course
from stadtwerk.cities.generate.arteries import Arteries, Way, draw_arteries
from stadtwerk.cities.generate.curves import Drift
from stadtwerk.cities.generate.faces import Face, cut_faces
from stadtwerk.cities.generate.ground import Surface, lay_ground, piped
from stadtwerk.cities.generate.joining import join_ways
from stadtwerk.cities.generate.landuse import land_use, within
from stadtwerk.cities.generate.minor import Minor, weave_face
from stadtwerk.cities.generate.rings import Corners
from stadtwerk.cities.generate.texture import Texture
from stadtwerk.cities.generate.trams import draw_trams

DRIFT_M = 45.0
"""How far the anchors, which are rough, are moved to bend the lines between them."""

AROUND_M = 400.0
"""A small city shows the ground this far around its streets."""


@dataclass(slots=True, frozen=True, eq=False)
class Sketch:
    """Streets and ground in metres."""

    ways: list[Way]
    minor: Minor
    arteries: Arteries
    trams: list[Course]
    water: list[Surface]
    landuse: list[Surface]


def draw_sketch(anchors: Anchors, rng: Generator, lamps: int | None) -> Sketch:
    """Draw ground, long lines and minor streets; only the part about the focus where few lamps are wanted."""
    drift = Drift(rng, reach_m=DRIFT_M)
    ground = lay_ground(anchors, drift, rng)
    arteries = draw_arteries(anchors, ground, drift)
    texture = Texture(anchors, drift, rng)
    faces = cut_faces(ground, arteries)
    trams = draw_trams(anchors.trams, arteries.main, drift, ground.city)
    if lamps is not None:
        disc = small.disc(anchors.focus, lamps)
        faces, arteries = small.clip_faces(faces, disc), small.clip_arteries(arteries, disc)
    minor = _weave(faces, texture, rng)
    ways = arteries.ways + join_ways(minor.ways)
    water = piped(ground.water, [way.line for way in ways])
    sketch = Sketch(ways, minor, arteries, trams, water, land_use(ground, faces, minor, texture))
    return sketch if lamps is None else _about(sketch, anchors, lamps)


def _about(sketch: Sketch, anchors: Anchors, lamps: int) -> Sketch:
    """Keep what lies about the focus."""
    ways = small.nearby(sketch.ways, anchors.focus, lamps)
    hull = shapely.convex_hull(shapely.union_all([shapely.LineString(way.line) for way in ways]))
    around = hull.buffer(AROUND_M)
    return Sketch(
        ways,
        sketch.minor,
        small.clip_arteries(sketch.arteries, hull),
        small.clip_courses(sketch.trams, hull),
        within(sketch.water, around),
        within(sketch.landuse, around),
    )


def _weave(faces: list[Face], texture: Texture, rng: Generator) -> Minor:
    minor, corners = Minor(), Corners()
    for theme, face in enumerate(faces):
        weave_face(minor, face, theme, texture, corners, rng)
    return minor
