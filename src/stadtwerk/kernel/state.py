"""What is true now: the last observed values of one entity type as typed columns, which engines compute on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stadtwerk.kernel.observation import Observations, Rows, Times, Values


class ColumnState:
    """The working copy of one type: n rows, a float64 column per attribute, NaN = never told."""

    def __init__(self, entity_type: str, n: int, columns: Sequence[str]) -> None:
        self.entity_type = entity_type
        self.columns: dict[str, Values] = {name: np.full(n, np.nan) for name in columns}
        self.observed_at_us: Times = np.zeros(n, np.int64)

    def __len__(self) -> int:
        return len(self.observed_at_us)

    def __getitem__(self, name: str) -> Values:
        return self.columns[name]

    def apply(self, seen: Observations) -> Rows:
        """Take over a batch, the later observation winning whatever the order of arrival; return the rows told of."""
        order = np.argsort(seen.observed_at_us, kind="stable")
        rows = seen.rows[order]
        fresh = seen.observed_at_us[order] >= self.observed_at_us[rows]
        order, rows = order[fresh], rows[fresh]
        for name, values in seen.columns.items():
            told = ~np.isnan(values[order])
            self.columns[name][rows[told]] = values[order][told]
        self.observed_at_us[rows] = seen.observed_at_us[order]
        return rows

    def picture(self, rows: Rows) -> tuple[Times, dict[str, Values]]:
        """Copy what some rows hold."""
        return self.observed_at_us[rows].copy(), {name: values[rows].copy() for name, values in self.columns.items()}

    def put_back(self, rows: Rows, picture: tuple[Times, dict[str, Values]]) -> None:
        """Make some rows what they were when the picture was taken."""
        self.observed_at_us[rows], columns = picture
        for name, values in columns.items():
            self.columns[name][rows] = values
