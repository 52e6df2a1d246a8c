"""The vault's own database: what is deleted there is overwritten, in the file and in its log."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS person (id TEXT PRIMARY KEY, wrapped BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS mark (
  mark TEXT NOT NULL, kind TEXT NOT NULL, person TEXT NOT NULL, PRIMARY KEY (mark, kind, person));
CREATE INDEX IF NOT EXISTS mark_person ON mark (person);
CREATE TABLE IF NOT EXISTS counter (passkey TEXT PRIMARY KEY, person TEXT NOT NULL, n INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS session (
  token_hash TEXT PRIMARY KEY, actor TEXT NOT NULL, via TEXT NOT NULL, device TEXT NOT NULL, one_time INTEGER NOT NULL,
  opened_at_us INTEGER NOT NULL, seen_at_us INTEGER NOT NULL, expires_at_us INTEGER NOT NULL);
"""


class VaultDatabase:
    """One connection, one writer, every commit on disk before it returns; usable from any thread."""

    def __init__(self, path: Path) -> None:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.executescript(_SCHEMA)

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        """Answer a question."""
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def write(self, *statements: tuple[str, Sequence[Any]]) -> None:
        """Run statements in one transaction."""
        with self._lock, self._transaction():
            for sql, values in statements:
                self._db.execute(sql, values)

    def _transaction(self) -> sqlite3.Connection:
        self._db.execute("BEGIN IMMEDIATE")
        return self._db

    def scrub(self) -> None:
        """Make sure that nothing deleted is left in the file or its log: written anew, log cut to nothing."""
        with self._lock:
            self._db.execute("VACUUM")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def backup(self, path: Path) -> None:
        """Copy the database to a file of its own, readable by its owner only."""
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        copy = sqlite3.connect(path)
        with self._lock:
            self._db.backup(copy)
        copy.close()

    def close(self) -> None:
        """Close the connection."""
        self._db.close()
