"""The preview of a list: what each column becomes, the first rows, what nobody knows, and every doubt."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from stadtwerk.cities.lamp_list.devices import read_devices
from stadtwerk.cities.lamp_list.listed import Listed, read_lamps
from stadtwerk.cities.lamp_list.mapping import FIELDS, Mapping, settle
from stadtwerk.cities.lamp_list.nodes import read_nodes
from stadtwerk.cities.lamp_list.quality import Doubt, doubts, kept
from stadtwerk.cities.lamp_list.sheet import Sheet, read_csv
from stadtwerk.kernel.refusal import Refused

FIRST_ROWS = 5
DRAWN = 4_000
"""Most lamps of a picture."""
OFF_THE_MAP = ("at-zero", "outside")
"""Doubts about lamps that would make the picture of all others a dot."""
EXAMPLES = 5
"""So many rows are named of each doubt."""

OSM = (".osm", ".osm.gz", ".osm.bz2", ".pbf")


@dataclass(frozen=True, slots=True)
class Preview:
    """A list as it would be taken over; nothing is changed by looking."""

    sheet: Sheet
    mapping: Mapping
    lamps: Listed
    doubts: list[Doubt]

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data: counts, columns, first rows, doubts with line numbers as an editor shows them."""
        used = {column: field for field, column in self.mapping.columns.items()}
        stay = kept(self.lamps, self.doubts)
        return {
            "rows": len(self.sheet.rows),
            "taken": len(stay),
            "left_out": len(self.sheet.rows) - len(stay),
            "encoding": self.sheet.encoding,
            "delimiter": self.sheet.delimiter,
            "system": self.mapping.system,
            "columns": [{"column": name, "becomes": used.get(name)} for name in self.sheet.header],
            "not_told": [field for field in FIELDS if field not in self.mapping.columns],
            "first": [self._lamp(row) for row in range(min(FIRST_ROWS, len(self.sheet.rows)))],
            "doubts": [
                {
                    "kind": doubt.kind,
                    "lamps": len(doubt.rows),
                    "left_out": doubt.left_out,
                    "examples": [{"row": row + 1, "id": self.lamps.id[row]} for row in doubt.rows[:EXAMPLES].tolist()],
                }
                for doubt in self.doubts
            ],
        }

    def picture(self) -> dict[str, Any]:
        """Return places to draw: up to 4,000 lamps, the doubtful first, each with the first of its kinds of doubt.

        What holds for more than half of the list tells nothing about a lamp and is left out here.
        """
        own = [doubt for doubt in self.doubts if len(doubt.rows) <= len(self.lamps) / 2]
        kind = np.full(len(self.lamps), -1)
        for number in range(len(own) - 1, -1, -1):
            kind[own[number].rows] = number
        placed = np.isfinite(self.lamps.lon) & np.isfinite(self.lamps.lat)
        for doubt in own:
            if doubt.kind in OFF_THE_MAP:
                placed[doubt.rows] = False
        rows = np.flatnonzero(placed)
        rows = rows[np.argsort(kind[rows] < 0, kind="stable")][:DRAWN]
        return {
            "kinds": [doubt.kind for doubt in own],
            "lon": np.round(self.lamps.lon[rows], 6).tolist(),
            "lat": np.round(self.lamps.lat[rows], 6).tolist(),
            "kind": kind[rows].tolist(),
            "id": [self.lamps.id[row] for row in rows.tolist()],
        }

    def _lamp(self, row: int) -> dict[str, Any]:
        """Show a row beside what it becomes."""
        told = {name: cell for name, cell in zip(self.sheet.header, self.sheet.rows[row], strict=True) if cell}
        lamp: dict[str, Any] = {"id": self.lamps.id[row], "street": self.lamps.street[row]}
        for field in ("lon", "lat", "height_m", "power_w"):
            value = float(getattr(self.lamps, field)[row])
            lamp[field] = round(value, 7) if value == value else None  # noqa: PLR0124 - NaN is the unread value
        return {"told": told, "becomes": lamp}


def preview(file: Path, wishes: dict[str, str] | None = None, system: str = "") -> Preview:
    """Read a list (CSV, OpenStreetMap extract, TALQ devices as JSON) and tell what it would become.

    `wishes` are columns by field, over what is proposed. Refuses what cannot be read as a whole; rows never do.
    """
    try:
        sheet = read_nodes(file) if file.name.endswith(OSM) else _sheet(file)
    except OSError as error:
        raise Refused.of("unreadable-list", "This list of lamps cannot be read", 404, str(error)) from error
    mapping = settle(sheet, wishes or {}, system)
    if not {"x", "y"} <= mapping.columns.keys():
        detail = f"name the columns of x and y; the list has {', '.join(sheet.header[:20])}"
        raise Refused.of("no-places", "The list does not tell where its lamps stand", 422, detail)
    lamps = read_lamps(sheet, mapping)
    return Preview(sheet, mapping, lamps, doubts(lamps, sheet))


def _sheet(file: Path) -> Sheet:
    body = file.read_bytes()
    return read_devices(body) if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[") else read_csv(body)
