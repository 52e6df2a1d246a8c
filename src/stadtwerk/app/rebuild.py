"""Making the decided part of the city anew from the journal, and holding it against what is stored."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import msgspec

from stadtwerk.kernel.command import Book, Command
from stadtwerk.kernel.journal import Entry, first_broken
from stadtwerk.stores.sqlite.decision_reader import DecisionReader
from stadtwerk.stores.sqlite.writer import connect_reader

TARGETS_MAX = 1 << 22
"""Most targets (lamps) a rebuilt book is laid out for."""


def dump_hash(commands: Iterable[Command]) -> str:
    """Return the SHA-256 of a canonical dump of commands: the same on every store."""
    digest = hashlib.sha256()
    for command in commands:
        plain = (
            (command.id, command.kind, command.actor, command.body, command.title, command.requested_at_us),
            (command.state, command.token, command.deadline_us, command.sent_at_us, command.closed_at_us),
            command.refusal,
            command.rows.astype("<i4").tobytes(),
            command.outcome.tobytes(),
        )
        digest.update(msgspec.json.encode(plain, order="sorted") + b"\n")
    return digest.hexdigest()


def rebuild(entries: Iterable[Entry]) -> list[Command]:
    """Replay the journal and return its commands in the order they were asked."""
    book = Book(TARGETS_MAX)
    for entry in entries:
        book.evolve(entry.event())
    return list(book.commands.values())


def check_folder(data: Path) -> dict[str, object]:
    """Verify the chain and compare the stored commands with those the journal tells of, at one moment."""
    db = connect_reader(data / "decisions.db")
    try:
        db.execute("BEGIN")
        store = DecisionReader(db)
        stored = dump_hash(store.all_commands())
        replayed = dump_hash(rebuild(store.entries()))
        broken = first_broken(store.entries())
        events = db.execute("SELECT max(seq) FROM journal").fetchone()[0]
    finally:
        db.close()
    return {
        "events": events or 0,
        "chain": "good" if broken is None else f"broken at {broken}",
        "stored": stored,
        "rebuilt": replayed,
        "equal": stored == replayed,
    }
