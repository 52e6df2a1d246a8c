"""Compact groups of places, found the same way each time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from stadtwerk.cities.metres import Positions

ROUNDS = 12
"""Rounds of moving centres; the gain after that is under a percent."""

MORTON_BITS = 12
Ints = NDArray[np.int64]


def cluster(xy: Positions, weight: NDArray[np.floating], count: int) -> tuple[Ints, Positions]:
    """Group weighted places (n, 2) m into at most `count` compact clusters: label (n,), centres (k, 2) m.

    Lloyd's k-means from centres that cut a space-filling curve into equal weights; empty clusters vanish,
    the rest are numbered in the order of the curve.
    """
    count = max(1, min(count, len(xy)))
    order = np.argsort(_morton(xy), kind="stable")
    total = np.cumsum(weight[order])
    slot = np.minimum((total - weight[order] / 2) / total[-1] * count, count - 1).astype(np.int64)
    label = np.empty(len(xy), dtype=np.int64)
    label[order] = slot
    for _ in range(ROUNDS):
        label = _numbered(label)
        centre = _centres(xy, weight, label)
        label = np.asarray(cKDTree(centre).query(xy)[1], dtype=np.int64)
    label = _numbered(label)
    return label, _centres(xy, weight, label)


def _centres(xy: Positions, weight: NDArray[np.floating], label: Ints) -> Positions:
    sums = [np.bincount(label, weight * xy[:, axis]) for axis in (0, 1)]
    return np.column_stack(sums) / np.bincount(label, weight)[:, None]


def _numbered(label: Ints) -> Ints:
    return np.asarray(np.unique(label, return_inverse=True)[1], dtype=np.int64)


def _morton(xy: Positions) -> NDArray[np.uint64]:
    """Place on the Z-order curve: the bits of both coordinates, interleaved."""
    low, high = xy.min(axis=0), xy.max(axis=0)
    cell = ((xy - low) / max(float((high - low).max()), 1e-9) * (2**MORTON_BITS - 1)).astype(np.uint64)
    code = np.zeros(len(xy), dtype=np.uint64)
    for bit in range(MORTON_BITS):
        for axis in (0, 1):
            code |= ((cell[:, axis] >> np.uint64(bit)) & np.uint64(1)) << np.uint64(2 * bit + axis)
    return code
