"""The whole life of a command: requested, accepted, sent, then confirmed, refused or expired, target by target."""

from __future__ import annotations

import zlib
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from stadtwerk.kernel.journal import Event
from stadtwerk.kernel.observation import Rows
from stadtwerk.kernel.refusal import Refusal, Refused

PENDING, CONFIRMED, NO_ANSWER, SUPERSEDED = range(4)
OUTCOMES = ("pending", "confirmed", "no_answer", "superseded")
"""What became of one target, by code."""

Outcomes = NDArray[np.uint8]


class Life:
    """The kinds of event in a command's life, as the journal writes them."""

    REQUESTED = "command.requested"
    HELD = "command.held"
    REFUSED = "command.refused"
    ACCEPTED = "command.accepted"
    SENT = "command.sent"
    ANSWERED = "command.answered"
    CLOSED = "command.closed"


class Order(msgspec.Struct, frozen=True):
    """A command as it comes through a door: its id, who asks, the content, and what led to it."""

    id: str
    actor: str
    kind: str
    content: msgspec.Struct
    cause: str = ""

    @property
    def system(self) -> str:
        """Return the name of the system that decides it."""
        return self.kind.partition(".")[0]


@dataclass(slots=True)
class Command:
    """One decision about many targets: token orders commands for the devices; outcome is (n,) uint8."""

    id: str
    kind: str
    actor: str
    body: dict[str, Any]
    title: str
    requested_at_us: int
    seq: int = 0
    state: str = "requested"
    token: int = 0
    rows: Rows = field(default_factory=lambda: np.zeros(0, np.int32))
    outcome: Outcomes = field(default_factory=lambda: np.zeros(0, np.uint8))
    deadline_us: int = 0
    sent_at_us: int = 0
    closed_at_us: int = 0
    refusal: Refusal | None = None

    @property
    def system(self) -> str:
        """Return the name of the system that decided it."""
        return self.kind.partition(".")[0]

    @property
    def open(self) -> bool:
        """Tell whether the command still waits for devices."""
        return self.state in ("accepted", "sent")

    @property
    def held(self) -> bool:
        """Tell whether the command waits for a second person."""
        return self.state == "requested" and self.deadline_us > 0

    def pending_rows(self) -> Rows:
        """Return the rows of the targets that have not answered."""
        rows: Rows = self.rows[self.outcome == PENDING]
        return rows

    def counts(self) -> dict[str, int]:
        """Count the targets by outcome name."""
        tally = Counter(self.outcome.tolist())
        return {name: tally.get(code, 0) for code, name in enumerate(OUTCOMES)}


class Book:
    """All commands of a system, as the journal's events make them true (`evolve`), newest last."""

    def __init__(self, n_targets: int) -> None:
        self.commands: dict[str, Command] = {}
        self.by_token: dict[int, Command] = {}
        self.holder = np.zeros(n_targets, np.uint32)
        """Token of the open command that each target still owes an answer, 0 for none."""
        self.last_token = 0

    def open_commands(self) -> list[Command]:
        """Return the commands that wait for devices, oldest first."""
        return [command for command in self.commands.values() if command.open]

    def held_commands(self) -> list[Command]:
        """Return the commands that wait for a second person, oldest first."""
        return [command for command in self.commands.values() if command.held]

    def evolve(self, event: Event) -> Command | None:
        """Make true what an event says and return the command it touches, if it is one of a command's life."""
        step = _STEPS.get(event.kind)
        return step(self, event) if step else None

    def hold(self, command: Command) -> None:
        """Keep a command in mind; an open one holds its pending targets."""
        self.commands[command.id] = command
        if command.token:
            self.by_token[command.token] = command
            self.last_token = max(self.last_token, command.token)
        if command.open:
            self.holder[command.pending_rows()] = command.token

    def forget(self, keep: int) -> None:
        """Drop the oldest closed commands from memory until `keep` remain; the store still has them."""
        closed = [command for command in self.commands.values() if not (command.open or command.held)]
        for command in closed[: max(0, len(closed) - keep)]:
            del self.commands[command.id]
            self.by_token.pop(command.token, None)


def requested(order: Order, now_us: int, title: str) -> Event:
    """Say that somebody asked."""
    body = {"kind": order.kind, "body": msgspec.to_builtins(order.content), "title": title}
    return Event(now_us, Life.REQUESTED, order.id, order.actor, order.cause, body)


def refused(order: Order, now_us: int, refusal: Refusal, title: str = "") -> list[Event]:
    """Say that somebody asked and was told no."""
    no = Event(now_us, Life.REFUSED, order.id, order.system, order.id, {"refusal": msgspec.to_builtins(refusal)})
    return [requested(order, now_us, title), no]


def ruled(order: Order, now_us: int, rule: Callable[[], tuple[str, list[Event]]], about: str = "") -> list[Event]:
    """Carry an order out as its rule says, by title and events; what the rule refuses is told of what it is `about`."""
    try:
        title, events = rule()
    except Refused as no:
        return refused(order, now_us, no.refusal, about)
    return carried_out(order, now_us, title, events)


def carried_out(order: Order, now_us: int, title: str, events: Sequence[Event]) -> list[Event]:
    """Say that somebody asked for something that needs no device, that it happened, and that this is all.

    An event that names no cause has the order as its cause: so a chain of reactions can be followed.
    """
    caused = [event if event.cause else msgspec.structs.replace(event, cause=order.id) for event in events]
    done = Event(now_us, Life.CLOSED, order.id, order.system, order.id, {"state": "confirmed"})
    return [requested(order, now_us, title), *caused, done]


def _requested(book: Book, event: Event) -> Command:
    body = event.body
    command = Command(event.subject, body["kind"], event.actor, body["body"], body["title"], event.at_us)
    book.hold(command)
    return command


def _held(book: Book, event: Event) -> Command:
    command = book.commands[event.subject]
    command.deadline_us = event.body["deadline_us"]
    return command


def _refused(book: Book, event: Event) -> Command:
    command = book.commands[event.subject]
    command.state, command.closed_at_us = "refused", event.at_us
    command.refusal = msgspec.convert(event.body["refusal"], Refusal)
    return command


def _accepted(book: Book, event: Event) -> Command:
    command = book.commands[event.subject]
    command.state, command.token = "accepted", event.body["token"]
    command.deadline_us = event.body["deadline_us"]
    command.rows = unpack_rows(event.body["rows"])
    command.outcome = np.zeros(len(command.rows), np.uint8)
    book.hold(command)
    return command


def _sent(book: Book, event: Event) -> Command:
    command = book.commands[event.subject]
    command.state, command.sent_at_us = "sent", event.at_us
    return command


def _answered(book: Book, event: Event) -> Command:
    command = book.commands[event.subject]
    hit = unpack_mask(event.body["mask"], len(command.rows))
    command.outcome[hit & (command.outcome == PENDING)] = event.body["outcome"]
    mine = command.rows[hit]
    book.holder[mine[book.holder[mine] == command.token]] = 0
    return command


def _closed(book: Book, event: Event) -> Command:
    command = book.commands[event.subject]
    command.state, command.closed_at_us = event.body["state"], event.at_us
    return command


_STEPS = {
    Life.REQUESTED: _requested,
    Life.HELD: _held,
    Life.REFUSED: _refused,
    Life.ACCEPTED: _accepted,
    Life.SENT: _sent,
    Life.ANSWERED: _answered,
    Life.CLOSED: _closed,
}


def pack_rows(rows: Rows) -> str:
    """Write sorted row numbers as text: differences, zlib, base64."""
    steps = np.diff(rows, prepend=np.int32(0)).astype("<i4")
    return b64encode(zlib.compress(steps.tobytes(), 6)).decode()


def unpack_rows(text: str) -> Rows:
    """Read what `pack_rows` wrote."""
    steps = np.frombuffer(zlib.decompress(b64decode(text)), "<i4")
    return np.cumsum(steps, dtype=np.int32)


def pack_mask(mask: NDArray[np.bool_]) -> str:
    """Write a bitmap over the targets as text: bits, zlib, base64."""
    return b64encode(zlib.compress(np.packbits(mask).tobytes(), 6)).decode()


def unpack_mask(text: str, n: int) -> NDArray[np.bool_]:
    """Read what `pack_mask` wrote for n targets."""
    bits = np.frombuffer(zlib.decompress(b64decode(text)), np.uint8)
    return np.unpackbits(bits, count=n).astype(np.bool_)
