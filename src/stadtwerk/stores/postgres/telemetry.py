"""Telemetry in PostgreSQL: a batch goes in as one statement with an array per column."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from stadtwerk.kernel.observation import Observations
from stadtwerk.stores import telemetry
from stadtwerk.stores.sql import Sql
from stadtwerk.stores.telemetry import updates
from stadtwerk.stores.writer import Work


class TelemetryStore(telemetry.TelemetryStore):
    """Keeps observations in a tenant's schema.

    State leaves room in its pages, so that a lamp's next value lies beside its last (heap-only updates). History has
    a block-range index by time: what is read by time, or dropped as too old, lies together as it came. The tail's
    batches are stored as they are: packing random numbers takes time and saves nothing.
    """

    def _tables(self, name: str, columns: tuple[str, ...]) -> str:
        return (
            super()._tables(name, columns)
            + f"ALTER TABLE state_{name} SET (fillfactor=50);"
            + f"CREATE INDEX IF NOT EXISTS history_{name}_time ON history_{name} USING brin (at_us);"
        )

    def _schema(self) -> str:
        """Describe all tables."""
        return super()._schema() + "ALTER TABLE tail ALTER COLUMN body SET STORAGE EXTERNAL;"

    def _put(self, seen: Observations, columns: tuple[str, ...]) -> Work:
        statement = _statement(seen.entity_type, columns)
        arrays = [[part.rows.tolist(), part.observed_at_us.tolist(), *_values(part, columns)] for part in layers(seen)]

        def work(db: Sql) -> None:
            for values in arrays:
                db.execute(statement, values)

        return work


def layers(seen: Observations) -> Iterator[Observations]:
    """Cut a batch into parts in which each entity stands once: one statement may touch a row once only."""
    _, first, place = np.unique(seen.rows, return_index=True, return_inverse=True)
    if len(first) == len(seen):
        yield seen
        return
    order = np.argsort(place, kind="stable")
    sorted_place = place[order]
    starts = np.flatnonzero(np.r_[True, sorted_place[1:] != sorted_place[:-1]])
    turn = np.empty(len(seen), np.int64)
    turn[order] = np.arange(len(seen)) - np.repeat(starts, np.diff(np.r_[starts, len(seen)]))
    for layer in range(int(turn.max()) + 1):
        yield seen.take(turn == layer)


def _values(seen: Observations, columns: tuple[str, ...]) -> Iterator[list[float]]:
    for column in columns:
        values = seen.columns.get(column)
        yield [float("nan")] * len(seen) if values is None else values.tolist()


def _statement(name: str, columns: tuple[str, ...]) -> str:
    """Write a batch to history and state at once; NaN, which means not told, becomes NULL."""
    names = ", ".join(("ix", "at_us", *columns))
    arrays = ", ".join(("?::bigint[]", "?::bigint[]", *("?::float8[]" for _ in columns)))
    told = ", ".join(("ix", "at_us", *(f"nullif({column}, 'NaN') AS {column}" for column in columns)))
    history, state = updates(name, columns)
    rows = f"({names}) SELECT {names} FROM seen ON CONFLICT"
    return (
        f"WITH seen AS (SELECT {told} FROM unnest({arrays}) AS given ({names})), "
        f"kept AS (INSERT INTO history_{name} {rows} (ix, at_us) DO UPDATE SET {history}) "
        f"INSERT INTO state_{name} {rows} (ix) DO UPDATE SET {state}"
    )
