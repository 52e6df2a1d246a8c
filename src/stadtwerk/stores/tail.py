"""The tail's queue: each committed batch of observations once, in order of arrival, until history has archived it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from stadtwerk.kernel.observation import Observations
from stadtwerk.stores.sql import Sql

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS tail (seq INTEGER PRIMARY KEY, type TEXT NOT NULL, n INTEGER NOT NULL, "
    "names TEXT NOT NULL, body BLOB NOT NULL);"
    "CREATE TABLE IF NOT EXISTS tail_archived (type TEXT PRIMARY KEY, seq INTEGER NOT NULL);"
)

Batch = tuple[int, Observations]
"""A sequence number and what arrived under it."""


def last_seq(db: Sql) -> int:
    """Return the highest number ever given out: queued, or archived and dropped since."""
    row = db.execute("SELECT max(seq) FROM (SELECT seq FROM tail UNION ALL SELECT seq FROM tail_archived) AS t")
    return int(row.fetchone()[0] or 0)


def put(db: Sql, seq: int, seen: Observations) -> None:
    """Queue a batch within the transaction that also makes it true: rows, times, then each column that was told."""
    told = {name: values for name, values in seen.columns.items() if not np.isnan(values).all()}
    body = seen.rows.astype("<i4").tobytes() + seen.observed_at_us.astype("<i8").tobytes()
    body += b"".join(values.astype("<f8").tobytes() for values in told.values())
    row = (seq, seen.entity_type, len(seen), " ".join(told), body)
    db.execute("INSERT INTO tail (seq, type, n, names, body) VALUES (?, ?, ?, ?, ?)", row)


def drop(db: Sql, archived: Mapping[str, int]) -> None:
    """Forget what is archived, by type up to a sequence number, remembering the numbers."""
    db.executemany(
        "INSERT INTO tail_archived VALUES (?, ?) ON CONFLICT (type) DO UPDATE SET seq=excluded.seq", archived.items()
    )
    db.executemany("DELETE FROM tail WHERE type=? AND seq<=?", archived.items())


def rows(db: Sql) -> int:
    """Return how many rows wait."""
    return int(db.execute("SELECT coalesce(sum(n), 0) FROM tail").fetchone()[0])


def shed(db: Sql, at_us: int) -> int:
    """Give the oldest batch up, counted among what was set aside; return its rows."""
    seq, n = db.execute("SELECT seq, n FROM tail ORDER BY seq LIMIT 1").fetchone()
    db.execute("DELETE FROM tail WHERE seq=?", (seq,))
    db.execute(
        "INSERT INTO quarantine VALUES ('history-overflow', ?, ?, ?) ON CONFLICT (reason) DO UPDATE "
        "SET n=quarantine.n+excluded.n, at_us=excluded.at_us",
        (n, at_us, b""),
    )
    return int(n)


class TailReader:
    """Reads the queue through a connection of its own; never blocks the writer."""

    def __init__(self, db: Sql) -> None:
        self._db = db

    def batches(self, entity_type: str, after: int, rows: int = 1 << 62) -> list[Batch]:
        """Return a type's batches in order of arrival, those after a number, until so many rows are together."""
        query = "SELECT seq, n, names, body FROM tail WHERE type=? AND seq>? ORDER BY seq LIMIT 1000"
        found: list[Batch] = []
        while rows > 0 and (page := self._db.execute(query, (entity_type, after)).fetchall()):
            for seq, n, names, body in page:
                after = seq
                found.append((seq, _decode(entity_type, n, names.split(), bytes(body))))
                rows -= n
                if rows <= 0:
                    break
        return found

    def waiting(self) -> dict[str, int]:
        """Return how many rows wait, by type."""
        return {name: int(n) for name, n in self._db.execute("SELECT type, sum(n) FROM tail GROUP BY type")}

    def close(self) -> None:
        """Close the connection."""
        self._db.close()


def _decode(entity_type: str, n: int, names: list[str], body: bytes) -> Observations:
    rows = np.frombuffer(body, "<i4", n)
    times = np.frombuffer(body, "<i8", n, 4 * n)
    columns = {name: np.frombuffer(body, "<f8", n, (12 + 8 * place) * n) for place, name in enumerate(names)}
    return Observations(entity_type, rows.astype(np.int32), times.astype(np.int64), columns)
