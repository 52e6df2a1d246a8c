"""Each lamp's own power, learned in its first nights, and a robust CUSUM of what changes slowly after that."""

from __future__ import annotations

import numpy as np

from stadtwerk.systems.lighting.engine.faults.fleet import Mask, Rows, Values

LEARN_NIGHTS = 10
"""Nights that make a lamp's own power; its error is then a third of a night's."""
NOISE = 0.02
"""Scatter of one report, log; a night's median of k has 1.25 NOISE / sqrt(k)."""
SLACK, LIMIT, CLIP = 1.25, 6.0, 4.0
"""CUSUM in standard deviations of one night (E. S. Page, Continuous inspection schemes, 1954): what is forgiven each
night, where it tells, and the most one night may add (Huber's clipping: no single night makes an alarm)."""


class Drift:
    """The log of each lamp's own power against expectation, (n,), and the sums of what it rises and falls since."""

    def __init__(self, n: int) -> None:
        self.own = np.zeros(n)
        self.nights = np.zeros(n, np.int64)
        self.risen, self.fallen = np.zeros(n), np.zeros(n)

    def shift(self, ratio: Values) -> Values:
        """Return how far tonight's log ratio to their own power (n,) is, NaN where nothing is known yet."""
        return np.where(self.nights > 0, ratio, np.nan)

    def learn(self, ratio: Values, reports: Rows, sound: Mask) -> None:
        """Take in a night's log ratio to their own power (n,) of those that are sound (n,): learn first, then sum."""
        told = sound & np.isfinite(ratio)
        young = told & (self.nights < LEARN_NIGHTS)
        old = told & ~young
        self.nights[young] += 1
        self.own[young] += ratio[young] / self.nights[young]
        scatter = 1.25 * NOISE / np.sqrt(np.maximum(reports[old], 1))
        step = np.clip(ratio[old] / scatter, -CLIP, CLIP)
        self.risen[old] = np.maximum(0.0, self.risen[old] + step - SLACK)
        self.fallen[old] = np.maximum(0.0, self.fallen[old] - step - SLACK)

    def ageing(self) -> Mask:
        """Tell which lamps (n,) have drifted from what they took."""
        return np.asarray(np.maximum(self.risen, self.fallen) > LIMIT)

    def forget(self, lamps: Mask) -> None:
        """Begin anew with lamps (n,) that were mended: their power is another one now."""
        for column in (self.own, self.nights, self.risen, self.fallen):
            column[lamps] = 0
