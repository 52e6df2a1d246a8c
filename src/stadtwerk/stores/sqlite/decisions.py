"""The decisions in a SQLite file."""

from __future__ import annotations

from pathlib import Path

from stadtwerk.stores import decisions
from stadtwerk.stores.sqlite.writer import SqliteFile


class DecisionStore(decisions.DecisionStore):
    """Keeps decisions in one file."""

    def __init__(self, path: Path) -> None:
        super().__init__(SqliteFile(path))
