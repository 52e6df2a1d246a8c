"""Lots: where houses stand along the sides of blocks, between a front line and a back line."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import shapely
from numpy.random import Generator
from numpy.typing import NDArray

from stadtwerk.cities.generate.arteries import Way
from stadtwerk.cities.generate.minor import Block
from stadtwerk.cities.metres import Positions

STREET_HALF_M: dict[str, float] = {
    "trunk": 13.0,
    "primary": 12.0,
    "secondary": 10.0,
    "tertiary": 8.5,
    "residential": 6.5,
    "living_street": 5.0,
    "pedestrian": 7.0,
    "footway": 3.5,
    "cycleway": 3.5,
    "service": 5.0,
}
"""Half the width of a street from house front to house front, gardens apart; estimates of German practice."""

FRONT_M = np.array([0.0, 3.0, 5.5, 6.0, 4.0])
DEPTH_M = np.array([12.5, 11.0, 10.5, 11.5, 12.0])
WIDTH_M = np.array([15.0, 13.0, 12.0, 22.0, 15.0])
GAP_M = np.array([0.0, 2.0, 7.0, 10.0, 11.0])
STEP_BACK_M = np.array([0.0, 1.0, 2.5, 3.0, 5.0])
"""Front garden, depth, width, gap and greatest step back of houses for each of texture.KINDS; estimates."""

LEAST_M = 9.0
STRETCH_M = 30.0
"""A front is at least this long, and reaches past the corners of its side by at most this much."""

STRAIGHT_M = 1.5
"""Sides of blocks are straightened by up to this much before houses are put along them."""

REACH_M = 4.0
"""A side of a block belongs to a street that runs this near."""


@dataclass(slots=True, frozen=True, eq=False)
class Lots:
    """Houses before they are checked: rings (n, 4, 2) in metres, the index of their way and their block (n,)."""

    rings: NDArray[np.float64]
    way: NDArray[np.intp]
    block: NDArray[np.intp]


@dataclass(slots=True, frozen=True, eq=False)
class Sides:
    """The straight sides of all blocks: ends (n, 2), the side before and after each, block and way (n,)."""

    start: Positions
    end: Positions
    before: NDArray[np.intp]
    after: NDArray[np.intp]
    block: NDArray[np.intp]
    way: NDArray[np.intp]


@dataclass(slots=True, frozen=True, eq=False)
class Fronts:
    """The usable parts of sides: first point (n, 2), unit vector (n, 2), length, and depth of the front line (n,)."""

    start: Positions
    run: Positions
    span_m: NDArray[np.float64]
    front_m: NDArray[np.float64]
    texture: NDArray[np.intp]
    way: NDArray[np.intp]
    block: NDArray[np.intp]


def sides_of(blocks: list[Block], ways: list[Way]) -> Sides:
    """Straighten the blocks and find the street along each side; way is -1 where no street runs."""
    # as lines, for as areas the dead-end streets in them would be repaired away
    lines = shapely.simplify([shapely.LinearRing(block.ring) for block in blocks], STRAIGHT_M)
    rings, counts = shapely.get_coordinates(lines), shapely.get_num_coordinates(lines)
    owner = np.repeat(np.arange(len(blocks)), counts)
    last = np.cumsum(counts) - 1
    keep = np.ones(len(rings), dtype=bool)
    keep[last[counts > 0]] = False  # a closed ring repeats its first corner
    start, block = rings[keep], owner[keep]
    index = np.arange(len(start))
    first = np.searchsorted(block, block, side="left")
    final = np.searchsorted(block, block, side="right") - 1
    after = np.where(index == final, first, index + 1)
    before = np.where(index == first, final, index - 1)
    end = start[after]
    return Sides(start, end, before, after, block, _street_along(start, end, ways))


def segments(ways: list[Way]) -> tuple[NDArray[np.object_], NDArray[np.intp]]:
    """Return the straight pieces of all ways as lines, and the way of each; found faster than whole lines."""
    corners = np.concatenate([way.line for way in ways])
    counts = np.array([len(way.line) for way in ways])
    owner = np.repeat(np.arange(len(ways)), counts)
    inner = np.nonzero(owner[1:] == owner[:-1])[0]
    return shapely.linestrings(np.stack([corners[inner], corners[inner + 1]], axis=1)), owner[inner]


def _street_along(start: Positions, end: Positions, ways: list[Way]) -> NDArray[np.intp]:
    pieces, owner = segments(ways)
    tree = shapely.STRtree(pieces)
    # the middle alone would find a street that only crosses: a quarter point must be near it as well
    found = np.full((2, len(start)), -1, dtype=np.intp)
    for turn, share in enumerate((0.5, 0.25)):
        points = shapely.points(start + share * (end - start))
        at, piece = tree.query_nearest(points, max_distance=REACH_M, all_matches=False)
        found[turn, at] = owner[piece]
    return np.where(found[0] == found[1], found[0], -1)


def lots_along(blocks: list[Block], ways: list[Way], rng: Generator) -> Lots:
    """Put houses along all sides of blocks that have a street."""
    sides = sides_of(blocks, ways)
    texture = np.array([block.texture for block in blocks])[sides.block]
    half = np.array([STREET_HALF_M.get(way.highway, 6.0) for way in ways] + [0.0])
    front = np.where(sides.way < 0, 2.0, half[sides.way] + FRONT_M[texture])
    back = np.where(sides.way < 0, 2.0, front + DEPTH_M[texture])
    near, far = _inset(sides, front), _inset(sides, back)
    run = sides.end - sides.start
    length = np.hypot(*run.T)
    run = run / np.maximum(length, 1e-9)[:, None]
    reach = [((corner - sides.start) * run).sum(axis=1) for corner in (near[0], far[0], near[1], far[1])]
    begin, stop = np.maximum(reach[0], reach[1]), np.minimum(reach[2], reach[3])
    usable = (sides.way >= 0) & (stop - begin > LEAST_M) & (begin > -STRETCH_M) & (stop < length + STRETCH_M)
    fronts = Fronts(sides.start + run * begin[:, None], run, stop - begin, front, texture, sides.way, sides.block)
    return _divide(_pick(fronts, np.nonzero(usable)[0]), rng)


def _inset(sides: Sides, depth: NDArray[np.float64]) -> tuple[Positions, Positions]:
    """Return where the line at a depth inside each side meets that of the side before and of the side after."""
    run = sides.end - sides.start
    run = run / np.maximum(np.hypot(*run.T), 1e-9)[:, None]
    normal = np.column_stack([-run[:, 1], run[:, 0]])
    start = _meet(sides.start, normal, depth, normal[sides.before], depth[sides.before])
    end = _meet(sides.end, normal, depth, normal[sides.after], depth[sides.after])
    return start, end


def _meet(
    corner: Positions, normal: Positions, depth: NDArray[np.float64], other: Positions, beyond: NDArray[np.float64]
) -> Positions:
    """Return the point at distances `depth` and `beyond` from two lines through a corner."""
    turn = normal[:, 0] * other[:, 1] - normal[:, 1] * other[:, 0]
    flat = np.abs(turn) < 0.15
    safe = np.where(flat, 1.0, turn)
    x = (depth * other[:, 1] - beyond * normal[:, 1]) / safe
    y = (beyond * normal[:, 0] - depth * other[:, 0]) / safe
    bent = np.column_stack([x, y])
    return corner + np.where(flat[:, None], normal * depth[:, None], bent)


def _pick(fronts: Fronts, index: NDArray[np.intp]) -> Fronts:
    return Fronts(*(getattr(fronts, column.name)[index] for column in fields(fronts)))


def _divide(fronts: Fronts, rng: Generator) -> Lots:
    """Divide fronts into houses with gaps."""
    width = WIDTH_M[fronts.texture] * np.exp(rng.normal(0, 0.18, len(fronts.span_m)))
    gap = GAP_M[fronts.texture]
    count = np.maximum(1, np.floor((fronts.span_m + gap) / (width + gap))).astype(np.intp)
    which = np.repeat(np.arange(len(count)), count)
    turn = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    pitch = ((fronts.span_m + gap) / count)[which]
    fronts = _pick(fronts, which)
    closed = fronts.texture == 0
    wide = np.minimum(pitch - gap[which], 1.6 * WIDTH_M[fronts.texture])
    wide = wide * np.where(closed, 1.0, rng.uniform(0.8, 1.0, len(which)))
    near = fronts.front_m + rng.uniform(0, 1, len(which)) * STEP_BACK_M[fronts.texture]
    far = near + DEPTH_M[fronts.texture] * np.where(closed, 1.0, rng.uniform(0.85, 1.1, len(which)))
    normal = np.column_stack([-fronts.run[:, 1], fronts.run[:, 0]])
    left = turn * pitch
    corners = [
        fronts.start + fronts.run * along[:, None] + normal * deep[:, None]
        for along, deep in ((left, near), (left + wide, near), (left + wide, far), (left, far))
    ]
    return Lots(np.stack(corners, axis=1), fronts.way, fronts.block)
