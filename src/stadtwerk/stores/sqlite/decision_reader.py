"""Reading what was decided: the journal, the commands, who is signed in."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import msgspec
import numpy as np

from stadtwerk.kernel.access import Principal
from stadtwerk.kernel.command import Command, Life
from stadtwerk.kernel.journal import Document, Entry
from stadtwerk.kernel.refusal import Refusal


class _Record(msgspec.Struct, frozen=True):
    """The part of a command that is plain data."""

    kind: str
    actor: str
    body: dict[str, object]
    title: str
    requested_at_us: int
    state: str
    token: int
    deadline_us: int
    sent_at_us: int
    closed_at_us: int
    refusal: Refusal | None


class DecisionReader:
    """Reads a decisions database through one connection."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._reader = db

    def entries(self, after: int = 0) -> Iterator[Entry]:
        """Read the journal in order, from the entry after the one given."""
        while page := self._reader.execute(
            "SELECT * FROM journal WHERE seq > ? ORDER BY seq LIMIT 1000", (after,)
        ).fetchall():
            yield from (Entry(*row) for row in page)
            after = page[-1][0]

    def find(self, command_id: str) -> Command | None:
        """Return a command by its id."""
        row = self._reader.execute("SELECT * FROM command WHERE id=?", (command_id,)).fetchone()
        return _command(row) if row else None

    def open_commands(self) -> list[Command]:
        """Return the commands that still wait for devices, oldest first: after a restart they are the outbox."""
        return [_command(row) for row in self._reader.execute("SELECT * FROM command WHERE open ORDER BY seq")]

    def latest(self, limit: int, before: int | None = None) -> list[Command]:
        """Return the newest commands, newest first, those before a sequence number if given."""
        query = "SELECT * FROM command WHERE seq < ? ORDER BY seq DESC LIMIT ?"
        return [_command(row) for row in self._reader.execute(query, (before or 1 << 62, limit))]

    def all_commands(self) -> Iterator[Command]:
        """Return every command, oldest first."""
        return (_command(row) for row in self._reader.execute("SELECT * FROM command ORDER BY seq"))

    def documents(self) -> Iterator[Document]:
        """Return every document, by collection and id."""
        rows = self._reader.execute("SELECT collection, id, body FROM document ORDER BY collection, id")
        return (Document(*row) for row in rows)

    def last_token(self, system: str) -> int:
        """Return the highest token a system ever gave out: devices ignore lower ones."""
        query = (
            "SELECT journal.payload, command.record FROM journal JOIN command ON command.id=journal.subject "
            "WHERE kind=? ORDER BY journal.seq DESC"
        )
        for payload, record in self._reader.execute(query, (Life.ACCEPTED,)):
            if msgspec.json.decode(record, type=_Record).kind.startswith(f"{system}."):
                return int(msgspec.json.decode(payload)["token"])
        return 0

    def meta(self, name: str) -> str | None:
        """Return a fact about the data folder."""
        row = self._reader.execute("SELECT value FROM meta WHERE name=?", (name,)).fetchone()
        return str(row[0]) if row else None

    def session(self, token_hash: str, now_us: int) -> Principal | None:
        """Return who a session token belongs to, if it still holds."""
        query = "SELECT actor, roles FROM session WHERE token_hash=? AND expires_at_us>? AND NOT one_time"
        row = self._reader.execute(query, (token_hash, now_us)).fetchone()
        return Principal(row[0], tuple(row[1].split())) if row else None


def command_row(command: Command) -> tuple[int, str, int, bytes, bytes, bytes]:
    """Write a command as a row of its table."""
    record = _Record(
        command.kind,
        command.actor,
        command.body,
        command.title,
        command.requested_at_us,
        command.state,
        command.token,
        command.deadline_us,
        command.sent_at_us,
        command.closed_at_us,
        command.refusal,
    )
    targets, outcome = command.rows.astype("<i4").tobytes(), command.outcome.tobytes()
    head = command.seq, command.id, int(command.open)
    return *head, msgspec.json.encode(record, order="sorted"), targets, outcome


def _command(row: tuple[int, str, int, bytes, bytes, bytes]) -> Command:
    seq, command_id, _, record, targets, outcome = row
    plain = msgspec.json.decode(record, type=_Record)
    command = Command(command_id, plain.kind, plain.actor, dict(plain.body), plain.title, plain.requested_at_us, seq)
    command.state, command.token, command.deadline_us = plain.state, plain.token, plain.deadline_us
    command.sent_at_us, command.closed_at_us, command.refusal = (
        plain.sent_at_us,
        plain.closed_at_us,
        plain.refusal,
    )
    command.rows = np.frombuffer(targets, "<i4").astype(np.int32)
    command.outcome = np.frombuffer(outcome, np.uint8).copy()
    return command
