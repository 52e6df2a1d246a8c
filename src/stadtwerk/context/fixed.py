"""The part of an entity that does not change from moment to moment, written once per row and remembered."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stadtwerk.context.cells import Cell
from stadtwerk.context.columns import LOCATION
from stadtwerk.context.limits import FIXED_ROWS
from stadtwerk.context.text import Chosen, value_texts
from stadtwerk.kernel.entity import Coded, ColumnValues, Computed, EntitySource, Instants


class FixedTexts:
    """Texts of the unobserved attributes of rows; kept as long as the source's columns are the same objects."""

    def __init__(self, cells: Sequence[Cell], *, remember: bool) -> None:
        self._cells, self._remember = cells, remember
        self._known: dict[int, str | None] = {}
        self._made_of: list[object] = []

    def texts(self, source: EntitySource, rows: Chosen) -> list[str | None]:
        """Write the members of some rows, None where a row has none of the attributes."""
        made_of = self._parts(source) if self._remember else None
        if made_of is None or len(rows) > FIXED_ROWS:
            return self._write(source, rows)
        if len(made_of) != len(self._made_of) or any(map(_other, made_of, self._made_of)):
            self._known, self._made_of = {}, made_of
        wanted: list[int] = rows.tolist()
        missing = [row for row in wanted if row not in self._known]
        if missing:
            if len(self._known) + len(missing) > FIXED_ROWS:
                self._known, missing = {}, wanted
            self._known.update(zip(missing, self._write(source, np.array(missing)), strict=True))
        return [self._known[row] for row in wanted]

    def _write(self, source: EntitySource, rows: Chosen) -> list[str | None]:
        columns = [_members(cell, source, rows) for cell in self._cells]
        return [",".join(filter(None, members)) or None for members in zip(*columns, strict=True)]

    def _parts(self, source: EntitySource) -> list[object] | None:
        """Return the arrays the texts are made of; None when one is worked out anew each time."""
        parts: list[object] = []
        for cell in self._cells:
            name = cell.attribute.name
            if name == LOCATION:
                parts.extend(source.locations() or ())
                continue
            column = source.column(name)
            if isinstance(column, Computed):
                return None
            parts.extend(_arrays(column))
        return parts


def _members(cell: Cell, source: EntitySource, rows: Chosen) -> list[str | None]:
    before, after = cell.before, cell.after
    values = value_texts(source, cell.attribute.name, rows, typed_time=cell.typed_time)
    return [None if value is None else f"{before}{value}{after}" for value in values]


def _arrays(column: ColumnValues) -> tuple[object, ...]:
    if isinstance(column, Coded):
        return column.codes, column.labels
    return (column.at_us,) if isinstance(column, Instants) else (column,)


def _other(one: object, another: object) -> bool:
    return one is not another
