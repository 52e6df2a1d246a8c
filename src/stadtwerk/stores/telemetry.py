"""The telemetry database: last values and the history tail, one pair of typed tables per entity type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import Any

import numpy as np

from stadtwerk.kernel.limits import TAIL_ROWS
from stadtwerk.kernel.observation import Observations
from stadtwerk.kernel.state import ColumnState
from stadtwerk.stores import context, outbox, tail
from stadtwerk.stores.sql import Database, Sql
from stadtwerk.stores.writer import MakeWriter, Work, Writer

TAIL_S = 26 * 3600
"""How long the tail keeps observations by entity, seconds of city time: a day on screen without asking the lake."""


_QUARANTINE = "CREATE TABLE IF NOT EXISTS quarantine (reason TEXT PRIMARY KEY, n INTEGER, at_us INTEGER, sample BLOB);"


class TelemetryStore:
    """Keeps observations of types with fixed columns; what it acknowledged is on disk."""

    def __init__(
        self, database: Database, types: Mapping[str, Sequence[str]], make_writer: MakeWriter = Writer
    ) -> None:
        self._types = {name: tuple(columns) for name, columns in types.items()}
        self.writer = make_writer(database, "telemetry", self._schema())
        self._reader = database.reader()
        self.context = context.ContextStore(self.writer, database.reader())
        """Entities that others write: in the same database, committed by the same writer."""
        self._seq = tail.last_seq(self._reader)
        """Number of the newest batch; counted on in the writer's thread only."""
        self.tail_rows = tail.rows(self._reader)
        """Rows that wait to be archived."""

    def _schema(self) -> str:
        """Describe all tables."""
        return (
            "".join(self._tables(name, columns) for name, columns in self._types.items())
            + _QUARANTINE
            + tail.SCHEMA
            + context.SCHEMA
            + outbox.SCHEMA
        )

    def _tables(self, name: str, columns: tuple[str, ...]) -> str:
        """Describe the tables of one type."""
        body = ", ".join(f"{column} REAL" for column in columns)
        return (
            f"CREATE TABLE IF NOT EXISTS state_{name} (ix INTEGER PRIMARY KEY, at_us INTEGER, {body});"
            f"CREATE TABLE IF NOT EXISTS history_{name} (ix INTEGER, at_us INTEGER, {body}, "
            "PRIMARY KEY (ix, at_us)) WITHOUT ROWID;"
        )

    def write(self, seen: Observations) -> Future[None]:
        """Store a batch in state and history; the future resolves when it is durable."""
        return self.writer.write(self.work(seen), len(seen))

    def work(self, seen: Observations) -> Work:
        """Return the work that stores a batch, for a commit that holds more than it."""
        put = self._put(seen, self._types[seen.entity_type])

        def work(db: Sql) -> None:
            put(db)
            self._seq += 1
            tail.put(db, self._seq, seen)
            self.tail_rows += len(seen)
            while self.tail_rows > TAIL_ROWS:
                # Without the historian for weeks: history suffers, not the city.
                self.tail_rows -= tail.shed(db, int(seen.observed_at_us[-1]))

        return work

    def _put(self, seen: Observations, columns: tuple[str, ...]) -> Work:
        """Return the work that stores a batch in state and history."""
        name, rows = seen.entity_type, _as_rows(seen, columns)
        names, marks = ", ".join(("ix", "at_us", *columns)), ", ".join("?" * (len(columns) + 2))
        told, known = updates(name, columns)

        def work(db: Sql) -> None:
            insert = f"VALUES ({marks}) ON CONFLICT"
            db.executemany(f"INSERT INTO history_{name} ({names}) {insert} (ix, at_us) DO UPDATE SET {told}", rows)
            db.executemany(f"INSERT INTO state_{name} ({names}) {insert} (ix) DO UPDATE SET {known}", rows)

        return work

    def load(self, state: ColumnState) -> None:
        """Fill a type's working copy with the last values known."""
        load_state(self._reader, state)

    def history(self, name: str, row: int, since_us: int, until_us: int) -> dict[str, Any]:
        """Return an entity's observations in [since, until): at_us (n,) int64 and its columns (n,) float64."""
        columns = self._types[name]
        query = (
            f"SELECT at_us, {', '.join(columns)} FROM history_{name} WHERE ix=? AND at_us>=? AND at_us<? ORDER BY at_us"
        )
        table = self._reader.execute(query, (row, since_us, until_us)).fetchall()
        values = np.array([line[1:] for line in table], np.float64).reshape(len(table), len(columns))
        found: dict[str, Any] = {column: values[:, place] for place, column in enumerate(columns)}
        found["at_us"] = np.array([line[0] for line in table], np.int64)
        return found

    def quarantine(self, reason: str, n: int, at_us: int, sample: bytes) -> Future[None]:
        """Count what could not be taken over, with one sample per reason."""

        def work(db: Sql) -> None:
            db.execute(
                "INSERT INTO quarantine VALUES (?, ?, ?, ?) ON CONFLICT (reason) DO UPDATE "
                "SET n=quarantine.n+excluded.n, at_us=excluded.at_us, sample=excluded.sample",
                (reason, n, at_us, sample[:512]),
            )

        return self.writer.write(work)

    def quarantined(self) -> dict[str, int]:
        """Return how many messages were set aside, by reason."""
        return dict(self._reader.execute("SELECT reason, n FROM quarantine").fetchall())

    def trim(self, name: str, rows: range, now_us: int) -> Future[None]:
        """Drop what is older than the tail for some entities; a slice at a time, so that no writer waits long."""
        horizon_us = now_us - TAIL_S * 1_000_000

        def work(db: Sql) -> None:
            db.executemany(f"DELETE FROM history_{name} WHERE ix=? AND at_us<?", ((ix, horizon_us) for ix in rows))

        return self.writer.write(work)

    def drop_archived(self, archived: Mapping[str, int]) -> Future[None]:
        """Forget queued batches that history has archived, by type up to a sequence number."""

        def work(db: Sql) -> None:
            self._seq = max(self._seq, *archived.values(), 0)
            tail.drop(db, archived)
            self.tail_rows = tail.rows(db)

        return self.writer.write(work)

    def close(self) -> None:
        """Commit what waits and close."""
        self._reader.close()
        self.context.reader.close()
        self.writer.close()


def load_state(db: Sql, state: ColumnState) -> None:
    """Fill a type's working copy with the last values a telemetry database knows."""
    columns = tuple(state.columns)
    query = f"SELECT ix, at_us, {', '.join(columns)} FROM state_{state.entity_type} WHERE ix < ?"
    table = db.execute(query, (len(state),)).fetchall()
    if not table:
        return
    rows = np.array([row[0] for row in table], np.int32)
    state.observed_at_us[rows] = [row[1] for row in table]
    values = np.array([row[2:] for row in table], np.float64)
    for place, column in enumerate(columns):
        state.columns[column][rows] = values[:, place]


def updates(name: str, columns: Sequence[str]) -> tuple[str, str]:
    """Say how a row of history, and one of state, takes over another: the later wins, what it does not tell stays."""
    told = ", ".join(f"{column}=coalesce(excluded.{column}, history_{name}.{column})" for column in columns)
    known = ", ".join(f"{column}=coalesce(excluded.{column}, state_{name}.{column})" for column in columns)
    return told, f"at_us=excluded.at_us, {known} WHERE excluded.at_us >= state_{name}.at_us"


def _as_rows(seen: Observations, columns: tuple[str, ...]) -> list[tuple[Any, ...]]:
    """Turn columns into rows for SQLite, NaN into NULL."""
    lists: list[list[Any]] = [seen.rows.tolist(), seen.observed_at_us.tolist()]
    for column in columns:
        values = seen.columns.get(column)
        if values is None:
            lists.append([None] * len(seen))
        else:
            told = values.astype(object)
            told[np.isnan(values)] = None
            lists.append(told.tolist())
    return list(zip(*lists, strict=True))
