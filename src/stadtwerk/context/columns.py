"""Columns of a source as this package reads them, whatever form they have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from stadtwerk.kernel.entity import ColumnValues, Computed, EntitySource, PlainColumn, Rows
from stadtwerk.kernel.observation import Values

Listed = NDArray[Any] | Sequence[object]

LOCATION = "location"
"""The attribute whose values are the rows' places."""


def fetch(source: EntitySource, name: str) -> ColumnValues:
    """Return a column of a source."""
    column = source.column(name)
    return column if isinstance(column, Computed) else wide(column)


def wide(column: PlainColumn) -> PlainColumn:
    """Return numbers of any width as float64, so that the rest need not ask."""
    if isinstance(column, np.ndarray) and column.dtype != np.float64 and column.dtype.kind in "iuf":
        return np.asarray(column, np.float64)
    return column


def is_numeric(column: PlainColumn) -> TypeGuard[Values]:
    """Tell columns of numbers from columns of anything."""
    return isinstance(column, np.ndarray) and column.dtype == np.float64


def take(column: Listed, rows: Rows) -> list[Any]:
    """Return the values of some rows as a list."""
    if isinstance(column, np.ndarray):
        return list(column[rows].tolist())
    if isinstance(rows, slice):
        return list(column[rows])
    return [column[row] for row in rows.tolist()]


def count(rows: Rows) -> int:
    """Return how many rows are meant; a slice has both ends."""
    return rows.stop - rows.start if isinstance(rows, slice) else len(rows)
