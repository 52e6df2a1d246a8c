"""Cuts: how a face becomes blocks. Each cut is a street from one side of a block to the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import cos, hypot, sin

import numpy as np
import shapely
from numpy.random import Generator

from stadtwerk.cities.generate.curves import bow
from stadtwerk.cities.generate.rings import Corners, Frame, Mark, area, cross, frame, perimeter, split
from stadtwerk.cities.generate.texture import Weave
from stadtwerk.cities.metres import Positions

TRIES = 8
MOST_CUTS = 4000
"""A face is never cut more often."""

CLEAR_M = 11.0
"""A cut keeps this distance from the sides of its block, but at its ends."""

HAIR_M = 0.05
"""By so much an end of a cut may miss the ring, from rounding."""

LEAST_WIDTH_M = 34.0
LEAST_M2 = 1400.0
"""No block is narrower or smaller."""

OPEN_M2 = 110_000.0
"""A block smaller than this may stay open ground."""

VAST_M2 = 80_000.0
"""Blocks larger than this may have any shape, for they are cut again."""

MEET = 0.75
"""How often a cut looks for a street on the other side of the road to go on into."""


@dataclass(slots=True)
class Cuts:
    """The cuts of a face in order, and the blocks between them; all in metres."""

    lines: list[Positions] = field(default_factory=list)
    spans_m2: list[float] = field(default_factory=list)
    blocks: list[Positions] = field(default_factory=list)
    open: list[Positions] = field(default_factory=list)


def cut_ring(
    ring: Positions,
    weave: Callable[[Positions], Weave],
    corners: Corners,
    rng: Generator,
    *,
    is_open: Callable[[Positions], bool] | None = None,
) -> Cuts:
    """Cut a ring (k, 2) again and again until every block is as small as the weave at its place.

    `corners` are the ends of all cuts so far, also of other faces: new cuts like to end opposite them.
    """
    cuts = Cuts()
    waiting = [ring if area(ring) > 0 else ring[::-1]]
    while waiting:
        ring = waiting.pop()
        box = frame(ring)
        wanted = weave(box.centre)
        if is_open is not None and area(ring) < OPEN_M2 and is_open(box.centre):
            cuts.open.append(ring)
            continue
        found = None
        if len(cuts.lines) < MOST_CUTS and not _small(box, wanted):
            found = _cut(ring, box, wanted, corners, rng)
        if found is None:
            cuts.blocks.append(ring)
            continue
        line, one, other = found
        cuts.lines.append(line)
        corners.add(line[0])
        corners.add(line[-1])
        cuts.spans_m2.append(area(ring))
        waiting += [one, other]
    return cuts


def _small(box: Frame, wanted: Weave) -> bool:
    if box.length_m * box.width_m < 0.45 * wanted.length_m * wanted.width_m:
        return True
    return box.length_m <= wanted.length_m and box.width_m <= wanted.width_m


def _cut(
    ring: Positions, box: Frame, wanted: Weave, corners: Corners, rng: Generator
) -> tuple[Positions, Positions, Positions] | None:
    """Find a cut that leaves two blocks of good shape; the line and the two rings, or None."""
    shape = shapely.Polygon(ring)
    lengthwise = box.length_m <= wanted.length_m or (
        box.width_m > wanted.width_m and box.length_m < 2.4 * box.width_m and rng.random() < 0.4
    )
    for attempt in range(TRIES):
        if attempt in (3, 6):
            lengthwise = not lengthwise
        marks = _aim(ring, box, wanted, lengthwise=lengthwise, spread=0.06 + 0.03 * attempt, rng=rng)
        if marks is None:
            continue
        if attempt < 2 and rng.random() < MEET:
            marks = corners.near(ring, marks[0]), corners.near(ring, marks[1])
        path = _bend(marks, wanted, rng)
        if path is None:
            continue
        if len(path) > 2 and not _clear(shape, path):
            path = path[[0, -1]]
        if len(path) == 2 and not _inside(shape, path):
            continue
        one, other = split(ring, *marks, path)
        if _good(one) and _good(other):
            return path, one, other
    return None


def _aim(
    ring: Positions, box: Frame, wanted: Weave, *, lengthwise: bool, spread: float, rng: Generator
) -> tuple[Mark, Mark] | None:
    """Choose where a line across (or along) the box ends on the ring."""
    across = np.array([-box.axis[1], box.axis[0]])
    reach, side, along = (box.width_m, across, box.axis) if lengthwise else (box.length_m, box.axis, across)
    place = rng.normal(0, spread) * reach
    lean = rng.normal(0, 0.05 + 0.12 * wanted.bend)
    heading = along * cos(lean) + side * sin(lean)
    return cross(ring, box.centre + side * place, heading)


def _bend(marks: tuple[Mark, Mark], wanted: Weave, rng: Generator) -> Positions | None:
    """Draw a bent line between two marks, near to right angles with the sides where it ends."""
    ends = np.stack([marks[0].at, marks[1].at])
    chord = ends[1] - ends[0]
    run = hypot(chord[0], chord[1])
    if run < LEAST_WIDTH_M:
        return None
    blend = 0.35 + 0.5 * wanted.bend
    sway = rng.normal(0, 0.22 * wanted.bend, 2)
    normal = np.array([-chord[1], chord[0]]) / run
    leave = _tangent(marks[0].inward, chord / run, blend) + sway[0] * normal
    arrive = _tangent(-marks[1].inward, chord / run, blend) + sway[1] * normal
    return bow(ends, leave * run, arrive * run, points=min(max(int(run / 28), 2), 40))


def _tangent(normal: Positions, chord: Positions, blend: float) -> Positions:
    if float(normal @ chord) < 0.3:
        return chord
    mixed = blend * normal + (1 - blend) * chord
    return mixed / hypot(mixed[0], mixed[1])


def _clear(shape: shapely.Polygon, path: Positions) -> bool:
    """Tell whether a bent path stays inside its block and away from its sides."""
    inner = shapely.LineString(path[1:-1]) if len(path) > 3 else shapely.Point(path[1])
    return _inside(shape, path) and shape.exterior.distance(inner) > CLEAR_M


def _inside(shape: shapely.Polygon, path: Positions) -> bool:
    """Tell whether a path stays inside its block; its ends lie on the ring but for rounding."""
    inner = path.copy()
    for end, beside in ((0, 1), (-1, -2)):
        run = path[beside] - path[end]
        inner[end] += run * (HAIR_M / hypot(run[0], run[1]))
    return bool(shape.covers(shapely.LineString(inner)))


def _good(ring: Positions) -> bool:
    """Tell whether a block is no splinter: wide enough, and compact (the isoperimetric quotient)."""
    size = area(ring) if len(ring) > 2 else 0.0
    if size < LEAST_M2:
        return False
    round_m = perimeter(ring)
    compact = 4 * np.pi * size / round_m**2
    return 2 * size / round_m > LEAST_WIDTH_M / 2 and compact > (0.08 if size > VAST_M2 else 0.25)
