"""Which circuit feeds each pole, which cabinet each circuit, and which feeder of the grid each cabinet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stadtwerk.cities.clusters import cluster
from stadtwerk.cities.metres import Positions
from stadtwerk.cities.poles import Poles

Ints = NDArray[np.int64]

RUN_POLES = 8
"""So many poles in a row along a street always hang on the same circuit."""

LAMPS_PER_CABINET = 104
LAMPS_PER_CIRCUIT = 26
CABINETS_PER_FEEDER = 16
"""So many cabinets hang on one feeder of the grid; estimate."""
CIRCUITS_MIN, CIRCUITS_MAX = 3, 6
DOOR_M = 1.5
"""A cabinet stands this far from the pole beside it."""


@dataclass(slots=True, frozen=True)
class Feeding:
    """Cabinets (c,), circuits (k,) and the circuit of each pole (n,)."""

    cabinet_xy: Positions
    cabinet_district: Ints
    cabinet_feeder: Ints
    circuit_cabinet: Ints
    circuit_number: Ints
    """1, 2, 3 ... within its cabinet; phase L1, L2, L3 in turn."""
    pole_circuit: Ints


def feed(poles: Poles, luminaires: Ints, district: Ints, wanted: int | None) -> Feeding:
    """Group runs of poles into compact cabinets within a district, and each one's runs by direction."""
    run = _runs(poles, district)
    first = np.unique(run, return_index=True)[1]
    weight = np.bincount(run, luminaires).astype(np.float64)
    place = np.column_stack([np.bincount(run, poles.xy[:, axis]) for axis in (0, 1)]) / np.bincount(run)[:, None]
    run_district = district[first]
    cabinets = wanted or max(1, round(weight.sum() / LAMPS_PER_CABINET))
    run_cabinet, centre, cabinet_district = _cabinets(place, weight, run_district, cabinets)
    run_circuit, circuit_cabinet, number = _circuits(place - centre[run_cabinet], weight, run_cabinet)
    at = _beside_a_pole(centre, poles, run_cabinet[run])
    lamps = np.bincount(run_cabinet, weight).astype(np.float64)
    feeder = cluster(centre, lamps, max(1, round(len(centre) / CABINETS_PER_FEEDER)))[0]
    return Feeding(at, cabinet_district, feeder, circuit_cabinet, number, run_circuit[run])


def _runs(poles: Poles, district: Ints) -> Ints:
    """Number the runs of poles along one street in one district."""
    new = np.ones(len(poles), dtype=bool)
    new[1:] = (np.diff(poles.street) != 0) | (np.diff(district) != 0)
    start = np.maximum.accumulate(np.where(new, np.arange(len(poles)), 0))
    new |= (np.arange(len(poles)) - start) % RUN_POLES == 0
    return np.asarray(np.cumsum(new) - 1)


def _cabinets(
    place: Positions, weight: NDArray[np.float64], district: Ints, wanted: int
) -> tuple[Ints, Positions, Ints]:
    """Return the cabinet of each run, and centre and district of each cabinet; none feeds two districts."""
    label, centres, owners, total = np.empty(len(place), dtype=np.int64), [], [], weight.sum()
    known = 0
    for owner in np.unique(district):
        here = np.flatnonzero(district == owner)
        part, centre = cluster(place[here], weight[here], max(1, round(wanted * weight[here].sum() / total)))
        label[here] = part + known
        known += len(centre)
        centres.append(centre)
        owners.append(np.full(len(centre), owner))
    return label, np.concatenate(centres), np.concatenate(owners)


def _circuits(arm: Positions, weight: NDArray[np.float64], cabinet: Ints) -> tuple[Ints, Ints, Ints]:
    """Cut the runs around cabinets into sectors of like weight: circuits by run, their cabinet, number."""
    lamps = np.bincount(cabinet, weight)
    wanted = np.clip(np.ceil(lamps / LAMPS_PER_CIRCUIT), CIRCUITS_MIN, CIRCUITS_MAX)
    order = np.lexsort((np.arctan2(arm[:, 1], arm[:, 0]), cabinet))
    ranked, owner = weight[order], cabinet[order]
    before = np.cumsum(ranked) - ranked / 2 - (np.cumsum(lamps) - lamps)[owner]
    sector = np.minimum(before / lamps[owner] * wanted[owner], wanted[owner] - 1).astype(np.int64)
    keys, found = np.unique(owner * CIRCUITS_MAX + sector, return_inverse=True)
    circuit = np.empty(len(cabinet), dtype=np.int64)
    circuit[order] = found
    owner_of = keys // CIRCUITS_MAX
    first = np.searchsorted(owner_of, owner_of)
    return circuit, owner_of, np.arange(len(keys)) - first + 1


def _beside_a_pole(centre: Positions, poles: Poles, pole_cabinet: Ints) -> Positions:
    """Move each cabinet to the pole of its own that is nearest to its centre, a step along the street."""
    gap = poles.xy - centre[pole_cabinet]
    order = np.lexsort((np.hypot(gap[:, 0], gap[:, 1]), pole_cabinet))
    nearest = order[np.unique(pole_cabinet[order], return_index=True)[1]]
    along = np.column_stack([poles.normal[nearest, 1], -poles.normal[nearest, 0]])
    return np.asarray(poles.xy[nearest] + along * DOOR_M)
