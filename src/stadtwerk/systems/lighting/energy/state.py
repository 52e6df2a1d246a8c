"""The working copy of energy: nights that were accounted for, months that were signed, and the survey of streets."""

from __future__ import annotations

from collections.abc import Iterable

from stadtwerk.kernel.journal import Document
from stadtwerk.kernel.things import Things
from stadtwerk.systems.lighting.energy.table import Table
from stadtwerk.systems.lighting.energy.things import Account, Signed


class Energy:
    """What is known of energy; `table` is None until the streets have been surveyed."""

    def __init__(self) -> None:
        self.nights = Things("lighting.nights", Account)
        self.signed = Things("lighting.signed", Signed)
        self.table: Table | None = None
        self.surveyed = 0
        """Streets that the survey under way has done."""

    def recall(self, documents: Iterable[Document]) -> None:
        """Take up what was decided before this start."""
        kept = list(documents)
        self.nights.recall(kept)
        self.signed.recall(kept)

    def of_month(self, month: str) -> list[Account]:
        """Return the accounts of the nights that begin in a month, in order."""
        return sorted((one for one in self.nights if one.id.startswith(f"{month}-")), key=lambda one: one.id)
