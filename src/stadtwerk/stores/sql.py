"""The SQL both databases speak, and what a store needs of either.

Stores are written once, in SQLite's SQL as far as PostgreSQL understands it too: `?` for values, `ON CONFLICT ... DO
UPDATE SET x=excluded.x`, `RETURNING`, row values; INTEGER, REAL, TEXT and BLOB as types. What differs on the way
(`$1`, `bigint`, `bytea`) is turned in `stores/postgres/dialect.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


class Rows(Protocol):
    """What a statement answered."""

    def fetchone(self) -> Any:
        """Return the next row, or None."""
        ...

    def fetchall(self) -> list[Any]:
        """Return all rows that are left."""
        ...

    def __iter__(self) -> Iterator[Any]: ...


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it is: its columns, and those of its primary key."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]


class Sql(Protocol):
    """One connection: the part of `sqlite3.Connection` that stores use, and what copying needs."""

    def execute(self, sql: str, values: Sequence[Any] = (), /) -> Rows:
        """Run one statement."""
        ...

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]], /) -> object:
        """Run one statement for each row of values."""
        ...

    def executescript(self, sql: str, /) -> object:
        """Run several statements without values."""
        ...

    def tables(self) -> dict[str, Table]:
        """Describe the city's tables by name, in small letters."""
        ...

    def put(self, into: str, rows: Sequence[Sequence[Any]], conflict: str = "", /) -> None:
        """Insert rows in as few statements as it takes; `conflict` says what to do with those there are."""
        ...

    def insert(self, table: Table, rows: Sequence[Sequence[Any]]) -> None:
        """Bring many new rows into a table the fast way."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


class Database(Protocol):
    """Where a store lives."""

    def writer(self, name: str) -> Sql:
        """Open the connection of a store's one writer; called in the writer's thread."""
        ...

    def begin(self, db: Sql) -> None:
        """Begin a durable transaction, making sure that this process still is the one that may write."""
        ...

    def reader(self) -> Sql:
        """Open a connection for reading only, usable from any thread."""
        ...


def pages(
    db: Sql, table: str, key: Sequence[str], *, columns: Sequence[str] = ("*",), rows: int = 5_000
) -> Iterator[list[Any]]:
    """Read a whole table in the order of its key, so many rows at a time."""
    names, marks = ", ".join(key), ", ".join("?" * len(key))
    query = f"SELECT {names}, {', '.join(columns)} FROM {table}"
    end = f"ORDER BY {names} LIMIT {rows}"
    page = db.execute(f"{query} {end}").fetchall()
    while page:
        yield [tuple(row)[len(key) :] for row in page]
        last = tuple(page[-1])[: len(key)]
        page = db.execute(f"{query} WHERE ({names}) > ({marks}) {end}", last).fetchall() if len(page) == rows else []
