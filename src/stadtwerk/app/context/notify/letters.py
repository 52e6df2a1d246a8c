"""A notification on its way, and the box of one subscription where its notifications wait in order."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Protocol

from stadtwerk.context.subscriptions.endpoint import Endpoint
from stadtwerk.context.subscriptions.told import Told
from stadtwerk.stores.outbox import DeadRow, Key, LetterRow

REASON_CHARS = 300
"""Longest reason kept with a dead letter."""


class Sender(Protocol):
    """Sends over one kind of wire."""

    async def send(self, endpoint: Endpoint, head: str, body: bytes) -> None:
        """Deliver a notification (`head`: its headers as JSON); raises NotTaken when it was not taken."""
        ...

    async def close(self) -> None:
        """Let all connections go."""
        ...


@dataclass(slots=True, eq=False)
class Box:
    """The notifications of one subscription: one of them is on its way at a time, the others wait behind it."""

    key: Key
    endpoint: Endpoint
    told: Told
    waiting: deque[Letter] = field(default_factory=deque)
    queued: bool = False
    """Whether it stands in a lane, or its first letter is on its way."""
    open: bool = True
    """Whether the subscription is still there."""


@dataclass(slots=True, eq=False)
class Letter:
    """A notification as it will be sent."""

    number: int
    box: Box
    put_us: int
    """When it was written, microseconds UTC of wall time."""
    head: str
    body: bytes
    tries: int = 0

    def row(self) -> LetterRow:
        """Return the letter as it is kept."""
        return self.number, *self.box.key, self.put_us, self.head, self.body

    def dead_row(self, dead_us: int, reason: str) -> DeadRow:
        """Return the letter as it is kept when it is given up."""
        return *self.row(), dead_us, self.tries, reason[:REASON_CHARS]
