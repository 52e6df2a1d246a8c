"""All that happens outside the platform: one list of what comes next, one clock, one log."""

from __future__ import annotations

import hashlib
import heapq
import random
from collections.abc import Callable
from typing import Any

US = 1_000_000
EPOCH_US = 1_790_000_000 * US
"""City time at which every history begins."""


class Done(Exception):  # noqa: N818 - the good end
    """The history has been told to its end."""


class Broken(Exception):  # noqa: N818 - a promise is
    """Something happened that must never happen."""


class World:
    """Makes things happen in order of time, and of making where times are equal."""

    def __init__(self, seed: int, *, trace: bool = False) -> None:
        self.seed, self.now = seed, 0.0
        self._next: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._made = 0
        self._trace = trace
        self.log: list[str] = []
        self.fault: str | None = None

    def now_us(self) -> int:
        """Return city time, microseconds UTC."""
        return EPOCH_US + round(self.now * US)

    def chance(self, purpose: str) -> random.Random:
        """Return the randomness of one purpose: another purpose drawing more or less does not change it."""
        return random.Random(f"{self.seed}/{purpose}")

    def at(self, when: float, do: Callable[..., None], *what: Any) -> None:
        """Have something happen at a time, seconds since the beginning."""
        self._made += 1
        heapq.heappush(self._next, (max(when, self.now), self._made, do, what))

    def after(self, wait_s: float, do: Callable[..., None], *what: Any) -> None:
        """Have something happen some seconds from now."""
        self.at(self.now + wait_s, do, *what)

    def step(self, until: float) -> None:
        """Let the next thing happen if it comes by `until`, else let time pass up to then."""
        if self.fault:
            raise Broken(self.fault)
        if self._next and self._next[0][0] <= until:
            self.now, _, do, what = heapq.heappop(self._next)
            do(*what)
        elif until == float("inf"):
            raise Broken("nothing will ever happen again")
        else:
            self.now = until

    def pass_until(self, until: float) -> None:
        """Let everything happen up to a time, with no platform there."""
        while self.now < until:
            self.step(until)

    def note(self, kind: str, *what: object) -> None:
        """Write a line of the log."""
        line = f"{self.now:10.6f} {kind:9} {' '.join(map(str, what))}"
        self.log.append(line)
        if self._trace:
            print(line)

    def broken(self, what: str) -> None:
        """Say that something happened that must not; the first to be said ends the history."""
        if self.fault is None:
            self.fault = what
            self.note("BROKEN", what)

    def digest(self) -> str:
        """Return the SHA-256 of the log."""
        return hashlib.sha256("\n".join(self.log).encode()).hexdigest()
