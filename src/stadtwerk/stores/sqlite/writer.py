"""A store in one SQLite file: write-ahead log, every commit on disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from stadtwerk.kernel.refusal import Refused
from stadtwerk.stores.sql import Sql, Table

PUT_ROWS = 50
"""Rows of one statement: so many forms of a statement stay prepared."""


class Connection(sqlite3.Connection):
    """A connection to a SQLite file."""

    def tables(self) -> dict[str, Table]:
        """Describe the tables of the file."""
        found = {}
        for (name,) in self.execute("SELECT name FROM sqlite_master WHERE type='table' AND name NOT LIKE 'sqlite_%'"):
            facts = self.execute("SELECT name, pk FROM pragma_table_info(?) ORDER BY cid", (name,)).fetchall()
            key = tuple(column for column, place in sorted(facts, key=lambda fact: fact[1]) if place)
            found[name.lower()] = Table(name.lower(), tuple(column for column, _ in facts), key)
        return found

    def put(self, into: str, rows: Sequence[Sequence[Any]], conflict: str = "", /) -> None:
        """Insert rows in as few statements as it takes: each one hands the interpreter from thread to thread."""
        for start in range(0, len(rows), PUT_ROWS):
            some = rows[start : start + PUT_ROWS]
            marks = f"({', '.join('?' * len(some[0]))})"
            values = ", ".join([marks] * len(some))
            self.execute(f"INSERT INTO {into} VALUES {values} {conflict}", [value for row in some for value in row])

    def insert(self, table: Table, rows: Sequence[Sequence[Any]]) -> None:
        """Bring many new rows into a table; refuses rows that cannot stand there."""
        marks = ", ".join("?" * len(table.columns))
        try:
            self.executemany(f"INSERT INTO {table.name} ({', '.join(table.columns)}) VALUES ({marks})", rows)
        except sqlite3.IntegrityError as error:
            raise Refused.of("rows", "These rows cannot stand in the table", 422, f"{table.name}: {error}") from error


class SqliteFile:
    """A database file of a store."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def writer(self, name: str) -> Connection:
        """Open the file for writing."""
        return connect(self._path)

    def begin(self, db: Sql) -> None:
        """Begin a transaction; the data folder's lock has made sure that nobody else writes."""
        db.execute("BEGIN IMMEDIATE")

    def reader(self) -> Connection:
        """Open the file for reading only."""
        return connect_reader(self._path)


def connect(path: Path) -> Connection:
    """Open a database for writing: WAL, and every commit on disk before it returns (synchronous=FULL)."""
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256, factory=Connection)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute("PRAGMA wal_autocheckpoint=16000")
    db.execute("PRAGMA cache_size=-65536")
    return db


def connect_reader(path: Path) -> Connection:
    """Open a database for reading only, usable from any one thread at a time."""
    db = sqlite3.connect(
        f"file:{path}?mode=ro", uri=True, isolation_level=None, check_same_thread=False, factory=Connection
    )
    db.execute("PRAGMA query_only=1")
    return db
