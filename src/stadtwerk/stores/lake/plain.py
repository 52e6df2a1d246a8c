"""Plain rows as a Parquet file that any engine opens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

GROUP_ROWS = 100_000
"""Rows of one row group, and most that are in memory at once."""


def write_texts(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str | None]]) -> int:
    """Write rows of texts (None = absent) as Parquet, zstd; return how many."""
    schema = pa.schema([(name, pa.string()) for name in columns])
    source, n = iter(rows), 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        while some := list(islice(source, GROUP_ROWS)):
            arrays = [pa.array(column, pa.string()) for column in zip(*some, strict=True)]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            n += len(some)
    return n
