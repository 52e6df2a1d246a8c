"""Rings: the outlines of blocks as plain arrays (k, 2), counter-clockwise and not closed, in metres."""

from __future__ import annotations

from cmath import phase
from dataclasses import dataclass
from math import cos, hypot, sin

import numpy as np

from stadtwerk.cities.metres import Positions

SNAP_M = 7.0
"""A cut that ends this near a corner ends in the corner."""

MEET_M = 30.0
"""A cut looks this far for the end of another one."""


@dataclass(slots=True, frozen=True)
class Frame:
    """The box around a ring along its streets: centre, unit vector of the long side, length and width."""

    centre: Positions
    axis: Positions
    length_m: float
    width_m: float


@dataclass(slots=True, frozen=True, eq=False)
class Mark:
    """A point on a ring: on the edge from corner `edge`, `exact` when it is that corner itself."""

    edge: int
    at: Positions
    inward: Positions


class Corners:
    """Remembers where cuts end, to find the ends near a point; a grid of cells over the plane."""

    def __init__(self) -> None:
        self._cells: dict[tuple[int, int], list[Positions]] = {}

    def add(self, at: Positions) -> None:
        """Remember the end of a cut."""
        self._cells.setdefault((int(at[0] // MEET_M), int(at[1] // MEET_M)), []).append(at)

    def near(self, ring: Positions, mark: Mark) -> Mark:
        """Return the nearest remembered end on the ring by a mark, or the mark itself when there is none."""
        column, row = int(mark.at[0] // MEET_M), int(mark.at[1] // MEET_M)
        found = [
            at
            for step in range(9)
            for at in self._cells.get((column + step % 3 - 1, row + step // 3 - 1), ())
            if _far(at, mark.at) < MEET_M
        ]
        for at in sorted(found, key=lambda at: _far(at, mark.at)):
            for edge in (mark.edge, (mark.edge + 1) % len(ring), mark.edge - 1):
                start, end = ring[edge], ring[(edge + 1) % len(ring)]
                if _beside(at, start, end) < 0.05:
                    return _mark(ring, edge % len(ring), at)
        return mark


def _beside(at: Positions, start: Positions, end: Positions) -> float:
    """Return the distance of a point from the straight line between two."""
    run = end - start
    share = float((at - start) @ run) / max(float(run @ run), 1e-9)
    return _far(at, start + min(max(share, 0.0), 1.0) * run)


def _far(one: Positions, other: Positions) -> float:
    return hypot(one[0] - other[0], one[1] - other[1])


def following(ring: Positions) -> Positions:
    """Return for each corner the next one (numpy's roll takes several times as long)."""
    return np.concatenate((ring[1:], ring[:1]))


def area(ring: Positions) -> float:
    """Return the signed area of a ring in square metres (positive when counter-clockwise)."""
    ahead = following(ring)
    return 0.5 * float(ring[:, 0] @ ahead[:, 1] - ahead[:, 0] @ ring[:, 1])


def perimeter(ring: Positions) -> float:
    """Return the length of a ring in metres."""
    edges = following(ring) - ring
    return float(np.hypot(edges[:, 0], edges[:, 1]).sum())


def frame(ring: Positions) -> Frame:
    """Return the box of a ring along the mean direction of its edges.

    Directions are averaged fourfold (an edge and one at a right angle to it count as the same), weighted
    with their length.
    """
    edges = following(ring) - ring
    heading = edges[:, 0] + 1j * edges[:, 1]
    length = np.abs(heading) + 1e-9
    square = (heading / length) ** 2
    mean = complex((length * square * square).sum())
    turn = phase(mean) / 4
    axis = np.array([cos(turn), sin(turn)])
    across = np.array([-axis[1], axis[0]])
    along, beside = ring @ axis, ring @ across
    far, near = float(along.max()), float(along.min())
    left, right = float(beside.max()), float(beside.min())
    length_m, width_m = far - near, left - right
    centre = axis * ((far + near) / 2) + across * ((left + right) / 2)
    if width_m > length_m:
        return Frame(centre, across, width_m, length_m)
    return Frame(centre, axis, length_m, width_m)


def cross(ring: Positions, through: Positions, along: Positions) -> tuple[Mark, Mark] | None:
    """Return where a straight line enters and leaves a ring: its longest stretch inside."""
    across = np.array([-along[1], along[0]])
    side = (ring - through) @ across
    ahead = following(side)
    hit = np.nonzero((side < 0) != (ahead < 0))[0]
    if len(hit) < 2:
        return None
    share = side[hit] / (side[hit] - ahead[hit])
    points = ring[hit] + share[:, None] * (ring[(hit + 1) % len(ring)] - ring[hit])
    order = np.argsort((points - through) @ along)
    far = (points[order] - through) @ along
    stretch = int(np.argmax(far[1::2] - far[0::2])) * 2
    return _mark(ring, hit[order[stretch]], points[order[stretch]]), _mark(
        ring, hit[order[stretch + 1]], points[order[stretch + 1]]
    )


def _mark(ring: Positions, edge: int, at: Positions) -> Mark:
    start, end = ring[edge], ring[(edge + 1) % len(ring)]
    run = (end - start) / max(_far(start, end), 1e-9)
    for corner, index in ((start, edge), (end, (edge + 1) % len(ring))):
        if _far(corner, at) < SNAP_M:
            return Mark(int(index), corner, np.array([-run[1], run[0]]))
    return Mark(int(edge), at, np.array([-run[1], run[0]]))


def split(ring: Positions, first: Mark, last: Mark, cut: Positions) -> tuple[Positions, Positions]:
    """Split a ring along a cut (k, 2) that runs inside it from one mark to the other."""
    count = len(ring)
    ahead = ring[(first.edge + 1 + np.arange((last.edge - first.edge) % count)) % count]
    behind = ring[(last.edge + 1 + np.arange((first.edge - last.edge) % count)) % count]
    one = np.concatenate([cut[::-1], ahead])
    other = np.concatenate([cut, behind])
    return _tidy(one), _tidy(other)


def _tidy(ring: Positions) -> Positions:
    """Drop corners that repeat the one before."""
    step = np.abs(ring - np.concatenate((ring[-1:], ring[:-1])))
    return ring[np.maximum(step[:, 0], step[:, 1]) > 0.05]
