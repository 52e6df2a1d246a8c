"""Quotas of API keys: a bucket per key that fills evenly over the minute."""

from __future__ import annotations

import time
from collections.abc import Callable


class Quotas:
    """Counts requests per key, in memory: a restart fills all buckets."""

    def __init__(self, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self._monotonic_s = monotonic_s
        self._buckets: dict[str, tuple[float, float]] = {}

    def wait_s(self, key_id: str, per_minute: int) -> float:
        """Take one request from a key's quota; returns the seconds to wait if there is none left, else 0."""
        now_s = self._monotonic_s()
        left, at_s = self._buckets.get(key_id, (float(per_minute), now_s))
        left = min(float(per_minute), left + (now_s - at_s) * per_minute / 60)
        if left < 1:
            self._buckets[key_id] = (left, now_s)
            return (1 - left) * 60 / per_minute
        self._buckets[key_id] = (left - 1, now_s)
        return 0.0
