"""The telemetry database: last values and the history tail, one pair of typed tables per entity type."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np

from stadtwerk.kernel.observation import Observations
from stadtwerk.kernel.state import ColumnState
from stadtwerk.stores.sqlite.writer import Writer, connect, connect_reader

TAIL_S = 48 * 3600
"""How long the tail keeps every observation, seconds of city time."""


class TelemetryStore:
    """Keeps observations of types with fixed columns; what it acknowledged is on disk."""

    def __init__(self, path: Path, types: Mapping[str, Sequence[str]]) -> None:
        self._types = {name: tuple(columns) for name, columns in types.items()}
        db = connect(path)
        for name, columns in self._types.items():
            body = ", ".join(f"{column} REAL" for column in columns)
            db.execute(f"CREATE TABLE IF NOT EXISTS state_{name} (ix INTEGER PRIMARY KEY, at_us INTEGER, {body})")
            db.execute(
                f"CREATE TABLE IF NOT EXISTS history_{name} (ix INTEGER, at_us INTEGER, {body}, "
                "PRIMARY KEY (ix, at_us)) WITHOUT ROWID"
            )
        db.execute(
            "CREATE TABLE IF NOT EXISTS quarantine (reason TEXT PRIMARY KEY, n INTEGER, at_us INTEGER, sample BLOB)"
        )
        self._writer = Writer(db, "telemetry")
        self._reader = connect_reader(path)

    def write(self, seen: Observations) -> Future[None]:
        """Store a batch in state and history; the future resolves when it is durable."""
        rows = _as_rows(seen, self._types[seen.entity_type])
        return self._writer.write(lambda db: self._put(db, seen.entity_type, rows), len(rows))

    def _put(self, db: sqlite3.Connection, name: str, rows: list[tuple[Any, ...]]) -> None:
        columns = self._types[name]
        names, marks = ", ".join(("ix", "at_us", *columns)), ", ".join("?" * (len(columns) + 2))
        db.executemany(f"INSERT OR REPLACE INTO history_{name} ({names}) VALUES ({marks})", rows)
        updates = ", ".join(f"{column}=coalesce(excluded.{column}, {column})" for column in columns)
        db.executemany(
            f"INSERT INTO state_{name} ({names}) VALUES ({marks}) ON CONFLICT (ix) DO UPDATE "
            f"SET at_us=excluded.at_us, {updates} WHERE excluded.at_us >= at_us",
            rows,
        )

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

        def work(db: sqlite3.Connection) -> None:
            db.execute(
                "INSERT INTO quarantine VALUES (?, ?, ?, ?) ON CONFLICT (reason) DO UPDATE "
                "SET n=n+excluded.n, at_us=excluded.at_us, sample=excluded.sample",
                (reason, n, at_us, sample[:512]),
            )

        return self._writer.write(work)

    def quarantined(self) -> dict[str, int]:
        """Return how many messages were set aside, by reason."""
        return dict(self._reader.execute("SELECT reason, n FROM quarantine").fetchall())

    def trim(self, name: str, rows: range, now_us: int) -> Future[None]:
        """Drop what is older than the tail for some entities; a slice at a time, so that no writer waits long."""
        horizon_us = now_us - TAIL_S * 1_000_000

        def work(db: sqlite3.Connection) -> None:
            db.executemany(f"DELETE FROM history_{name} WHERE ix=? AND at_us<?", ((ix, horizon_us) for ix in rows))

        return self._writer.write(work)

    def close(self) -> None:
        """Commit what waits and close."""
        self._reader.close()
        self._writer.close()


def load_state(db: sqlite3.Connection, state: ColumnState) -> None:
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
