"""Levels by pattern: which fields of a street need the full class now, and the cheapest levels known that keep it.

A pattern that is not in the table is answered by one that is and needs the full class in more fields: whoever keeps the
full class keeps the lower one too, so no class is ever missed; it only costs power until the pattern is learnt.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting.engine.adaptive.bound import MARGIN, Solution, Solver
from stadtwerk.systems.lighting.engine.adaptive.demands import Classes
from stadtwerk.systems.lighting.engine.adaptive.influence import Influence
from stadtwerk.systems.lighting.engine.en13201.photometry import Floats

Pattern = NDArray[np.bool_]
"""Which fields (n,) need the full class."""
PATTERNS_MAX = 4_096
"""A table holds so many patterns, turned copies not counted."""


@dataclass(frozen=True, slots=True)
class Steps:
    """The two classes of each area of a street: around road users, and elsewhere (the lowest that is allowed)."""

    full: Classes
    low: Classes

    def of(self, pattern: Pattern) -> list[Classes | None]:
        """Return the classes of each field."""
        return [self.full if full else self.low for full in pattern]


def canonical(pattern: Pattern) -> tuple[bytes, int]:
    """Return a pattern's greatest rotation as bits, and by how many fields it was turned back to get there."""
    bits = np.asarray(pattern, np.uint8).tobytes()
    doubled, n = bits + bits, len(bits)
    starts = [i for i in range(n) if bits[i] and not bits[i - 1]] or [0]
    best = max(starts, key=lambda i: doubled[i : i + n])
    return doubled[best : best + n], best


@dataclass(slots=True)
class Table:
    """Cheapest levels of one ring by pattern; begins with nothing needed anywhere and with the full class everywhere.

    Refuses a street whose lamps cannot keep the full class.
    """

    influence: Influence
    steps: Steps
    solver: Solver = field(init=False)
    known: dict[bytes, Floats] = field(default_factory=dict)
    misses: Counter[bytes] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.solver = Solver(self.influence, MARGIN)
        n = self.influence.fields
        for pattern in (np.ones(n, np.bool_), np.zeros(n, np.bool_)):
            if self._solve(canonical(pattern)[0]) is None:
                raise Refused.field("classes", "the lamps cannot keep the class; have the street judged instead")

    def learn(self, patterns: Iterable[bytes]) -> int:
        """Solve canonical patterns as long as there is room; returns how many are new."""
        before = len(self.known)
        for bits in patterns:
            if len(self.known) >= PATTERNS_MAX:
                break
            if bits not in self.known:
                self._solve(bits)
        return len(self.known) - before

    def levels(self, pattern: Pattern) -> Floats:
        """Return levels (m,) that keep the classes of a pattern, (n,); a miss is counted and answered from above."""
        bits, turn = canonical(pattern)
        if bits not in self.known:
            if len(self.misses) < PATTERNS_MAX or bits in self.misses:
                self.misses[bits] += 1
            bits, turn = self._above(np.asarray(pattern, np.bool_))
        rows = self.known[bits].reshape(-1, self.influence.fields)
        return np.roll(rows, turn, axis=1).ravel()

    def _above(self, pattern: Pattern) -> tuple[bytes, int]:
        """Fill the shortest gaps one by one until a pattern is known."""
        filled = pattern.copy()
        while True:
            gap = shortest_gap(filled)
            filled[gap] = True
            bits, turn = canonical(filled)
            if bits in self.known:
                return bits, turn

    def _solve(self, bits: bytes) -> Solution | None:
        found = self.solver.solve(self.steps.of(np.frombuffer(bits, np.uint8) != 0))
        if found is not None:
            self.known[bits] = found.levels
        return found


def shortest_gap(pattern: Pattern) -> NDArray[np.intp]:
    """Return the fields of the shortest run on the ring that does not need the full class, all if none does."""
    n = len(pattern)
    if not pattern.any():
        return np.arange(n)
    start = int(np.flatnonzero(pattern)[0])
    low = np.flatnonzero(~np.roll(pattern, -start))
    runs = np.split(low, np.flatnonzero(np.diff(low) > 1) + 1)
    return np.asarray((min(runs, key=len) + start) % n)
