"""Streets drawn through the lamps that stand in them, where a list tells only their names."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stadtwerk.cities.clusters import cluster
from stadtwerk.cities.metres import Positions

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

VERTEX_M = 40.0
"""A vertex stands in the middle of the lamps of so many metres: both sides of a street make one line."""
END_M = 8.0
"""A line reaches so far beyond its outermost lamps."""
NAMELESS_LAMPS = 60
"""Lamps without a street are put together by place, about so many each."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """Streets (s,) by name, line (k, 2) m each, and for each lamp (n,) its street and its distance along, m."""

    names: list[str]
    lines: list[Positions]
    street: Ints
    along_m: Floats


def draw(told: list[str], xy: Positions) -> Drawn:
    """Draw one street per name told (n,) through its lamps (n, 2) m, and nameless ones by place."""
    keys = np.array(told, dtype=object)
    nameless = np.flatnonzero(keys == "")
    if len(nameless):
        label, _ = cluster(xy[nameless], np.ones(len(nameless)), max(1, round(len(nameless) / NAMELESS_LAMPS)))
        keys[nameless] = [f"\0{number:06d}" for number in label.tolist()]
    names, street = np.unique(keys.astype(str), return_inverse=True)
    along_m, lines = np.zeros(len(xy)), []
    for number in range(len(names)):
        here = np.flatnonzero(street == number)
        line, along_m[here] = _line(xy[here])
        lines.append(line)
    return Drawn(["" if name.startswith("\0") else name for name in names.tolist()], lines, street, along_m)


def _line(xy: Positions) -> tuple[Positions, Floats]:
    """Return a line (k, 2) m along the direction in which places (n, 2) m spread most, and each one's place on it."""
    middle = xy.mean(axis=0)
    axis = np.linalg.svd(xy - middle, full_matrices=False)[2][0] if len(xy) > 1 else np.array([1.0, 0.0])
    axis = axis if axis[np.argmax(np.abs(axis))] > 0 else -axis
    along_m = (xy - middle) @ axis
    stretch = np.floor((along_m - along_m.min()) / VERTEX_M).astype(np.int64)
    _, label = np.unique(stretch, return_inverse=True)
    size = np.bincount(label)
    line = np.column_stack([np.bincount(label, xy[:, side]) / size for side in (0, 1)])
    first, last = line[0] - axis * END_M, line[-1] + axis * END_M
    return np.concatenate([[first], line, [last]]), along_m - along_m.min()
