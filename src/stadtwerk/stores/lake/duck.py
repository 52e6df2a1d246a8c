"""Reading Parquet files by DuckDB, with few threads and little memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb
import numpy as np

from stadtwerk.kernel.observation import Observations
from stadtwerk.stores.lake.files import moment

THREADS = 2
MEMORY = "512MB"
EVER = (-(1 << 62), 1 << 62)
"""Any entity."""


class Duck:
    """A DuckDB that keeps nothing of its own; usable from one thread at a time."""

    def __init__(self, threads: int = THREADS) -> None:
        self._db = duckdb.connect(config={"threads": threads, "memory_limit": MEMORY})
        self._db.execute("SET TimeZone='UTC'; SET parquet_metadata_cache=true; SET enable_progress_bar=false")

    def rows(
        self,
        paths: Sequence[str],
        columns: Sequence[str],
        *,
        entities: tuple[int, int] = EVER,
        after_us: int,
        until_us: int,
        at_us: int | None = None,
    ) -> Observations:
        """Read rows of some entities (from-to) with times in (after, until], in the order of files and rows.

        `at_us` takes only the keyframe of that instant.
        """
        names = ", ".join(f'"{name}"::DOUBLE AS "{name}"' for name in columns)
        comma = ", " if names else ""
        wheres = ["observed_at > ?", "observed_at <= ?"]
        values: list[Any] = [moment(after_us), moment(until_us)]
        if entities != EVER:
            wheres.append("ix BETWEEN ? AND ?")
            values += list(entities)
        if at_us is not None:
            wheres.append('"at" = ?')
            values.append(moment(at_us))
        query = f"SELECT ix, epoch_us(observed_at) AS at_us{comma}{names} FROM read_parquet(?) WHERE "
        found = self._db.execute(query + " AND ".join(wheres), [list(paths), *values]).fetchnumpy()
        told = {name: _filled(found[name]) for name in columns}
        return Observations("", np.asarray(found["ix"], np.int32), np.asarray(found["at_us"], np.int64), told)

    def close(self) -> None:
        """End it."""
        self._db.close()


def _filled(values: Any) -> np.ndarray[Any, Any]:
    """Return a column with NaN where it has no value."""
    if isinstance(values, np.ma.MaskedArray):
        return np.asarray(values.filled(np.nan), np.float64)
    return np.asarray(values, np.float64)
