"""Circuits and cabinets as a list tells them; a lamp without one hangs on its neighbour's."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from stadtwerk.cities.cabinets import CABINETS_PER_FEEDER, Feeding, feed
from stadtwerk.cities.clusters import cluster
from stadtwerk.cities.poles import Poles

Ints = NDArray[np.int64]


def fed(circuit: list[str], cabinet: list[str], poles: Poles, luminaires: Ints, district: Ints) -> Feeding:
    """Feed poles (n,) by the circuits and cabinets told (n,) text; by rule where the list tells neither.

    A circuit without a cabinet is taken as a cabinet of its own, a cabinet without circuits as one circuit.
    """
    told = [f"{box}\0{line}" if box or line else "" for line, box in zip(circuit, cabinet, strict=True)]
    named = np.array([bool(name) for name in told])
    if not named.any():
        return feed(poles, luminaires, district, None)
    nearest = np.flatnonzero(named)[cKDTree(poles.xy[named]).query(poles.xy)[1]]
    circuits, pole_circuit = np.unique(np.array(told, dtype=object)[nearest].astype(str), return_inverse=True)
    owner_names = [name if name.startswith("\0") else name.partition("\0")[0] for name in circuits.tolist()]
    owners, circuit_cabinet = np.unique(owner_names, return_inverse=True)
    pole_cabinet = circuit_cabinet[pole_circuit]
    sums = np.column_stack([np.bincount(pole_cabinet, poles.xy[:, side]) for side in (0, 1)])
    xy = np.asarray(sums / np.bincount(pole_cabinet)[:, None], np.float64)
    at = cKDTree(poles.xy).query(xy)[1]
    lamps = np.bincount(pole_cabinet, luminaires).astype(np.float64)
    order = np.arange(len(circuits))
    return Feeding(
        cabinet_xy=poles.xy[at] + [1.5, 0.0],
        cabinet_district=district[at],
        cabinet_feeder=cluster(xy, lamps, max(1, round(len(owners) / CABINETS_PER_FEEDER)))[0],
        circuit_cabinet=circuit_cabinet,
        circuit_number=order - np.searchsorted(circuit_cabinet, circuit_cabinet) + 1,
        pole_circuit=pole_circuit,
    )
