"""What the world tells us: observations, always in columns, never failing as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int32]
Times = NDArray[np.int64]
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Observations:
    """Values of n entities of one type: rows (n,), observed_at_us (n,), columns name -> (n,), NaN = not told."""

    entity_type: str
    rows: Rows
    observed_at_us: Times
    columns: dict[str, Values]

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, keep: NDArray[np.bool_] | NDArray[np.int64] | slice) -> Observations:
        """Return the rows that a mask, indices or a slice select."""
        columns = {name: values[keep] for name, values in self.columns.items()}
        return Observations(self.entity_type, self.rows[keep], self.observed_at_us[keep], columns)


def split(seen: Observations, rows: int) -> list[Observations]:
    """Cut a batch into parts of at most so many rows."""
    return [seen.take(slice(start, start + rows)) for start in range(0, len(seen), rows)]


def join(parts: Sequence[Observations]) -> Observations:
    """Put batches of the same entity type and columns one after the other."""
    first = parts[0]
    if len(parts) == 1:
        return first
    columns = {name: np.concatenate([part.columns[name] for part in parts]) for name in first.columns}
    rows = np.concatenate([part.rows for part in parts])
    times = np.concatenate([part.observed_at_us for part in parts])
    return Observations(first.entity_type, rows, times, columns)
