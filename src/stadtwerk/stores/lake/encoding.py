"""How a column is written: the smallest of the encodings that every reader of Parquet knows, by a trial on a sample."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq

DICTIONARY, PLAIN, DELTA, SPLIT = "DICTIONARY", "PLAIN", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"
ZSTD_LEVEL = 1
"""Sorted values come out as small as with higher levels, for a third of the work."""
SAMPLE_ROWS = 8_192
"""Rows of the trial: neighbours, since their likeness is what encodings live on."""


def encoding(column: pa.ChunkedArray) -> str:
    """Return the encoding that makes a sample of a column smallest; times and entities are in order: differences."""
    if pa.types.is_timestamp(column.type) or column.type == pa.int32():
        return DELTA
    # Splitting bytes of whole numbers would be smaller still, but few readers know it yet (Parquet 2.11).
    tried = (DICTIONARY, PLAIN, SPLIT if pa.types.is_floating(column.type) else DELTA)
    sample = pa.table({"x": column.slice(max(0, (len(column) - SAMPLE_ROWS) // 2), SAMPLE_ROWS)})
    return min(tried, key=lambda chosen: _size(sample, chosen))


def _size(sample: pa.Table, chosen: str) -> int:
    sink = pa.BufferOutputStream()
    plain = {} if chosen == DICTIONARY else {"column_encoding": {"x": chosen}}
    is_dictionary = ["x"] if chosen == DICTIONARY else False
    pq.write_table(
        sample, sink, compression="zstd", compression_level=ZSTD_LEVEL, use_dictionary=is_dictionary, **plain
    )
    return int(sink.tell())
