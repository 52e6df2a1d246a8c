"""The luminaires of a list on their poles, fed and within reach of a gateway."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from stadtwerk.cities import radio_plan
from stadtwerk.cities.equipment import LAMP_TYPES, Fittings
from stadtwerk.cities.figures import RULES
from stadtwerk.cities.lamp_list.feeding import fed
from stadtwerk.cities.lamp_list.listed import UNKNOWN, Listed
from stadtwerk.cities.lamp_list.quality import CCT_K, COUNT, HEIGHT_M, POWER_W, SAME_PLACE_M, possible
from stadtwerk.cities.lamp_list.streets import Drawn
from stadtwerk.cities.lamps import LampPlan, supplied
from stadtwerk.cities.metres import LocalMetres, Positions
from stadtwerk.cities.plan import CityPlan
from stadtwerk.cities.poles import Poles

Ints = NDArray[np.int64]

UNDATED = "2010-01-01"
"""When a lamp whose list tells no date is taken to have been put up; origin.csv shows which."""
UNKNOWN_IS = LAMP_TYPES.index("hst")
"""A light source the list does not name is taken as a switched discharge lamp: nothing is dimmed that might not be."""


def hang(lamps: Listed, rows: Ints, drawn: Drawn, district: Ints, plan: CityPlan) -> tuple[LampPlan, Ints]:
    """Return the luminaires in order of street and pole, and the row of the list of each.

    `rows` (r,) are those kept, `drawn` and `district` (r,) say where they stand. Rows nearer than 0.5 m share a
    pole; a row that counts several luminaires becomes so many.
    """
    metres = LocalMetres(plan.centre)
    lonlat = np.column_stack([lamps.lon, lamps.lat])
    count = np.nan_to_num(possible(lamps.count, COUNT)[rows], nan=1.0).astype(np.int64)
    place, pole_of, first = _poles(metres.to_metres(lonlat[rows]), drawn)
    chosen = np.repeat(place, count[place])
    pole, row = pole_of[chosen], rows[chosen]
    xy = metres.to_metres(lonlat[rows[first]])
    poles = Poles(
        drawn.street[first],
        drawn.along_m[first],
        xy,
        np.tile([0.0, 1.0], (len(xy), 1)),
        np.zeros(len(xy), bool),
        np.full(len(xy), -1),
    )
    told = rows[first].tolist()
    circuit, cabinet = [lamps.circuit[one] for one in told], [lamps.cabinet[one] for one in told]
    feeding = fed(circuit, cabinet, poles, np.bincount(pole), district[first])
    towers = radio_plan.gateways(xy, [], metres, None)
    made = LampPlan(
        pole=pole,
        position=lonlat[row],
        street=drawn.street[chosen],
        district=district[chosen],
        fittings=_fittings(lamps, row, [plan.streets[street].highway for street in drawn.street[chosen].tolist()]),
        **supplied(feeding, towers, xy[pole], pole, metres, plan.seed),
    )
    return made, row


def _poles(xy: Positions, drawn: Drawn) -> tuple[Ints, Ints, Ints]:
    """Put rows (r, 2) m on poles: rows in order of pole, the pole of each row, and the first row of each pole."""
    pairs = cKDTree(xy).query_pairs(SAME_PLACE_M, output_type="ndarray")
    links = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(xy), len(xy)))
    label = connected_components(links, directed=False)[1]
    head = np.unique(label, return_index=True)[1]
    order = np.lexsort((drawn.along_m[head], drawn.street[head]))
    number = np.empty(len(head), np.int64)
    number[order] = np.arange(len(head))
    pole_of = number[label]
    return np.argsort(pole_of, kind="stable"), pole_of, head[order]


def _fittings(lamps: Listed, row: Ints, highways: list[str]) -> Fittings:
    """Fit out luminaires (n,) as told, and as usual in their street where nothing possible is told."""
    rules = [RULES[highway] for highway in highways]
    kind = np.where(lamps.lamp_type[row] == UNKNOWN, UNKNOWN_IS, lamps.lamp_type[row])
    power = np.array([[rule.led_w, rule.hst_w, rule.hme_w] for rule in rules])[np.arange(len(row)), kind]
    height = np.array([rule.height_m for rule in rules], np.float64)
    told_w, told_m = possible(lamps.power_w, POWER_W)[row], possible(lamps.height_m, HEIGHT_M)[row]
    return Fittings(
        height_m=np.where(np.isnan(told_m), height, np.round(told_m, 2)),
        power_w=np.where(np.isnan(told_w), power, told_w),
        lamp_type=kind,
        program=np.array([rule.program for rule in rules]),
        installed_on=np.array([lamps.installed_on[one] or UNDATED for one in row.tolist()], "datetime64[D]"),
        category=np.array([rule.category for rule in rules]),
        cct_k=possible(lamps.cct_k, CCT_K)[row],
        upward_percent=np.full(len(row), np.nan),
    )
