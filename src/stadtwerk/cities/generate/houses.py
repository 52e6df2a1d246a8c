"""Houses: lots that are free of streets and of each other, with an address, a height and a use."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.random import Generator
from numpy.typing import NDArray

from stadtwerk.cities.generate.arteries import Way
from stadtwerk.cities.generate.lots import Lots, lots_along, segments
from stadtwerk.cities.generate.minor import Block
from stadtwerk.cities.generate.slabs import halls
from stadtwerk.cities.generate.texture import KINDS

CLEAR_M = 3.2
"""No house stands nearer to the middle of a street."""

STOREY_M = 3.1
ADDRESS_M = 220.0
"""A hall farther than this from any street with a name has no address and is not built."""


@dataclass(slots=True, frozen=True, eq=False)
class Houses:
    """All houses: rings (n, 4, 2) in metres, way, number on its side of it, height (n,) in metres, use (n,)."""

    rings: NDArray[np.float64]
    way: NDArray[np.intp]
    number: NDArray[np.intp]
    height_m: NDArray[np.float64]
    use: list[str]


def build_houses(blocks: list[Block], ways: list[Way], rng: Generator) -> Houses:
    """Build houses along the streets, slabs in estates, halls in industry; number them along their streets."""
    built = [index for index, block in enumerate(blocks) if block.kind == "built"]
    dwellings = _renumbered(lots_along([blocks[index] for index in built], ways, rng), np.array(built))
    estate = [index for index in built if blocks[index].texture == KINDS.index("estate")]
    groups = [dwellings, halls(blocks, estate, "estate", rng)]
    for kind in ("industrial", "harbour"):
        which = [index for index, block in enumerate(blocks) if block.kind == kind]
        groups += [halls(blocks, which, kind, rng)]
    lots = _addressed(_free(_together(groups), ways), ways)
    texture = np.array([block.texture for block in blocks])[lots.block]
    worked = np.array([block.kind != "built" for block in blocks])[lots.block]
    near = np.array([block.near for block in blocks])[lots.block]
    height_m = _heights(lots, texture, worked, near, rng)
    use = ["industrial" if work else "residential" for work in worked]
    return Houses(lots.rings, lots.way, _numbers(lots, ways), height_m, use)


def _renumbered(lots: Lots, blocks: NDArray[np.intp]) -> Lots:
    return Lots(lots.rings, lots.way, blocks[lots.block])


def _together(groups: list[Lots]) -> Lots:
    return Lots(
        np.concatenate([lots.rings for lots in groups]),
        np.concatenate([lots.way for lots in groups]),
        np.concatenate([lots.block for lots in groups]),
    )


def _only(lots: Lots, keep: NDArray[np.bool_]) -> Lots:
    return Lots(lots.rings[keep], lots.way[keep], lots.block[keep])


def _free(lots: Lots, ways: list[Way]) -> Lots:
    """Drop lots on a street, and of two that overlap the later one."""
    shapes = shapely.polygons(lots.rings)
    on_street = shapely.STRtree(shapes).query(segments(ways)[0], predicate="dwithin", distance=CLEAR_M)[1]
    keep = np.ones(len(shapes), dtype=bool)
    keep[on_street] = False
    lots = _only(lots, keep)
    middle = lots.rings.mean(axis=1, keepdims=True)
    shrunk = shapely.polygons(middle + (lots.rings - middle) * 0.93)
    one, other = shapely.STRtree(shrunk).query(shrunk, predicate="intersects")
    keep = np.ones(len(shrunk), dtype=bool)
    pairs = one < other
    for first, later in zip(one[pairs].tolist(), other[pairs].tolist(), strict=True):
        if keep[first]:
            keep[later] = False
    return _only(lots, keep)


def _addressed(lots: Lots, ways: list[Way]) -> Lots:
    """Give lots without a street the nearest one that has an address."""
    lonely = np.nonzero(lots.way < 0)[0]
    usable = np.array([i for i, way in enumerate(ways) if way.highway != "motorway" and way.name], dtype=np.intp)
    way = lots.way.copy()
    if len(lonely) and len(usable):
        tree = shapely.STRtree([shapely.LineString(ways[index].line) for index in usable])
        centres = shapely.points(lots.rings[lonely].mean(axis=1))
        at, found = tree.query_nearest(centres, max_distance=ADDRESS_M, all_matches=False)
        way[lonely[at]] = usable[found]
    named = np.array([bool(each.name) for each in ways])
    lots = Lots(lots.rings, way, lots.block)
    return _only(lots, (way >= 0) & named[way])


def _numbers(lots: Lots, ways: list[Way]) -> NDArray[np.intp]:
    """Number the houses of each street from its start: odd on the left, even on the right."""
    lines = np.array([shapely.LineString(way.line) for way in ways])[lots.way]
    centres = lots.rings.mean(axis=1)
    along = shapely.line_locate_point(lines, shapely.points(centres))
    here = shapely.get_coordinates(shapely.line_interpolate_point(lines, along))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(lines, along + 1.0))
    behind = shapely.get_coordinates(shapely.line_interpolate_point(lines, np.maximum(along - 1.0, 0)))
    run, out = ahead - behind, centres - here
    right = (run[:, 0] * out[:, 1] - run[:, 1] * out[:, 0]) < 0
    order = np.lexsort((along, right, lots.way))
    key = lots.way[order] * 2 + right[order]
    fresh = np.concatenate([[True], key[1:] != key[:-1]]) if len(key) else np.empty(0, bool)
    starts = np.maximum.accumulate(np.where(fresh, np.arange(len(key)), 0))
    number = np.empty(len(key), dtype=np.intp)
    number[order] = 2 * (np.arange(len(key)) - starts) + np.where(right[order], 2, 1)
    return number


def _heights(
    lots: Lots, texture: NDArray[np.intp], worked: NDArray[np.bool_], near: NDArray[np.float64], rng: Generator
) -> NDArray[np.float64]:
    """Draw heights in metres: more storeys near a centre and in estates, halls of 7 to 22 m."""
    storeys = np.array([2.6, 2.2, 1.6, 3.0, 1.6])[texture] + near * np.array([2.6, 1.6, 0.7, 3.5, 0.5])[texture]
    storeys = np.maximum(1, np.round(storeys + rng.normal(0, 0.6, len(storeys))))
    height_m = storeys * STOREY_M + rng.uniform(0.5, 3.5, len(storeys))
    hall_m = rng.uniform(7, 22, len(storeys))
    return np.asarray(np.round(np.where(worked, hall_m, height_m), 1), dtype=np.float64)
