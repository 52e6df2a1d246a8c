"""Reading what was decided: the journal, the commands, the documents."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import numpy as np

from stadtwerk.kernel.command import Command, Life
from stadtwerk.kernel.journal import Document, Entry, Event
from stadtwerk.kernel.refusal import Refusal
from stadtwerk.stores.sql import Sql, pages


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

    def __init__(self, db: Sql) -> None:
        self._reader = db

    def entries(self, after: int = 0) -> Iterator[Entry]:
        """Read the journal in order, from the entry after the one given."""
        while page := self._reader.execute(
            "SELECT * FROM journal WHERE seq > ? ORDER BY seq LIMIT 1000", (after,)
        ).fetchall():
            yield from (Entry(*row) for row in page)
            after = page[-1][0]

    def newest(self) -> Entry | None:
        """Return the head of the chain, None if nothing was ever decided."""
        row = self._reader.execute("SELECT * FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
        return Entry(*row) if row else None

    def entries_back(
        self, before: int, limit: int, *, low: int = 1, subject: str = "", actor: str = "", kind: str = ""
    ) -> list[Entry]:
        """Return entries of a subject, actor, kind (`access.*`: all that begin so) in [low, before), newest first."""
        pattern = kind.replace("!", "!!").replace("%", "!%").replace("_", "!_").replace("*", "%")
        given = {"subject=?": subject, "actor=?": actor, "kind LIKE ? ESCAPE '!'": pattern}
        wanted = {test: value for test, value in given.items() if value}
        where = " AND ".join(["seq < ?", "seq >= ?", *wanted])
        query = f"SELECT * FROM journal WHERE {where} ORDER BY seq DESC LIMIT ?"
        rows = self._reader.execute(query, (before, low, *wanted.values(), limit)).fetchall()
        return [Entry(*row) for row in rows]

    def events_from(self, since_us: int, before: int, limit: int, *, kind: str) -> list[Event]:
        """Return events of a kind from a moment on, below a number, oldest first; if too many, the newest of them."""
        found = self.entries_back(before, limit, low=self.first_seq_from(since_us), kind=kind)
        return [entry.event() for entry in reversed(found)]

    def newest_seq(self) -> int:
        """Return the number of the newest committed entry, 0 if there is none."""
        newest = self.newest()
        return newest.seq if newest else 0

    def first_seq_from(self, at_us: int) -> int:
        """Return the number of the first entry at or after an instant: city time rises along the journal."""
        low, high = 1, self.newest_seq() + 1
        while low < high:
            middle = (low + high) // 2
            row = self._reader.execute("SELECT at_us FROM journal WHERE seq=?", (middle,)).fetchone()
            low, high = (low, middle) if row and row[0] >= at_us else (middle + 1, high)
        return low

    def find(self, command_id: str) -> Command | None:
        """Return a command by its id."""
        row = self._reader.execute("SELECT * FROM command WHERE id=?", (command_id,)).fetchone()
        return _command(row) if row else None

    def open_commands(self) -> list[Command]:
        """Return the commands that still wait for devices, oldest first: after a restart they are the outbox."""
        return [_command(row) for row in self._reader.execute("SELECT * FROM command WHERE open=1 ORDER BY seq")]

    def latest(self, limit: int, before: int | None = None) -> list[Command]:
        """Return the newest commands, newest first, those before a sequence number if given."""
        query = "SELECT * FROM command WHERE seq < ? ORDER BY seq DESC LIMIT ?"
        return [_command(row) for row in self._reader.execute(query, (before or 1 << 62, limit))]

    def all_commands(self) -> Iterator[Command]:
        """Return every command, oldest first."""
        return (_command(row) for page in pages(self._reader, "command", ("seq",), rows=500) for row in page)

    def documents(self) -> Iterator[Document]:
        """Return every document, by collection and id."""
        return (Document(*row) for page in pages(self._reader, "document", ("collection", "id")) for row in page)

    def last_token(self, system: str) -> int:
        """Return the highest token a system ever gave out, or may have before a restore: devices ignore lower ones."""
        return max(self._last_accepted(system), int(self.meta("token_floor") or 0))

    def _last_accepted(self, system: str) -> int:
        query = (
            "SELECT journal.seq, journal.payload, command.record FROM journal "
            "JOIN command ON command.id=journal.subject "
            "WHERE kind=? AND journal.seq < ? ORDER BY journal.seq DESC LIMIT 100"
        )
        before = 1 << 62
        while page := self._reader.execute(query, (Life.ACCEPTED, before)).fetchall():
            for before, payload, record in page:  # noqa: B007 - the next page begins before the last row
                if msgspec.json.decode(record, type=_Record).kind.startswith(f"{system}."):
                    return int(msgspec.json.decode(payload)["token"])
        return 0

    def meta(self, name: str) -> str | None:
        """Return a fact about the data folder."""
        row = self._reader.execute("SELECT value FROM meta WHERE name=?", (name,)).fetchone()
        return str(row[0]) if row else None


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
    head = command.seq, command.id, int(command.open or command.held)
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
