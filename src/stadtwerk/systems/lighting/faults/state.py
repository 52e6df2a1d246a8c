"""The working copy of faults: what is kept, and for how many nights what was found is not found any more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from stadtwerk.kernel.journal import Document
from stadtwerk.kernel.things import Things
from stadtwerk.systems.lighting.faults.things import LIVE, Fault


class Faults:
    """All faults by id."""

    def __init__(self) -> None:
        self.kept = Things("lighting.faults", Fault)
        self.unseen: Counter[str] = Counter()
        """Nights in a row in which a live fault was not found; after a start counted anew."""

    def recall(self, documents: Iterable[Document]) -> None:
        """Take up what was decided before this start."""
        self.kept.recall(documents)

    def standing(self) -> dict[tuple[str, str, int], Fault]:
        """Return by key the faults that are there, or that somebody dismissed."""
        return {fault.key: fault for fault in self.kept if fault.state in LIVE or fault.state == "dismissed"}

    def next_number(self) -> int:
        """Return the number of the next fault."""
        return max((fault.number for fault in self.kept), default=0) + 1
