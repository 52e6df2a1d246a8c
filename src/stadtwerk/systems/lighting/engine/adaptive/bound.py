"""The least power that keeps every field's class: a convex program by cuts, with a lower bound anybody can check.

min sum P_m d_m over levels d in [low, high], demands as in `demands` (EN 13201-2, -3). All rows are linear but glare,
whose cuts are tangents (Kelley's method), so every program solved here is a relaxation and its dual bounds all levels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting.engine.adaptive.demands import Classes, Row, Wanted, slack, wanted, worst_rows
from stadtwerk.systems.lighting.engine.adaptive.influence import Influence
from stadtwerk.systems.lighting.engine.en13201.photometry import Floats

ROUNDS = 60
"""Rounds of cuts at most; a ring takes 5 to 15."""
TOLERANCE = 1e-6
"""A demand counts as held within this share of what is asked, while cutting."""
MARGIN = 1e-5
"""Levels that lamps will follow are planned with so much to spare, so that rounding breaks no class."""
MISS_COST = 100.0
"""What it costs to miss a demand wholly, in powers of the whole ring: lamps burn rather than a class is missed."""
KEEP_ROWS = 2_000
"""So many rows of earlier programs are tried at first."""


@dataclass(frozen=True, slots=True)
class Solution:
    """Levels (m,), their power W, a lower bound of it W, and the rows with their multipliers that prove the bound."""

    levels: Floats
    power_w: float
    bound_w: float
    rows: tuple[Row, ...]
    multipliers: Floats


def dual_bound(power_w: Floats, box: tuple[Floats, Floats], rows: Sequence[Row], multipliers: Floats) -> float:
    """Return what weak duality proves: y.b + sum over lamps of the least of (P - G'y) d in the box, for any y >= 0."""
    reduced, constant = power_w.copy(), 0.0
    for row, y in zip(rows, multipliers, strict=True):
        reduced -= y * row.weights
        constant += y * row.least
    low, high = box
    return float(constant + np.minimum(reduced * low, reduced * high).sum())


@dataclass(slots=True)
class Solver:
    """Solves the program of one ring again and again; what was tight before is tried first.

    `low` is the least level of all lamps, or of each (m,).
    """

    influence: Influence
    margin: float = 0.0
    low: float | Floats = 0.0
    high: Floats | None = None
    _tight: dict[tuple[str, str, tuple[int, ...]], None] = field(default_factory=dict)

    def box(self) -> tuple[Floats, Floats]:
        """Return least and highest levels (m,); lamps that failed have both 0."""
        high = np.ones(self.influence.lamps) if self.high is None else self.high
        return np.minimum(np.full(self.influence.lamps, self.low), high), high

    def solve(self, fields: Sequence[Classes | None]) -> Solution | None:
        """Find the least power for the classes of the fields, None = nothing asked; None where no levels keep them."""
        cut = self._cut(wanted(self.influence, fields, self.margin), 0.0)
        return cut and self._solution(*cut)

    def missed(self, fields: Sequence[Classes | None]) -> NDArray[np.bool_]:
        """Tell which fields (n,) miss their classes when all lamps together miss as little as they can."""
        cut = self._cut(wanted(self.influence, fields, self.margin), np.inf)
        if cut is None:
            raise Refused.field("classes", "what the fields miss could not be found")
        return np.asarray(cut[0][self.influence.lamps :] > TOLERANCE)

    def _cut(self, want: Wanted, spare: float) -> tuple[Floats, list[Row], Floats] | None:
        """Return levels and what each field is allowed to miss (m + n,), rows and multipliers; None = impossible."""
        lamps, n = self.influence.lamps, self.influence.fields
        low, high = self.box()
        bounds = np.stack([np.append(low, np.zeros(n)), np.append(high, np.full(n, spare))], axis=1)
        cost = np.append(self.influence.power_w, np.full(n, MISS_COST * self.influence.power_w.sum()))
        rows = self._first(want)
        for _ in range(ROUNDS):
            weights = np.array([row.weights for row in rows]).reshape(-1, lamps)
            scale = np.maximum(np.abs(weights).max(axis=1, initial=0.0), 1e-12)
            helped = np.arange(n) == np.array([row.at[0] for row in rows], np.int64)[:, None]
            matrix = np.concatenate([weights / scale[:, None], helped], axis=1)
            least = np.array([row.least for row in rows]) / scale
            found = linprog(cost, A_ub=-matrix, b_ub=-least, bounds=bounds, method="highs")
            if found.status != 0:
                return None
            levels = np.clip(found.x, bounds[:, 0], bounds[:, 1])
            broken = worst_rows(self.influence, want, levels[:lamps], TOLERANCE + self.margin / 2)
            broken = [row for row in broken if not levels[lamps + row.at[0]] > TOLERANCE]
            if not broken:
                return levels, rows, np.maximum(-found.ineqlin.marginals, 0.0) / scale
            rows += broken
        return None

    def _solution(self, found: Floats, rows: list[Row], multipliers: Floats) -> Solution:
        levels = found[: self.influence.lamps]
        tight = np.flatnonzero(multipliers > 0)
        kept = tuple(rows[int(i)] for i in tight)
        if len(self._tight) < KEEP_ROWS:
            self._tight.update({(row.kind, row.area, row.at[1:]): None for row in kept if row.kind != "glare_percent"})
        power_w = self.influence.power_w
        bound_w = dual_bound(power_w, self.box(), kept, multipliers[tight])
        return Solution(levels, float(power_w @ levels), bound_w, kept, multipliers[tight])

    def _first(self, want: Wanted) -> list[Row]:
        """Begin with what full darkness breaks, and with what was tight in any field before."""
        rows = worst_rows(self.influence, want, np.zeros(self.influence.lamps), 0.0)
        for kind, area, at in self._tight:
            rows += _everywhere(self.influence, want, (kind, area, at))
        return rows


def _everywhere(influence: Influence, want: Wanted, known: tuple[str, str, tuple[int, ...]]) -> list[Row]:
    """Return a row of one place in every field that has a class."""
    kind, area, at = known
    asked = want.areas[area] if kind in ("mean_lux", "least_lux", "uniformity") else want.road
    rows = []
    for f in np.flatnonzero(np.isfinite(asked[kind])):
        ratio, least = float(asked[kind][f]), 0.0
        if kind in ("mean_lux", "least_lux", "uniformity"):
            light = influence.strips[area][f]
            weights, least = light.mean(axis=0), ratio
            if kind == "least_lux":
                weights = light[at[0]]
            elif kind == "uniformity":
                weights, least = light[at[0]] - ratio * light.mean(axis=0), 0.0
        elif kind == "edge_ratio":
            weights = influence.edges[f, at[0], 0] - ratio * influence.edges[f, at[0], 1]
        else:
            light = influence.luminance[f, at[0]]
            if kind == "mean_cd_m2":
                weights, least = light.mean(axis=0), ratio
            elif kind == "overall":
                weights = light[at[1]] - ratio * light.mean(axis=0)
            else:
                weights = light[at[1]] - ratio * light[at[2]]
        rows.append(Row(kind, (int(f), *at), area, weights, least))
    return rows


def holds(influence: Influence, fields: Sequence[Classes | None], levels: Floats) -> bool:
    """Tell whether levels (m,) keep all classes, without any tolerance."""
    return bool((slack(influence, wanted(influence, fields), levels) >= 0.0).all())
