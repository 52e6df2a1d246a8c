"""When the platform began to listen: silence before that says nothing about a device, then as now."""

from __future__ import annotations

from bisect import bisect_right
from concurrent.futures import Future

import msgspec

from stadtwerk.stores.decision_reader import DecisionReader
from stadtwerk.stores.decisions import DecisionStore

STARTS_KEPT = 1_000
"""Starts of the core that are remembered: the first, and the newest."""


def note_start(store: DecisionStore, now_us: int) -> Future[None]:
    """Write down that the core begins to listen now."""
    starts = [*_starts(store), now_us]
    kept = [*starts[:1], *starts[1:][-STARTS_KEPT + 1 :]]
    return store.set_meta("listening", msgspec.json.encode(kept).decode())


def listening_since(reader: DecisionReader, at_us: int) -> int:
    """Return since when the platform listened at an instant, 0 when it did not yet."""
    starts = sorted(_starts(reader))
    place = bisect_right(starts, at_us)
    return starts[place - 1] if place else 0


def observed_since(reader: DecisionReader) -> int:
    """Return when the city was observed first, 0 when it never was."""
    starts, oldest = _starts(reader), next(reader.entries(), None)
    return min([*starts[:1], *([oldest.at_us] if oldest else ())], default=0)


def _starts(reader: DecisionReader) -> list[int]:
    return msgspec.json.decode(reader.meta("listening") or "[]", type=list[int])
