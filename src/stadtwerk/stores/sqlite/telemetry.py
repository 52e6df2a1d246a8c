"""The telemetry in a SQLite file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from stadtwerk.stores import telemetry
from stadtwerk.stores.sqlite.writer import SqliteFile


class TelemetryStore(telemetry.TelemetryStore):
    """Keeps observations in one file."""

    def __init__(self, path: Path, types: Mapping[str, Sequence[str]]) -> None:
        super().__init__(SqliteFile(path), types)
