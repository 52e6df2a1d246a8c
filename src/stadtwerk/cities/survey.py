"""How many poles a city gets, and how many luminaires each."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from stadtwerk.cities.centrelines import Ints
from stadtwerk.cities.figures import LampFigures
from stadtwerk.cities.metres import LocalMetres
from stadtwerk.cities.plan import CityPlan
from stadtwerk.cities.poles import Poles, no_poles
from stadtwerk.cities.surveyor import Surveyor

ROUNDS_MAX = 8
"""Rounds of stretching the spacing; three are usual."""

SURPLUS = 0.002
"""So many more poles, as a share, are set out than wanted."""


def place_poles(plan: CityPlan, figures: LampFigures, metres: LocalMetres, seed: int) -> tuple[Poles, Ints]:
    """Return the poles and the number of luminaires of each, hitting the counts the figures ask for.

    The spacing of every class is stretched by one factor until a few poles more stand than wanted; those
    nearest to a neighbour are then left out. Where the streets are too short, all that fit are returned.
    """
    surveyor = Surveyor(plan, figures, metres)
    scale, poles = 1.0, no_poles()
    for _ in range(ROUNDS_MAX):
        poles = surveyor.place(scale, np.random.default_rng([seed, 71]))
        if figures.poles is None or figures.poles <= len(poles) <= figures.poles * (1 + 2 * SURPLUS) + 2:
            break
        scale = float(np.clip(scale * len(poles) / (figures.poles * (1 + SURPLUS) + 1), 0.35, 200.0))
    if figures.poles is not None and len(poles) > figures.poles:
        poles = poles.at(_loosest(poles, figures.poles))
    return poles, _luminaires(poles, surveyor.rank, figures, plan)


def _loosest(poles: Poles, count: int) -> Ints:
    """Return the indices, in order, of the poles left without those whose neighbours are nearest."""
    gap_m = cKDTree(poles.xy).query(poles.xy, k=2)[0][:, 1]
    gap_m[poles.known >= 0] = np.inf
    return np.sort(np.argsort(-gap_m, kind="stable")[:count])


def _luminaires(poles: Poles, rank: Ints, figures: LampFigures, plan: CityPlan) -> Ints:
    """Count luminaires per pole: two on twin arms, as surveyed on known poles, and up to the total wanted."""
    arms = np.where(poles.twin, 2, 1)
    for index in np.flatnonzero(poles.known >= 0):
        count = plan.known_lamps[poles.known[index]].tags.get("light:count", "1")
        arms[index] = min(max(int(count), 1), 4) if count.isdecimal() else 1
    if figures.lamps is None or figures.poles is None:
        return arms
    missing = figures.lamps - int(arms.sum())
    wide_first = np.argsort(rank[poles.street], kind="stable")
    if missing > 0:
        arms[wide_first[arms[wide_first] == 1][:missing]] = 2
    elif missing < 0:
        arms[wide_first[arms[wide_first] == 2][missing:]] = 1
    return arms
