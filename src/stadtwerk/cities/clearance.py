"""Which of several poles standing too near to one another stay."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from stadtwerk.cities.centrelines import Ints
from stadtwerk.cities.poles import Bools, Poles

CLEARANCE_M = 8.0
"""No two poles stand nearer than this, unless both were surveyed."""

PATH_CLEARANCE_M = 18.0
"""A path this near to a road's pole is lit by it."""


def apart(poles: Poles, rank: Ints, path: Bools) -> Bools:
    """Say of each pole (n,) whether it stays: of two too near the surveyed one, or on the wider street.

    `rank` (n,) is the class of each pole's street, the widest 0; `path` (n,) whether it lights a path.
    """
    keep = np.ones(len(poles), dtype=bool)
    if len(poles) < 2:
        return keep
    known = poles.known >= 0
    priority = np.where(known, -1, rank) * len(poles) + np.arange(len(poles))
    pairs = cKDTree(poles.xy).query_pairs(PATH_CLEARANCE_M, output_type="ndarray")
    left, right = pairs.T
    gap_m = np.hypot(*(poles.xy[left] - poles.xy[right]).T)
    path_by_road = (path & ~known)[left] != (path & ~known)[right]
    clash = ((gap_m < CLEARANCE_M) | path_by_road) & ~(known[left] & known[right])
    left, right = left[clash], right[clash]
    swap = priority[left] > priority[right]
    winner, loser = np.where(swap, right, left), np.where(swap, left, right)
    for index in np.lexsort((loser, priority[winner])):
        if keep[winner[index]]:
            keep[loser[index]] = False
    return keep
