"""Reads a city folder: plain tables that describe one city."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting.inventory import Inventory


@dataclass(frozen=True, slots=True)
class Folder:
    """A city folder on disk."""

    path: Path
    city: dict[str, Any]

    def rows(self, table: str) -> list[dict[str, str]]:
        """Return a table row by row; refuses one that is not there."""
        try:
            with (self.path / f"{table}.csv").open(encoding="utf-8", newline="") as file:
                return list(csv.DictReader(file))
        except (OSError, ValueError) as error:
            raise _no_city(self.path, error) from error

    def columns(self, table: str) -> dict[str, list[str]]:
        """Return a table column by column; refuses one that is not there or whose rows differ in length."""
        try:
            with (self.path / f"{table}.csv").open(encoding="utf-8", newline="") as file:
                reader = csv.reader(file)
                head = next(reader)
                return {name: list(values) for name, values in zip(head, zip(*reader, strict=True), strict=True)}
        except (OSError, ValueError, StopIteration) as error:
            raise _no_city(self.path, error) from error


def lamp_mark(inventory: Inventory) -> str:
    """Return the mark of a city's lamps: a data folder belongs to these very ones."""
    return hashlib.sha256(" ".join(inventory.ids).encode() + inventory.dev_eui.tobytes()).hexdigest()


def open_folder(path: Path) -> Folder:
    """Open a city folder; refuses one that is not a city."""
    try:
        return Folder(path, msgspec.json.decode((path / "city.json").read_bytes(), type=dict[str, Any]))
    except (OSError, msgspec.DecodeError) as error:
        raise _no_city(path, error) from error


def _no_city(path: Path, error: Exception) -> Refused:
    return Refused.of("city", "This folder is not a city", 422, f"{path}: {type(error).__name__}: {error}")
