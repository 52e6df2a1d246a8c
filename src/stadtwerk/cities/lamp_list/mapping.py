"""Which column of a list means what: proposed from headers and cells, settled by whoever knows the list."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from stadtwerk.cities.lamp_list.cells import UNITS, dates, is_missing, numbers
from stadtwerk.cities.lamp_list.sheet import Sheet
from stadtwerk.kernel.refusal import Refused

FIELDS = (
    "id", "pole", "x", "y", "street", "highway", "district", "circuit", "cabinet",
    "height_m", "power_w", "lamp_type", "installed_on", "cct_k", "count",
)  # fmt: skip
"""What a list may tell of a lamp; without x and y there is no lamp."""

NUMERIC = ("x", "y", "height_m", "power_w", "cct_k", "count")
SYSTEMS = ("wgs84", "utm31", "utm32", "utm33")
"""Coordinate systems: degrees (EPSG:4326), or ETRS89 / UTM zones (EPSG:25831 to 25833)."""

SAMPLE = 2_000
"""So many rows decide what a column holds."""
READABLE = 0.5
"""A numeric column is proposed only where so many of its filled cells are numbers."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """Column of each field by name, fields without a column left out; and in which system places are told."""

    columns: dict[str, str]
    system: str

    def unit(self, field: str) -> str:
        """Return the unit a field's header names in brackets, "" where none."""
        found = re.search(r"[\[(]\s*([A-Za-z]{1,4})\s*[\])]", self.columns.get(field, ""))
        return found.group(1).lower() if found else ""


def propose(sheet: Sheet) -> Mapping:
    """Propose a mapping: names people use for a field, of those the column that is best filled and readable."""
    chosen: dict[str, str] = {}
    names = known_names()
    for field in FIELDS:
        best = (0, 0.0)
        for column in sheet.header:
            rank = _rank(_plain(column), names[field])
            if rank == 0 or column in chosen.values():
                continue
            score = (rank, _filled(sheet, column, field))
            if score[1] > 0 and score > best:
                best, chosen[field] = score, column
    return Mapping(chosen, _system(sheet, chosen))


def settle(sheet: Sheet, wishes: dict[str, str], system: str = "") -> Mapping:
    """Return the proposal with a person's choices over it ("" = no column); refuses what is not there."""
    proposed = propose(sheet)
    for field, column in wishes.items():
        if field not in FIELDS:
            raise Refused.field("map", f"{field!r} is none of {', '.join(FIELDS)}")
        if column and column not in sheet.header:
            raise Refused.field("map", f"the list has no column {column!r}")
    if system and system not in SYSTEMS:
        raise Refused.field("system", f"{system!r} is none of {', '.join(SYSTEMS)}")
    columns = {field: column for field, column in {**proposed.columns, **wishes}.items() if column}
    return Mapping(columns, system or _system(sheet, columns))


@cache
def known_names() -> dict[str, list[str]]:
    """Return the names of each field in lists of others, plain, the most telling first."""
    table: dict[str, Any] = tomllib.loads(Path(__file__).with_name("names.toml").read_text(encoding="utf-8"))
    return {field: table["names"][field] for field in FIELDS}


def _plain(header: str) -> str:
    """Return a header without units, decoration, umlauts and case."""
    text = re.sub(r"[\[(].*?[\])]", "", header).lower()
    text = text.translate({0xE4: "ae", 0xF6: "oe", 0xFC: "ue", 0xDF: "ss"})
    return re.sub(r"[^a-z0-9]", "", re.sub(r"_(desc|w|m)$", "", text))


def _rank(plain: str, names: list[str]) -> int:
    """Rank how well a header fits: its own name first, then one that contains a long enough name; 0 = not at all."""
    if plain in names:
        return 1000 - names.index(plain)
    within = [place for place, name in enumerate(names) if len(name) > 4 and name in plain]
    return 100 - within[0] if within else 0


def _filled(sheet: Sheet, column: str, field: str) -> float:
    """Return the share of a sample's cells that are filled, 0 where they are not what the field needs."""
    place = sheet.header.index(column)
    cells = [row[place] for row in islice(sheet.rows, SAMPLE)]
    told = [cell for cell in cells if not is_missing(cell)]
    if not told:
        return 0.0
    read = len(told)
    if field in NUMERIC:
        read = int(np.isfinite(numbers(told, UNITS.get(field))).sum())
    elif field == "installed_on":
        read = sum(map(bool, dates(told)))
    return len(told) / len(cells) if read >= READABLE * len(told) else 0.0


def _system(sheet: Sheet, columns: dict[str, str]) -> str:
    """Tell degrees from metres by the size of the numbers, and the zone by the digits before an easting."""
    if not {"x", "y"} <= columns.keys():
        return "wgs84"
    x = numbers(sheet.column(columns["x"])[:SAMPLE])
    middle = float(np.nanmedian(x)) if np.isfinite(x).any() else 0.0
    if abs(middle) <= 180:
        return "wgs84"
    leading = int(middle // 1_000_000)
    return f"utm{leading}" if f"utm{leading}" in SYSTEMS else "utm32"
