"""The faces between the long lines: the city's ground cut along banks, zones, railways and main streets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from stadtwerk.cities.generate.arteries import Arteries
from stadtwerk.cities.generate.ground import Ground, polygons
from stadtwerk.cities.metres import Positions

BUILT = "built"
LEAST_M2 = 1200.0
"""Smaller faces stay empty."""

MOST_SLITS = 60
"""An outline is opened at most this often."""

NEAR_M = 0.01
FAR_M = 1e5
"""So near is the same place; so far is out of any city."""


@dataclass(slots=True, frozen=True, eq=False)
class Face:
    """A piece of ground of one kind with no long line through it, in metres."""

    kind: str
    outline: shapely.Polygon


def cut_faces(ground: Ground, arteries: Arteries) -> list[Face]:
    """Cut the ground into faces, those of one kind in the order of their place (south-west first)."""
    main = shapely.union_all([shapely.LineString(course.path) for course in arteries.main])
    dry = shapely.difference(ground.city, shapely.union_all([area.outline for area in ground.water]))
    dry = shapely.difference(dry, arteries.corridors)
    zones = [(area.kind, area.outline) for area in ground.zones]
    taken = shapely.union_all([outline for _, outline in zones])
    kinds = [(BUILT, shapely.difference(dry, taken))]
    for kind, outline in zones:
        kinds.append((kind, shapely.intersection(outline, dry)))
    return [face for kind, shape in kinds for face in _pieces(kind, shape, main)]


def _pieces(kind: str, shape: shapely.Geometry, main: shapely.Geometry) -> list[Face]:
    """Cut a shape along the main streets."""
    shape = shapely.MultiPolygon(polygons(shape))  # a difference may leave lines beside the areas
    edges = shapely.union_all([shapely.boundary(shape), shapely.intersection(main, shape)])
    found = shapely.get_parts(shapely.polygonize(shapely.get_parts(edges)))
    if not len(found):
        return []
    shapely.prepare(shape)
    inside = shapely.contains(shape, shapely.point_on_surface(found)) & (shapely.area(found) >= LEAST_M2)
    found = found[inside]
    centres = shapely.get_coordinates(shapely.centroid(found))
    order = np.lexsort((centres[:, 0].round(3), centres[:, 1].round(3)))
    return [Face(kind, found[index]) for index in order]


def without_holes(outline: shapely.Polygon) -> tuple[list[shapely.Polygon], list[Positions]]:
    """Cut an outline with holes into outlines without, by straight cuts from the holes; pieces and cuts."""
    waiting, pieces = [outline], []
    cuts: list[Positions] = []
    while waiting:
        shape = waiting.pop()
        if not shape.interiors or len(cuts) > MOST_SLITS:
            pieces.append(shapely.Polygon(shape.exterior))
            continue
        slits = _slits(shape)
        cuts += slits
        lines = shapely.union_all([shape.boundary, *(shapely.LineString(slit) for slit in slits)])
        found = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
        waiting += list(found[shapely.contains(shape, shapely.point_on_surface(found))])
    return pieces, cuts


def _slits(shape: shapely.Polygon) -> list[Positions]:
    """Return straight lines from the first hole of a shape to its rim on both sides, as short as possible.

    Where another hole lies between, the line goes on behind it: so the shape surely falls apart.
    """
    centre = shapely.get_coordinates(shapely.point_on_surface(shapely.Polygon(shape.interiors[0])))[0]
    turns = np.arange(8) * np.pi / 8
    ways = [_to_rim(shape, centre, np.array([np.cos(turn), np.sin(turn)])) for turn in turns]
    best = min(ways, key=lambda lines: sum(float(np.hypot(*(line[1] - line[0]))) for line in lines))
    return [_longer(line) for line in best]


def _to_rim(shape: shapely.Polygon, centre: Positions, run: Positions) -> list[Positions]:
    """Return what of a straight line through a point in a hole lies in the shape, up to the rim on each side."""
    ray = shapely.intersection(shapely.LineString([centre - run * FAR_M, centre + run * FAR_M]), shape)
    lines = [shapely.get_coordinates(part)[[0, -1]] for part in shapely.get_parts(ray) if part.length > NEAR_M]
    found = []
    for side in (1, -1):
        ahead = [line if (line[1] - line[0]) @ run * side > 0 else line[::-1] for line in lines]
        ahead = [line for line in ahead if (line[0] - centre) @ run * side > 0]
        for line in sorted(ahead, key=lambda line: float((line[0] - centre) @ run * side)):
            found.append(line)
            if shape.exterior.distance(shapely.Point(line[1])) < NEAR_M:
                break
    return found


def _longer(line: Positions) -> Positions:
    """Lengthen a line by a hair at both ends, so that it surely meets what it touches."""
    run = (line[-1] - line[0]) / np.hypot(*(line[-1] - line[0]))
    return np.stack([line[0] - run * NEAR_M, line[-1] + run * NEAR_M])
