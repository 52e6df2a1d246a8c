"""What was decided: append-only events, each sealed to the one before it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import msgspec

GENESIS = bytes(32)
"""The hash before the first event."""


class Event(msgspec.Struct, frozen=True):
    """One thing that happened by decision: when, what, to whom, by whom, because of what."""

    at_us: int
    kind: str
    subject: str
    actor: str
    cause: str
    body: dict[str, Any]

    def payload(self) -> bytes:
        """Write the body as canonical JSON (keys sorted, no spaces)."""
        return msgspec.json.encode(self.body, order="sorted")


class Document(msgspec.Struct, frozen=True):
    """A decided thing as it now is, in a collection of its kind; body None = gone."""

    collection: str
    id: str
    body: bytes | None


class Entry(msgspec.Struct, frozen=True):
    """An event in its place in the chain: sequence number from 1, body bytes, SHA-256 seal."""

    seq: int
    at_us: int
    kind: str
    subject: str
    actor: str
    cause: str
    payload: bytes
    seal: bytes

    def event(self) -> Event:
        """Return the event as it was decided."""
        body = msgspec.json.decode(self.payload)
        return Event(self.at_us, self.kind, self.subject, self.actor, self.cause, body)


def seal(before: bytes, seq: int, event: Event, payload: bytes) -> bytes:
    """Chain an event to its predecessor: SHA-256 over the earlier seal and every field, lengths included."""
    head = msgspec.json.encode((seq, event.at_us, event.kind, event.subject, event.actor, event.cause))
    return hashlib.sha256(before + len(head).to_bytes(4, "big") + head + payload).digest()


def first_broken(entries: Iterable[Entry], after: Entry | None = None) -> int | None:
    """Return the sequence number of the first entry that does not follow from the one before, or None.

    The chain begins at its genesis, or after an entry that is taken as good.
    """
    before, expected = (after.seal, after.seq + 1) if after else (GENESIS, 1)
    for entry in entries:
        good = seal(before, entry.seq, entry.event(), entry.payload)
        if entry.seq != expected or good != entry.seal:
            return entry.seq
        before, expected = entry.seal, expected + 1
    return None
