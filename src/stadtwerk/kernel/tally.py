"""Counting while working: so cheap that it stands in the hot path; whoever shows figures reads it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

SHORT_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Upper bounds for what should take milliseconds, seconds."""
LONG_S = (1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 120.0)
"""Upper bounds for what waits for devices, seconds."""


class Durations:
    """How often something took how long: counts by upper bound (inclusive), the last one open."""

    __slots__ = ("bounds_s", "counts", "total_s")

    def __init__(self, bounds_s: Sequence[float] = SHORT_S) -> None:
        self.bounds_s = tuple(bounds_s)
        self.counts = [0] * (len(bounds_s) + 1)
        self.total_s = 0.0

    def note(self, seconds: float) -> None:
        """Count one."""
        self.counts[bisect_left(self.bounds_s, seconds)] += 1
        self.total_s += seconds

    @property
    def n(self) -> int:
        """Return how many were counted."""
        return sum(self.counts)

    def quantile_s(self, share: float) -> float:
        """Return the upper bound under which a share of all lies, seconds; infinite when beyond the last bound."""
        wanted, seen = share * self.n, 0
        for bound_s, n in zip(self.bounds_s, self.counts, strict=False):
            seen += n
            if seen >= wanted:
                return bound_s
        return float("inf")
