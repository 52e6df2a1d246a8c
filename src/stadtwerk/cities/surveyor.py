"""Sets out poles along the streets of a city, clear of houses, water and one another."""

from __future__ import annotations

import numpy as np
import shapely
from scipy.spatial import cKDTree

from stadtwerk.cities.centrelines import CentreLines, Floats, Ints
from stadtwerk.cities.clearance import apart
from stadtwerk.cities.figures import PATHS, RULES, LampFigures, Rule
from stadtwerk.cities.metres import LocalMetres
from stadtwerk.cities.obstacles import Obstacles
from stadtwerk.cities.plan import CityPlan
from stadtwerk.cities.poles import Bools, Poles, no_poles

KNOWN_CLEARANCE_M = 40.0
"""Nearer than this to a surveyed lamp no pole is placed by rule."""

JITTER = 0.06
"""Standard deviation of a pole's place along the street, as a share of the spacing."""


class Surveyor:
    """Places poles at a given scale of spacing; what does not depend on the scale is worked out once."""

    def __init__(self, plan: CityPlan, figures: LampFigures, metres: LocalMetres) -> None:
        self._plan, self._metres = plan, metres
        classes = figures.by_class()
        ranks = {highway: rank for rank, highway in enumerate(classes)}
        self.rank = np.array([ranks.get(street.highway, len(ranks)) for street in plan.streets])
        self._path = np.array([street.highway in PATHS for street in plan.streets], dtype=bool)
        self._bridge = np.array([street.bridge for street in plan.streets], dtype=bool)
        self._lines = CentreLines.of(plan.streets, metres)
        unlit = RULES["residential"]
        rules = [classes.get(street.highway, unlit) for street in plan.streets]
        lit = [street.lit and street.highway in classes for street in plan.streets]
        self._lit = np.array(lit, dtype=bool)
        self._spacing_m = np.array([rule.spacing_m for rule in rules], dtype=np.float64)
        self._offset_m = np.array([rule.offset_m for rule in rules], dtype=np.float64)
        self._both = np.array([rule.arrangement == "both" for rule in rules], dtype=bool)
        self._swap = np.array([rule.arrangement in ("both", "alternate") for rule in rules], dtype=bool)
        self._median = self._medians(rules, figures)
        self._obstacles = Obstacles(plan)
        self.known = self._known_poles()
        self._known_tree = cKDTree(self.known.xy) if len(self.known) else None

    def _medians(self, rules: list[Rule], figures: LampFigures) -> Bools:
        """Choose the streets with twin-armed poles: by rule, or the widest up to the count wanted."""
        median = np.array([rule.arrangement == "median" for rule in rules], dtype=bool) & self._lit
        if figures.poles is None or figures.lamps is None:
            return np.asarray(median)
        length_m = self._lines.length_m
        order = np.lexsort((-length_m, self.rank))
        order = order[median[order]]
        expected = np.cumsum(length_m[order] / self._spacing_m[order])
        median[order[expected > figures.lamps - figures.poles]] = False
        return np.asarray(median)

    def _known_poles(self) -> Poles:
        """Stand the surveyed lamps on their nearest streets; of several on one spot the first is kept."""
        lamps, count = self._plan.known_lamps, len(self._plan.streets)
        xy = self._metres.to_metres(np.array([[lamp.lon, lamp.lat] for lamp in lamps]).reshape(-1, 2))
        if not len(lamps) or not count:
            return no_poles()
        _, first = np.unique(np.round(xy), axis=0, return_index=True)
        known = np.sort(first)
        sizes = np.diff(self._lines.first)
        lines = shapely.linestrings(self._lines.xy, indices=np.repeat(np.arange(count), sizes))
        lit = np.flatnonzero(self._lit) if self._lit.any() else np.arange(count)
        places = shapely.points(xy[known])
        street = lit[shapely.STRtree(lines[lit]).nearest(places)]
        along_m = shapely.line_locate_point(lines[street], places)
        _, normal = self._lines.at(street, along_m)
        return Poles(street, along_m, xy[known], normal, np.zeros(len(known), dtype=bool), known)

    def place(self, scale: float, rng: np.random.Generator) -> Poles:
        """Return all poles with spacings stretched by a factor, along streets, none too near another."""
        row, along_m, side = self._rows(scale, rng)
        base, normal = self._lines.at(row, along_m)
        offset_m = np.where(self._median[row], 0.0, self._offset_m[row]) * side
        bridge, xy, stands = self._bridge[row], base.copy(), np.zeros(len(row), dtype=bool)
        for reach in (1.0, -1.0, 0.6, -0.6):
            open_ = np.flatnonzero(~stands)
            tried = base[open_] + normal[open_] * (offset_m[open_] * reach)[:, None]
            free = ~self._obstacles.blocked(self._metres.to_degrees(tried), bridge[open_])
            xy[open_[free]], stands[open_[free]] = tried[free], True
        ruled = Poles(row, along_m, xy, normal, self._median[row], np.full(len(row), -1)).at(stands)
        if self._known_tree is not None:
            ruled = ruled.at(self._known_tree.query(ruled.xy, distance_upper_bound=KNOWN_CLEARANCE_M)[0] == np.inf)
        poles = self.known.plus(ruled)
        poles = poles.at(apart(poles, self.rank[poles.street], self._path[poles.street]))
        return poles.at(np.lexsort((poles.along_m, poles.street)))

    def _rows(self, scale: float, rng: np.random.Generator) -> tuple[Ints, Floats, Floats]:
        """Divide each lit street evenly: street, distance along (m) and side (-1 or 1) of poles."""
        length_m = self._lines.length_m
        per_row = np.where(self._lit, np.round(length_m / (self._spacing_m * scale)), 0).astype(np.int64)
        count = per_row * np.where(self._both, 2, 1)
        street = np.repeat(np.arange(len(count)), count)
        number = np.arange(len(street)) - np.repeat(np.cumsum(count) - count, count)
        place = np.where(self._both[street], number // 2, number)
        spacing_m = length_m[street] / np.maximum(per_row[street], 1)
        jitter = np.clip(rng.normal(0.0, JITTER, len(street)), -2.5 * JITTER, 2.5 * JITTER)
        along_m = (place + 0.5 + jitter) * spacing_m
        side = np.where(rng.random(len(count)) < 0.5, -1.0, 1.0)[street]
        side = np.where(self._swap[street] & (number % 2 == 1), -side, side)
        return street, along_m, side
