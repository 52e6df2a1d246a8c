"""Land use: the zones, the ground left open between the quarters, and what is built on."""

from __future__ import annotations

import numpy as np
import shapely

from stadtwerk.cities.generate.faces import BUILT, Face
from stadtwerk.cities.generate.ground import Ground, Surface, clip, polygons
from stadtwerk.cities.generate.minor import Block, Minor
from stadtwerk.cities.generate.texture import KINDS, Texture

COMMERCIAL_NEAR = 0.8
"""Closed blocks this near to the middle of their place are shops and offices."""

LEAST_M2 = 1500.0


def land_use(ground: Ground, faces: list[Face], minor: Minor, texture: Texture) -> list[Surface]:
    """Return the surfaces of the land: zones first, then open ground, shops and dwellings."""
    dwellings = shapely.union_all([face.outline for face in faces if face.kind == BUILT])
    found = list(ground.zones)
    open_ground = _open(minor, texture)
    shops = shapely.union_all([shapely.Polygon(block.ring).buffer(0) for block in minor.blocks if _shop(block)])
    for kind, shape in [*open_ground.items(), ("commercial", shops)]:
        found += [Surface(kind, "", part) for part in polygons(shape) if part.area > LEAST_M2]
        dwellings = shapely.difference(dwellings, shape)
    return found + [Surface("residential", "", part) for part in polygons(dwellings) if part.area > LEAST_M2]


def within(surfaces: list[Surface], area: shapely.Geometry) -> list[Surface]:
    """Return the pieces of surfaces in an area."""
    return [piece for surface in surfaces for piece in clip(surface, area)]


def _shop(block: Block) -> bool:
    return block.texture == KINDS.index("core") and block.near > COMMERCIAL_NEAR


def _open(minor: Minor, texture: Texture) -> dict[str, shapely.Geometry]:
    """Return open ground by kind: gardens near the places, else wood or fields in large patches."""
    if not minor.open:
        return {}
    shapes = shapely.buffer(shapely.polygons([shapely.linearrings(ring) for ring in minor.open]), 0)
    centres = shapely.get_coordinates(shapely.centroid(shapes))
    _, near = texture.near(centres)
    wooded = texture.patchy(centres) > 0.1
    kind = np.where(near > 0.3, "park", np.where(wooded, "wood", "farmland"))
    return {name: shapely.union_all(shapes[kind == name]) for name in ("park", "wood", "farmland")}
