"""Where the radio gateways stand, which lamp calls which, and what both are called on the air."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from stadtwerk.cities.clusters import cluster
from stadtwerk.cities.metres import LocalMetres, Positions
from stadtwerk.cities.plan import Building

LAMPS_PER_GATEWAY = 1300
ROOF_REACH_M = 400.0
"""So far from the best place a higher roof is worth it."""

LAMP_PREFIX = 0x0253_5754
"""First bytes of a lamp's EUI-64: locally administered (bit 1 of the first), so no maker's is taken."""

GATEWAY_PREFIX = 0x0253_5747
CABINET_PREFIX = 0x0253_5743
SUFFIX_BITS = 32


def gateways(xy: Positions, buildings: list[Building], metres: LocalMetres, wanted: int | None) -> Positions:
    """Return places (g, 2) m for gateways among poles (n, 2) m: centres, moved to a high roof near by."""
    count = wanted or max(1, round(len(xy) / LAMPS_PER_GATEWAY))
    centres = cluster(xy, np.ones(len(xy)), count)[1]
    if not buildings:
        return centres
    roofs = metres.to_metres(np.array([building.outline[0] for building in buildings]))
    height_m = np.array([building.height_m for building in buildings])
    places = []
    for centre, near in zip(centres, cKDTree(roofs).query_ball_point(centres, ROOF_REACH_M), strict=True):
        if not near:
            places.append(centre)
            continue
        found = np.sort(np.asarray(near))
        gap_m = np.hypot(*(roofs[found] - centre).T)
        places.append(roofs[found[np.argmax(height_m[found] - gap_m / ROOF_REACH_M)]])
    return np.array(places)


def nearest_gateway(xy: Positions, places: Positions) -> NDArray[np.int64]:
    """Return for each lamp (n, 2) m the index of its nearest gateway (n,)."""
    return np.asarray(cKDTree(places).query(xy)[1], dtype=np.int64)


def euis(count: int, prefix: int, seed: int) -> NDArray[np.uint64]:
    """Return unique EUI-64 (n,) of a seed: the prefix, then the numbers 0, 1, 2 ... shuffled over 32 bits.

    Each step (odd multiplication, xor-shift) is one-to-one modulo 2^32, so no two numbers meet.
    """
    mask = np.uint64(2**SUFFIX_BITS - 1)
    start = np.uint64(((seed ^ prefix) * 0x9E37_79B1) % 2**SUFFIX_BITS)
    mixed = (np.arange(count, dtype=np.uint64) + start) & mask
    for odd in (0x85EB_CA6B, 0xC2B2_AE35):
        mixed ^= mixed >> np.uint64(16)
        mixed = (mixed * np.uint64(odd)) & mask
    mixed ^= mixed >> np.uint64(16)
    return np.asarray(mixed | np.uint64(prefix << SUFFIX_BITS))
