"""Reading one entity's rows out of Parquet files: only the row groups that can hold them, whose places are remembered.

A general query engine plans anew and looks at every row group for each question; here a question is always the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from stadtwerk.kernel.observation import Observations
from stadtwerk.stores.lake.files import micros
from stadtwerk.stores.lake.rows import gather

FILES = 128
"""Files kept open; the one that was opened first goes first."""
ANY = -(1 << 62), 1 << 62


@dataclass(frozen=True, slots=True)
class _File:
    """An open file, with the least and greatest entity and time (microseconds) of its row groups, each (n, 2)."""

    parquet: pq.ParquetFile
    entities: np.ndarray[Any, Any]
    times_us: np.ndarray[Any, Any]

    def groups(self, row: int, after_us: int, until_us: int) -> list[int]:
        """Return the row groups that may hold an entity's rows with times in (after, until]."""
        fits = (self.entities[:, 0] <= row) & (self.entities[:, 1] >= row)
        fits &= (self.times_us[:, 0] <= until_us) & (self.times_us[:, 1] > after_us)
        return [int(group) for group in np.flatnonzero(fits)]


class Narrow:
    """Reads one entity at a time; usable from one thread at a time."""

    def __init__(self) -> None:
        self._files: dict[str, _File] = {}

    def rows(
        self, paths: Sequence[str], columns: Sequence[str], *, row: int, after_us: int, until_us: int
    ) -> Observations:
        """Read an entity's rows with times in (after, until], in the order of files and rows."""
        parts = [self._rows(self._file(path), columns, row, after_us, until_us) for path in paths]
        return gather("", columns, [part for part in parts if part is not None])

    def _rows(self, file: _File, columns: Sequence[str], row: int, after_us: int, until_us: int) -> Observations | None:
        groups = file.groups(row, after_us, until_us)
        if not groups:
            return None
        table = file.parquet.read_row_groups(groups, ["ix", "observed_at", *columns], use_threads=False)
        rows, times_us = table["ix"].to_numpy(), table["observed_at"].cast(pa.int64()).to_numpy()
        mine = np.flatnonzero((rows == row) & (times_us > after_us) & (times_us <= until_us))
        told = table.take(mine)
        values = {name: told[name].cast(pa.float64(), safe=False).to_numpy() for name in columns}
        return Observations("", rows[mine].astype(np.int32), times_us[mine], values)

    def _file(self, path: str) -> _File:
        """Return a file, opened if it is not yet."""
        if path not in self._files:
            while len(self._files) >= FILES:
                self._files.pop(next(iter(self._files))).parquet.close(force=True)
            parquet = pq.ParquetFile(path, memory_map=True)
            self._files[path] = _File(parquet, *(np.array(_bounds(parquet, name)) for name in ("ix", "observed_at")))
        return self._files[path]

    def close(self) -> None:
        """Let go of all files."""
        while self._files:
            self._files.popitem()[1].parquet.close(force=True)


def _bounds(parquet: pq.ParquetFile, column: str) -> list[tuple[int, int]]:
    """Return the least and greatest value of a column in each row group; anything where nothing is written of it."""
    place = parquet.schema_arrow.names.index(column)
    groups = (parquet.metadata.row_group(number) for number in range(parquet.metadata.num_row_groups))
    told = [group.column(place).statistics for group in groups]
    plain = micros if column == "observed_at" else int
    return [(plain(one.min), plain(one.max)) if one is not None and one.has_min_max else ANY for one in told]
