"""Parquet files of history: sorted, small, with statistics, so that few of their row groups are read."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake.transaction import AddAction

from stadtwerk.kernel.observation import Observations
from stadtwerk.stores.lake.encoding import DICTIONARY, ZSTD_LEVEL, encoding

ROW_GROUP_ROWS = 16_384
"""Rows decoded to answer about one entity: about 1 ms."""
APPENDED, MERGED, CLOSED = "amc"
"""Levels of a file: as it came from the tail, merged within its day, whole and in order after its day."""
EPOCH = date(1970, 1, 1)
STAMP = pa.timestamp("us", "UTC")


@dataclass(frozen=True, slots=True)
class LakeFile:
    """A file of a table: day since 1970, rows, entities and times from-to, number of the newest batch in it, level.

    The times are those of the rows, in a table of keyframes those of the keyframes.
    """

    path: str
    day: int
    rows: int
    size: int
    entities: tuple[int, int]
    times_us: tuple[int, int]
    seq: int
    level: str


def schema(columns: Sequence[str], whole: Sequence[str], *, framed: bool) -> pa.Schema:
    """Describe a table: keyframes also say at which hour; `whole` columns hold whole numbers."""
    fields = [("at", STAMP)] if framed else []
    fields += [("ix", pa.int32()), ("observed_at", STAMP)]
    fields += [(name, pa.int64() if name in whole else pa.float64()) for name in columns]
    return pa.schema(fields)


def arrow(seen: Observations, shape: pa.Schema, at_us: int | None = None) -> pa.Table:
    """Write observations as a table of a schema; refuses to round what should be whole."""
    n = len(seen)
    arrays: list[pa.Array] = [] if at_us is None else [pa.array(np.full(n, at_us)).cast(STAMP)]
    arrays += [pa.array(seen.rows, pa.int32()), pa.array(seen.observed_at_us).cast(STAMP)]
    for field in list(shape)[len(arrays) :]:
        values = seen.columns[field.name]
        missing = np.isnan(values)
        if pa.types.is_integer(field.type):
            arrays.append(pa.array(np.rint(np.where(missing, 0, values)).astype(np.int64), mask=missing))
        else:
            arrays.append(pa.array(values, mask=missing))
    return pa.table(arrays, schema=shape)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a new file goes: folder of the table, day since 1970, number of its newest batch, level."""

    folder: Path
    day: int
    seq: int
    level: str


def write(place: Place, parts: Iterable[pa.Table], group_rows: int = ROW_GROUP_ROWS) -> AddAction:
    """Write tables one after the other into a new file of a day's partition and describe it for the log."""
    folder, day = place.folder, place.day
    path = f"day={day_text(day)}/{place.seq:016d}-{place.level}{secrets.token_hex(6)}.parquet"
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    writer: pq.ParquetWriter | None = None
    rows, bounds = 0, _Bounds()
    try:
        for table in parts:
            writer = writer or _writer(folder / path, table)
            writer.write_table(table, group_rows)
            rows += len(table)
            bounds.widen(table)
    finally:
        if writer:
            writer.close()
    with (folder / path).open("rb") as file:
        os.fsync(file.fileno())
    stats = {"numRecords": rows, "minValues": bounds.low(), "maxValues": bounds.high(), "nullCount": {}}
    size = (folder / path).stat().st_size
    values = {"day": day_text(day)}
    return AddAction(path, size, values, int(time.time() * 1000), True, msgspec.json.encode(stats).decode())


def _writer(path: Path, table: pa.Table) -> pq.ParquetWriter:
    encodings = {field.name: encoding(table.column(field.name)) for field in table.schema}
    return pq.ParquetWriter(
        path,
        table.schema,
        compression="zstd",
        compression_level=ZSTD_LEVEL,
        use_dictionary=[name for name, chosen in encodings.items() if chosen == DICTIONARY],
        column_encoding={name: chosen for name, chosen in encodings.items() if chosen != DICTIONARY},
        write_statistics=["at", "ix", "observed_at"],
    )


class _Bounds:
    """Least and greatest entity and time of a file."""

    def __init__(self) -> None:
        self._of: dict[str, tuple[Any, Any]] = {}

    def widen(self, table: pa.Table) -> None:
        for name in ("at", "ix", "observed_at"):
            if name not in table.column_names:
                continue
            values = table.column(name).cast(pa.int64()).to_numpy()
            low, high = self._of.get(name, (values[0], values[0]))
            self._of[name] = (min(low, values.min()), max(high, values.max()))

    def low(self) -> Mapping[str, Any]:
        return self._text(0)

    def high(self) -> Mapping[str, Any]:
        return self._text(1)

    def _text(self, end: int) -> Mapping[str, Any]:
        return {
            name: int(bounds[end]) if name == "ix" else _stamp(int(bounds[end])) for name, bounds in self._of.items()
        }


def _stamp(at_us: int) -> str:
    return moment(at_us).isoformat(timespec="microseconds").replace("+00:00", "Z")


def moment(at_us: int) -> datetime:
    """Return an instant as a datetime in UTC, exact to the microsecond."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at_us)


def micros(at: datetime) -> int:
    """Return a datetime as microseconds since 1970, exactly."""
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def day_text(day: int) -> str:
    """Write days since 1970 as a date."""
    return (EPOCH + timedelta(days=day)).isoformat()
