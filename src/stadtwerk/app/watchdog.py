"""A watchdog over the core's loop: how late it wakes up is how long everybody else waited."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque

from stadtwerk.kernel.tally import Durations

log = logging.getLogger(__name__)

BEAT_S = 0.25
"""How often the loop's lag is measured."""
RECENT_BEATS = 240
"""Beats of the last minute."""
TOLD_S = 1.0
"""A lag from here on is written to the log."""


class Watchdog:
    """Measures the lag of the loop it runs on, seconds."""

    def __init__(self) -> None:
        self.lag = Durations()
        self._recent: deque[float] = deque(maxlen=RECENT_BEATS)

    @property
    def worst_s(self) -> float:
        """Return the longest lag of the last minute."""
        return max(self._recent, default=0.0)

    async def run(self) -> None:
        """Measure for ever."""
        while True:
            began = time.perf_counter()
            await asyncio.sleep(BEAT_S)
            self.note(max(0.0, time.perf_counter() - began - BEAT_S))

    def note(self, lag_s: float) -> None:
        """Take one measurement."""
        self.lag.note(lag_s)
        self._recent.append(lag_s)
        if lag_s >= TOLD_S:
            log.warning("the loop was held up for %.2f s", lag_s)
