"""A table of text as it came, whatever its encoding and delimiter, and what was odd about it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field

from stadtwerk.kernel.refusal import Refused

BYTES_MAX = 200_000_000
ROWS_MAX = 1_000_000
COLUMNS_MAX = 500
CELL_CHARS = 2_000
"""Longest cell read; the rest of a longer one is cut off and told."""

DELIMITERS = (";", "\t", ",", "|")


@dataclass(slots=True)
class Sheet:
    """Header and rows of text, all rows as long as the header; `odd` names what was wrong by row number from 0."""

    header: list[str]
    rows: list[list[str]]
    encoding: str
    delimiter: str
    odd: dict[str, list[int]] = field(default_factory=dict)

    def column(self, name: str) -> list[str]:
        """Return the cells of a column, (n,) text."""
        place = self.header.index(name)
        return [row[place] for row in self.rows]


def read_csv(body: bytes) -> Sheet:
    """Read a delimited file; odd rows are kept and told. Refuses what is empty, no text, or larger than a city."""
    if len(body) > BYTES_MAX:
        raise _unreadable(f"{len(body)} bytes; at most {BYTES_MAX} are read")
    text, encoding = _decoded(body)
    text = text.replace("\x00", "\ufffd")
    head = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(DELIMITERS, key=head.count)
    records = _records(text, delimiter)
    header = _names(next((row for row in records if any(cell.strip() for cell in row)), []))
    sheet = Sheet(header, [], encoding, delimiter)
    for cells in records:
        _take(sheet, cells)
    if not sheet.rows:
        raise _unreadable("there is no row below the header")
    return sheet


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    """Split into records as RFC 4180 says; where a quote is never closed, line by line, quotes taken off."""
    csv.field_size_limit(BYTES_MAX)
    try:
        whole = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise _unreadable(str(error)) from error
    if any(len(cell) > CELL_CHARS and "\n" in cell for cells in whole for cell in cells):
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=csv.QUOTE_NONE)
        return ([cell.strip('"') for cell in cells] for cells in lines)
    return iter(whole)


def _decoded(body: bytes) -> tuple[str, str]:
    """Decode by byte order mark, else UTF-8, else as Windows did in Western Europe; bytes it lacks are marked."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if body.startswith(mark):
            return body.decode(encoding, "replace"), encoding
    try:
        return body.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace"), "cp1252"


def _names(cells: list[str]) -> list[str]:
    """Return the header with names that are there once, none of them empty."""
    if not cells or len(cells) > COLUMNS_MAX:
        raise _unreadable("it has no header" if not cells else f"it has {len(cells)} columns; at most {COLUMNS_MAX}")
    names: list[str] = []
    for number, cell in enumerate(cells, 1):
        name = cell.strip()[:100] or f"column {number}"
        names.append(name if name not in names else f"{name} ({number})")
    return names


def _take(sheet: Sheet, cells: list[str]) -> None:
    """Take a row over, cut or filled to the header's length; lines without any content are passed by."""
    if not any(cell.strip() for cell in cells):
        return
    if len(sheet.rows) >= ROWS_MAX:
        raise _unreadable(f"it has more than {ROWS_MAX} rows")
    here, width = len(sheet.rows), len(sheet.header)
    if len(cells) != width:
        sheet.odd.setdefault("ragged", []).append(here)
    if any(len(cell) > CELL_CHARS for cell in cells):
        sheet.odd.setdefault("long-cell", []).append(here)
    kept = [cell.strip()[:CELL_CHARS] for cell in cells[:width]]
    if any("\ufffd" in cell or "Ã" in cell for cell in kept):
        sheet.odd.setdefault("encoding", []).append(here)
    sheet.rows.append(kept + [""] * (width - len(kept)))


def _unreadable(detail: str) -> Refused:
    return Refused.of("unreadable-list", "This list of lamps cannot be read", 422, detail)
