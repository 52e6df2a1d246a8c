"""The lamps of a list, as columns, with what could not be read of each."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stadtwerk.cities.equipment import LAMP_TYPES
from stadtwerk.cities.lamp_list import utm
from stadtwerk.cities.lamp_list.cells import UNITS, dates, is_missing, numbers
from stadtwerk.cities.lamp_list.mapping import Mapping
from stadtwerk.cities.lamp_list.sheet import Sheet

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

UNKNOWN = -1


@dataclass(slots=True)
class Listed:
    """Lamps (n,) in the order of the list: text as told, numbers NaN and kinds -1 where not told or not readable.

    Places are WGS84 degrees. `unreadable` holds, by field, the rows whose cell says something that cannot be read.
    """

    id: list[str]
    pole: list[str]
    street: list[str]
    district: list[str]
    circuit: list[str]
    cabinet: list[str]
    highway: list[str]
    lon: Floats
    lat: Floats
    height_m: Floats
    power_w: Floats
    cct_k: Floats
    count: Floats
    lamp_type: Ints
    installed_on: list[str]
    unreadable: dict[str, Ints]

    def __len__(self) -> int:
        return len(self.id)


def read_lamps(sheet: Sheet, mapping: Mapping) -> Listed:
    """Read every row; whatever is wrong with one of them, the others stay."""
    told = {field: sheet.column(column) for field, column in mapping.columns.items()}
    empty = [""] * len(sheet.rows)
    unreadable: dict[str, Ints] = {}

    def text(field: str) -> list[str]:
        return ["" if is_missing(cell) else cell for cell in told.get(field, empty)]

    def values(field: str) -> Floats:
        cells = text(field)
        found = numbers(cells, UNITS.get(field), mapping.unit(field))
        unreadable[field] = _unread(cells, np.isnan(found))
        return found

    lon, lat = _degrees(values("x"), values("y"), mapping.system)
    names = [_kind(cell, "lamp_types") for cell in text("lamp_type")]
    kinds = np.array([LAMP_TYPES.index(name) if name else UNKNOWN for name in names], np.int64)
    days = dates(text("installed_on"))
    unreadable["installed_on"] = _unread(text("installed_on"), np.array([not day for day in days], bool))
    return Listed(
        id=text("id"),
        pole=text("pole"),
        street=text("street"),
        district=text("district"),
        circuit=text("circuit"),
        cabinet=text("cabinet"),
        highway=[_kind(cell, "highways") for cell in text("highway")],
        lon=lon,
        lat=lat,
        height_m=values("height_m"),
        power_w=values("power_w"),
        cct_k=values("cct_k"),
        count=values("count"),
        lamp_type=kinds,
        installed_on=days,
        unreadable=unreadable,
    )


def _degrees(x: Floats, y: Floats, system: str) -> tuple[Floats, Floats]:
    """Return places in degrees; what no degree or no UTM place can be is NaN."""
    if system == "wgs84":
        good = (np.abs(x) <= 180) & (np.abs(y) <= 90)
        return np.where(good, x, np.nan), np.where(good, y, np.nan)
    zone = int(system.removeprefix("utm"))
    east = np.where(np.floor(x / 1_000_000) == zone, x - zone * 1_000_000, x)
    good = (east > 0) & (east < 1_000_000) & (y > 0) & (y < 10_000_000)
    return utm.to_degrees(np.where(good, east, np.nan), np.where(good, y, np.nan), zone)


def _unread(cells: list[str], missing: NDArray[np.bool_]) -> Ints:
    """Return the rows that say something, but nothing that could be read."""
    return np.flatnonzero(missing & np.array([bool(cell) for cell in cells], bool))


def _kind(cell: str, table: str) -> str:
    """Return what a cell means by the words of a table in names.toml, "" for nothing known."""
    low = f"{cell.lower()} "
    return next((name for name, words in _words()[table].items() if any(word in low for word in words)), "")


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("names.toml").read_text(encoding="utf-8"))
