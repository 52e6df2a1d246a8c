"""Following a city's journal from another process: read-only, behind the one writer by less than a second."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import islice

from stadtwerk.kernel.journal import Entry
from stadtwerk.stores.decision_reader import DecisionReader

PACE_S = 0.25
"""Pause between two looks for new entries: one look is one read by primary key."""
PAGE = 1_000
"""Most entries of one look."""


class Follower:
    """Reads what is new in a journal since the last look; a sequence number is all it has to remember."""

    def __init__(self, journal: DecisionReader, after: int = 0) -> None:
        self._journal, self.seq = journal, after

    def look(self) -> list[Entry]:
        """Return the entries after those seen, oldest first; a gap would raise, since no number is left out."""
        found = list(islice(self._journal.entries(self.seq), PAGE))
        if found and found[0].seq != self.seq + 1:
            raise ValueError(f"entry {found[0].seq} follows {self.seq}")
        self.seq = found[-1].seq if found else self.seq
        return found


def follow(
    journal: DecisionReader, after: int = 0, *, sleep: Callable[[float], object] = time.sleep
) -> Iterator[Entry]:
    """Give a journal's entries for ever, each soon after its commit."""
    follower = Follower(journal, after)
    while True:
        found = follower.look()
        yield from found
        if not found:
            sleep(PACE_S)
