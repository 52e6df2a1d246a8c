"""What is doubtful in a list of lamps: each kind of doubt, and the rows it holds for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from stadtwerk.cities.lamp_list.listed import UNKNOWN, Listed
from stadtwerk.cities.lamp_list.sheet import Sheet
from stadtwerk.cities.metres import LocalMetres

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

SAME_PLACE_M = 0.5
"""Lamps nearer than this stand on one pole."""
TOO_NEAR_M, LONELY_M = 3.0, 250.0
"""Nearest neighbours outside this are odd: rows of street lamps stand 15 to 60 m apart."""
FAR_M, FAR_TIMES = 5_000.0, 10.0
"""Outside the city: farther from the median of all lamps than both 5 km and ten times the median distance."""
POWER_W, HEIGHT_M, CCT_K, COUNT = (1.0, 2_000.0), (2.0, 40.0), (1_000.0, 10_000.0), (1.0, 8.0)
"""What a street lamp can be; a pole of more luminaires is a mast of a square and looked at by a person."""

LEFT_OUT = ("no-place", "at-zero", "outside", "same-again")
"""Doubts for which a lamp is left out of the city; all others are kept, with usual values where one cannot be."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A kind of doubt and its rows (k,), ascending."""

    kind: str
    rows: Ints

    @property
    def left_out(self) -> bool:
        """Tell whether these lamps are left out."""
        return self.kind in LEFT_OUT


def doubts(lamps: Listed, sheet: Sheet) -> list[Doubt]:
    """Return the kinds of doubt that hold for at least one lamp, those that leave lamps out first."""
    zero = (np.abs(lamps.lon) < 1e-6) & (np.abs(lamps.lat) < 1e-6)
    placed = np.isfinite(lamps.lon) & np.isfinite(lamps.lat) & ~zero
    outside = np.zeros(len(lamps), bool)
    outside[placed] = _far(lamps, placed)
    again, twice = _repeated(lamps)
    inside = np.flatnonzero(placed & ~outside & ~again)
    found: dict[str, Bools | Ints] = {
        "no-place": ~placed & ~zero,
        "at-zero": zero,
        "outside": outside,
        "same-again": again & placed & ~outside,
        "id-twice": twice,
        "no-id": _empty(lamps.id),
        **_spacing(lamps, inside),
        "power-impossible": _off(lamps.power_w, POWER_W),
        "height-impossible": _off(lamps.height_m, HEIGHT_M),
        "cct-impossible": _off(lamps.cct_k, CCT_K),
        "count-impossible": _off(lamps.count, COUNT),
        "power-missing": np.isnan(lamps.power_w),
        "height-missing": np.isnan(lamps.height_m),
        "type-unknown": lamps.lamp_type == UNKNOWN,
        "no-street": _empty(lamps.street),
        "no-circuit": _empty(lamps.circuit),
        **{f"unreadable-{field.replace('_', '-')}": rows for field, rows in lamps.unreadable.items()},
        **{kind: np.array(rows, np.int64) for kind, rows in sheet.odd.items()},
    }
    made = [Doubt(kind, _rows(where)) for kind, where in found.items()]
    return sorted((doubt for doubt in made if len(doubt.rows)), key=lambda doubt: not doubt.left_out)


def kept(lamps: Listed, found: list[Doubt]) -> Ints:
    """Return the rows of the lamps that are not left out, ascending."""
    stays = np.ones(len(lamps), bool)
    for doubt in found:
        if doubt.left_out:
            stays[doubt.rows] = False
    return np.flatnonzero(stays)


def possible(values: NDArray[np.float64], bounds: tuple[float, float]) -> NDArray[np.float64]:
    """Return values with NaN for what a street lamp cannot be."""
    return np.where(_off(values, bounds), np.nan, values)


def places_m(lamps: Listed, rows: Ints) -> NDArray[np.float64]:
    """Return the places of some lamps on a flat map, (k, 2) m."""
    lonlat = np.column_stack([lamps.lon[rows], lamps.lat[rows]])
    middle = np.median(lonlat, axis=0) if len(rows) else np.zeros(2)
    return LocalMetres((float(middle[0]), float(middle[1]))).to_metres(lonlat)


def _far(lamps: Listed, placed: Bools) -> Bools:
    away_m = np.hypot(*places_m(lamps, np.flatnonzero(placed)).T)
    return np.asarray(away_m > max(FAR_M, FAR_TIMES * float(np.median(away_m)))) if len(away_m) else away_m > 0


def _repeated(lamps: Listed) -> tuple[Bools, Bools]:
    """Return which lamps repeat a row above (same id, same place), and which share an id with one elsewhere."""
    seen: set[tuple[str, float, float]] = set()
    again = np.zeros(len(lamps), bool)
    for row, key in enumerate(zip(lamps.id, lamps.lon.tolist(), lamps.lat.tolist(), strict=True)):
        again[row] = bool(key[0]) and key in seen
        seen.add(key)
    count = Counter(name for row, name in enumerate(lamps.id) if name and not again[row])
    return again, np.array([count[name] > 1 for name in lamps.id], bool) & ~again


def _spacing(lamps: Listed, inside: Ints) -> dict[str, Ints]:
    """Find lamps on one pole, too near to be two poles, and far from any other."""
    if len(inside) < 2:
        return {}
    gap_m = cKDTree(places_m(lamps, inside)).query(places_m(lamps, inside), k=2)[0][:, 1]
    return {
        "one-pole": inside[gap_m < SAME_PLACE_M],
        "too-near": inside[(gap_m >= SAME_PLACE_M) & (gap_m < TOO_NEAR_M)],
        "lonely": inside[gap_m > LONELY_M],
    }


def _off(values: NDArray[np.float64], bounds: tuple[float, float]) -> Bools:
    return np.isfinite(values) & ((values < bounds[0]) | (values > bounds[1]))


def _empty(cells: list[str]) -> Bools:
    return np.array([not cell for cell in cells], bool)


def _rows(where: Bools | Ints) -> Ints:
    return np.flatnonzero(where) if where.dtype == bool else np.asarray(where, np.int64)
