"""Looking at what a city keeps from outside, running or not, without changing it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from stadtwerk.kernel.journal import first_broken
from stadtwerk.stores.decision_reader import DecisionReader
from stadtwerk.stores.sql import Database, Sql
from stadtwerk.stores.tail import TailReader


def tail(database: Database, n: int) -> tuple[int | None, int, int]:
    """Check the newest n entries of a journal's chain: the first broken one or None, how many were read, the last."""
    with _reading(database) as db:
        last = db.execute("SELECT max(seq) FROM journal").fetchone()[0] or 0
        entries = list(DecisionReader(db).entries(max(0, last - n - 1)))
    if len(entries) > n:
        return first_broken(entries[1:], entries[0]), n, last
    return first_broken(entries), len(entries), last


def meta(database: Database, name: str) -> str | None:
    """Return a fact about the city's data."""
    with _reading(database) as db:
        return DecisionReader(db).meta(name)


def quarantine(database: Database) -> list[tuple[str, int, int]]:
    """Return what was set aside: reason, how many, the last time (microseconds UTC)."""
    with _reading(database) as db:
        rows = db.execute("SELECT reason, n, at_us FROM quarantine").fetchall()
    return [(str(reason), int(n), int(at_us)) for reason, n, at_us in rows]


def waiting(database: Database) -> int:
    """Return how many observation rows wait to be archived."""
    with _reading(database) as db:
        return sum(TailReader(db).waiting().values())


@contextmanager
def _reading(database: Database) -> Iterator[Sql]:
    db = database.reader()
    try:
        yield db
    finally:
        db.close()
