"""The decisions database: the journal's chain, the commands and the documents it makes true."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

from stadtwerk.kernel.command import Command
from stadtwerk.kernel.journal import GENESIS, Document, Event, seal
from stadtwerk.stores.decision_reader import DecisionReader, command_row
from stadtwerk.stores.sql import Database, Sql
from stadtwerk.stores.writer import MakeWriter, Writer

_SCHEMA = """
CREATE TABLE IF NOT EXISTS journal (
  seq INTEGER PRIMARY KEY, at_us INTEGER NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL,
  actor TEXT NOT NULL, cause TEXT NOT NULL, payload BLOB NOT NULL, seal BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS journal_subject ON journal (subject, seq);
CREATE TABLE IF NOT EXISTS command (
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, open INTEGER NOT NULL, record BLOB NOT NULL,
  targets BLOB NOT NULL, outcome BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS command_waits ON command (open) WHERE open=1;
CREATE TABLE IF NOT EXISTS document (
  collection TEXT NOT NULL, id TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (collection, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class DecisionStore(DecisionReader):
    """Appends events and the commands they change in one transaction; the future resolves after the commit."""

    def __init__(self, database: Database, make_writer: MakeWriter = Writer) -> None:
        self.writer = make_writer(database, "decisions", _SCHEMA)
        super().__init__(database.reader())
        last = self.newest()
        self._seq, self._seal = (last.seq, last.seal) if last else (0, GENESIS)

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

        def work(db: Sql) -> None:
            db.executemany("INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?, ?)", entries)
            db.executemany(
                "INSERT INTO command VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (seq) DO "
                "UPDATE SET open=excluded.open, record=excluded.record, "
                "targets=excluded.targets, outcome=excluded.outcome",
                rows,
            )
            db.executemany(
                "INSERT INTO document VALUES (?, ?, ?) ON CONFLICT (collection, id) DO UPDATE SET body=excluded.body",
                kept,
            )
            db.executemany("DELETE FROM document WHERE collection=? AND id=?", gone)

        return self.writer.write(work, len(entries) + len(rows) + len(documents))

    def set_meta(self, name: str, value: str) -> Future[None]:
        """Write down a fact about the data folder."""

        def work(db: Sql) -> None:
            db.execute(
                "INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value=excluded.value", (name, value)
            )

        return self.writer.write(work)

    def close(self) -> None:
        """Commit what waits and close."""
        self._reader.close()
        self.writer.close()
