"""The decisions database: the journal's chain, the commands it makes true, and who is signed in."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from stadtwerk.kernel.access import Principal
from stadtwerk.kernel.command import Command
from stadtwerk.kernel.journal import GENESIS, Document, Event, seal
from stadtwerk.stores.sqlite.decision_reader import DecisionReader, command_row
from stadtwerk.stores.sqlite.writer import Writer, connect, connect_reader

_SCHEMA = """
CREATE TABLE IF NOT EXISTS journal (
  seq INTEGER PRIMARY KEY, at_us INTEGER NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL,
  actor TEXT NOT NULL, cause TEXT NOT NULL, payload BLOB NOT NULL, seal BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS journal_subject ON journal (subject, seq);
CREATE TABLE IF NOT EXISTS command (
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, open INTEGER NOT NULL, record BLOB NOT NULL,
  targets BLOB NOT NULL, outcome BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS command_open ON command (open) WHERE open;
CREATE TABLE IF NOT EXISTS document (
  collection TEXT NOT NULL, id TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (collection, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS session (
  token_hash TEXT PRIMARY KEY, actor TEXT NOT NULL, roles TEXT NOT NULL, expires_at_us INTEGER NOT NULL,
  one_time INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class DecisionStore(DecisionReader):
    """Appends events and the commands they change in one transaction; the future resolves after the commit."""

    def __init__(self, path: Path) -> None:
        db = connect(path)
        db.executescript(_SCHEMA)
        last = db.execute("SELECT seq, seal FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
        self._seq: int = last[0] if last else 0
        self._seal: bytes = last[1] if last else GENESIS
        self._writer = Writer(db, "decisions")
        super().__init__(connect_reader(path))

    @property
    def last_seq(self) -> int:
        """Return the sequence number of the newest event taken in."""
        return self._seq

    def append(
        self, events: Sequence[Event], commands: Sequence[Command], documents: Sequence[Document] = ()
    ) -> Future[None]:
        """Chain events and store commands and documents as they now are; call from one thread only."""
        entries: list[tuple[Any, ...]] = []
        first: dict[str, int] = {}
        for event in events:
            payload = event.payload()
            self._seq += 1
            self._seal = seal(self._seal, self._seq, event, payload)
            head = (self._seq, event.at_us, event.kind, event.subject, event.actor, event.cause)
            entries.append((*head, payload, self._seal))
            first.setdefault(event.subject, self._seq)
        for command in commands:
            command.seq = command.seq or first[command.id]
        rows = [command_row(command) for command in commands]
        kept = [(one.collection, one.id, one.body) for one in documents if one.body is not None]
        gone = [(one.collection, one.id) for one in documents if one.body is None]

        def work(db: sqlite3.Connection) -> None:
            db.executemany("INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?, ?)", entries)
            db.executemany(
                "INSERT INTO command VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (seq) DO "
                "UPDATE SET open=excluded.open, record=excluded.record, "
                "targets=excluded.targets, outcome=excluded.outcome",
                rows,
            )
            db.executemany("INSERT OR REPLACE INTO document VALUES (?, ?, ?)", kept)
            db.executemany("DELETE FROM document WHERE collection=? AND id=?", gone)

        return self._writer.write(work, len(entries) + len(rows) + len(documents))

    def set_meta(self, name: str, value: str) -> Future[None]:
        """Write down a fact about the data folder."""

        def work(db: sqlite3.Connection) -> None:
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

        return self._writer.write(work)

    def open_session(
        self, token_hash: str, principal: Principal, expires_at_us: int, *, one_time: bool
    ) -> Future[None]:
        """Remember a session or a one-time link by the hash of its token."""
        row = (token_hash, principal.actor, " ".join(principal.roles), expires_at_us, int(one_time))

        def work(db: sqlite3.Connection) -> None:
            db.execute("INSERT OR REPLACE INTO session VALUES (?, ?, ?, ?, ?)", row)

        return self._writer.write(work)

    def redeem(self, token_hash: str, now_us: int) -> Future[Principal | None]:
        """Use up a one-time link; resolves to whom it signs in, or None."""

        def work(db: sqlite3.Connection) -> Principal | None:
            db.execute("DELETE FROM session WHERE expires_at_us<=?", (now_us,))
            query = "DELETE FROM session WHERE token_hash=? AND one_time RETURNING actor, roles"
            row = db.execute(query, (token_hash,)).fetchone()
            return Principal(row[0], tuple(row[1].split())) if row else None

        return self._writer.write(work)

    def close(self) -> None:
        """Commit what waits and close."""
        self._reader.close()
        self._writer.close()
