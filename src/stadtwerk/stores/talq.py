"""What TALQ gateways told the city's CMS, in a small database of its own that outlives the core."""

from __future__ import annotations

from collections.abc import Sequence

from stadtwerk.protocols.talq.kept import Kept
from stadtwerk.stores.sql import Database

_SCHEMA = """
CREATE TABLE IF NOT EXISTS talq_kept (
  gateway TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (gateway, kind, name));
"""


class TalqStore:
    """Rows by gateway, kind and name; used from one thread at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._db = database.writer("talq")
        self._db.executescript(_SCHEMA)

    def rows(self) -> list[Kept]:
        """Return all rows."""
        query = "SELECT gateway, kind, name, body FROM talq_kept ORDER BY gateway, kind, name"
        return [Kept(*row) for row in self._db.execute(query)]

    def put(self, rows: Sequence[Kept], instead_of: str = "") -> None:
        """Keep rows, or forget those without content, before it returns; `instead_of` all of a gateway's others."""
        gone = [row[:3] for row in rows if row.body is None]
        self._database.begin(self._db)
        self._db.execute("DELETE FROM talq_kept WHERE gateway=?", (instead_of,))
        self._db.executemany("DELETE FROM talq_kept WHERE gateway=? AND kind=? AND name=?", gone)
        self._db.executemany(
            "INSERT INTO talq_kept VALUES (?, ?, ?, ?) "
            "ON CONFLICT (gateway, kind, name) DO UPDATE SET body=excluded.body",
            [row for row in rows if row.body is not None],
        )
        self._db.execute("COMMIT")

    def close(self) -> None:
        """Close the database."""
        self._db.close()
