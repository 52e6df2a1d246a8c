"""Reads a city folder into the systems' inventories."""

from __future__ import annotations

import csv
from pathlib import Path

import msgspec

from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting.inventory import Inventory, make_inventory


def read_inventory(folder: Path) -> Inventory:
    """Read the lamps of a city; refuses a folder that is not a city."""
    try:
        city = msgspec.json.decode((folder / "city.json").read_bytes())
        tables = {name: _rows(folder / f"{name}.csv") for name in ("streets", "circuits", "districts", "cabinets")}
        lamps = _columns(folder / "lamps.csv")
        return make_inventory(city, lamps, tables)
    except (OSError, KeyError, ValueError, msgspec.DecodeError) as error:
        raise Refused.of(
            "city", "This folder is not a city", 422, f"{folder}: {type(error).__name__}: {error}"
        ) from error


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _columns(path: Path) -> dict[str, list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        head = next(reader)
        return {name: list(values) for name, values in zip(head, zip(*reader, strict=True), strict=True)}
