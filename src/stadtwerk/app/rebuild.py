"""Making the decided part of the city anew from the journal, and holding it against what is stored."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from stadtwerk.app.folder import open_folder
from stadtwerk.app.home import Home
from stadtwerk.app.systems import make_parts
from stadtwerk.kernel.command import Book, Command
from stadtwerk.kernel.journal import Document, Entry, first_broken
from stadtwerk.kernel.system import Part
from stadtwerk.stores.decision_reader import DecisionReader

TARGETS_MAX = 1 << 22
"""Most targets (lamps) a rebuilt book is laid out for."""


def dump_hash(commands: Iterable[Command], documents: Iterable[Document]) -> str:
    """Return the SHA-256 of a canonical dump of commands and documents: the same on every store."""
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
    for kept in documents:
        digest.update(msgspec.json.encode((kept.collection, kept.id, kept.body)) + b"\n")
    return digest.hexdigest()


def rebuild(entries: Iterable[Entry], parts: Mapping[str, Part]) -> tuple[list[Command], list[Document]]:
    """Replay the journal and return its commands in the order they were asked, and its documents by name."""
    book = Book(TARGETS_MAX)
    documents: dict[tuple[str, str], Document] = {}
    for entry in entries:
        event = entry.event()
        if book.evolve(event) is None and (part := parts.get(event.kind.partition(".")[0])):
            documents.update({(kept.collection, kept.id): kept for kept in part.system.evolve(part.state, event)})
    kept = [document for _, document in sorted(documents.items()) if document.body is not None]
    return list(book.commands.values()), kept


def check_folder(data: Path, store: str | None = None) -> dict[str, object]:
    """Verify the chain and compare what is stored with what the journal tells of, at one moment, on either store."""
    home = Home.of(data, store)
    with home.moment() as (db, _):
        return check(DecisionReader(db), make_parts(open_folder(home.city)))


def check(store: DecisionReader, parts: Mapping[str, Part]) -> dict[str, object]:
    """Verify a journal's chain, and that a replay of it gives what is stored."""
    # What a system has left that was taken out of the house cannot be replayed without it.
    kept = (document for document in store.documents() if document.collection.partition(".")[0] in parts)
    stored = dump_hash(store.all_commands(), kept)
    replayed = dump_hash(*rebuild(store.entries(), parts))
    broken, newest = first_broken(store.entries()), store.newest()
    return {
        "events": newest.seq if newest else 0,
        "chain": "good" if broken is None else f"broken at {broken}",
        "stored": stored,
        "rebuilt": replayed,
        "equal": stored == replayed,
    }
