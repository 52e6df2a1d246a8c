"""The decision lane: one order after the other is decided, all that wait are committed together, then answered."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from stadtwerk.kernel.clock import Clock
from stadtwerk.kernel.command import Command, Order
from stadtwerk.kernel.journal import Document, Event
from stadtwerk.kernel.limits import COMMANDS_RECENT, COMMANDS_WAITING
from stadtwerk.kernel.refusal import Refusal, Refused, problem_type
from stadtwerk.kernel.system import Part
from stadtwerk.kernel.tally import Durations
from stadtwerk.stores.decisions import DecisionStore

log = logging.getLogger(__name__)

Propose = Callable[[int], list[Event]]
"""Given the city's time, returns the events that should become true."""


@dataclass(slots=True)
class _Case:
    part: Part
    propose: Propose
    order: Order | None
    done: asyncio.Future[Command | None]


@dataclass(slots=True)
class _Batch:
    """What one commit takes: events, and the commands and documents as they are after the last of them."""

    events: list[Event] = field(default_factory=list)
    commands: dict[str, Command] = field(default_factory=dict)
    documents: dict[tuple[str, str], Document] = field(default_factory=dict)


class Lane:
    """Decides in memory, commits once for all that waited, and answers only what is on disk."""

    def __init__(self, parts: Mapping[str, Part], store: DecisionStore, clock: Clock) -> None:
        self._parts, self._store, self._clock = parts, store, clock
        self._waiting: asyncio.Queue[_Case] = asyncio.Queue(COMMANDS_WAITING)
        self.decide_s = Durations()
        """Wall seconds from an order to its durable decision."""
        self.decide: Callable[[Order, int], list[Event]] = self._decide_alone
        self.committing: Mapping[str, Command] = {}
        """Commands whose newest events are not durable yet: nothing may leave the house because of them."""
        self.on_commands: list[Callable[[list[Command]], None]] = []
        self.on_events: list[Callable[[int, Sequence[Event]], None]] = []
        """Told what was committed: the first event's sequence number, and the events."""

    @property
    def waiting(self) -> int:
        """Return how many orders wait for a decision."""
        return self._waiting.qsize()

    async def order(self, order: Order) -> Command:
        """Decide an order and return its command once durable; the same id again returns the same command."""
        if self._waiting.full():
            raise Refused.of("busy", "The city is busy", 503, "Too many commands wait for a decision; try again.")
        part = self._parts[order.system]
        case = _Case(part, lambda now_us: self.decide(order, now_us), order, _future())
        began = time.perf_counter()
        self._waiting.put_nowait(case)
        command = await case.done
        self.decide_s.note(time.perf_counter() - began)
        if command is None:
            raise Refused.of("lost", "The command was not decided", 500, order.id)
        return command

    async def propose(self, system: str, propose: Propose) -> None:
        """Make events of a system's own true (sent, answered, expired); returns once durable."""
        case = _Case(self._parts[system], propose, None, _future())
        await self._waiting.put(case)
        await case.done

    async def run(self) -> None:
        """Work for ever."""
        while True:
            cases = [await self._waiting.get()]
            while not self._waiting.empty():
                cases.append(self._waiting.get_nowait())
            now_us, batch = self._clock.now_us(), _Batch()
            answers = [self._decide(case, now_us, batch) for case in cases]
            if batch.events:
                await self._commit(batch)
            for case, answer in zip(cases, answers, strict=True):
                _settle(case.done, answer)

    async def _commit(self, batch: _Batch) -> None:
        first, commands = self._store.last_seq + 1, list(batch.commands.values())
        self.committing = batch.commands
        await asyncio.wrap_future(self._store.append(batch.events, commands, list(batch.documents.values())))
        self.committing = {}
        for part in self._parts.values():
            part.state.book.forget(COMMANDS_RECENT)
        for told in self.on_commands:
            told(commands)
        for heard in self.on_events:
            heard(first, batch.events)

    def _decide(self, case: _Case, now_us: int, batch: _Batch) -> Command | Refused | None:
        if case.order and (known := self.find(case.order.id)):
            same = known.kind == case.order.kind and known.body == msgspec.to_builtins(case.order.content)
            return known if same else _conflict(case.order.id)
        try:
            events = case.propose(now_us)
        except Exception:
            if case.order is None:
                raise
            log.exception("%s %s could not be decided", case.order.kind, case.order.id)
            return Refused.of("fault", "The city could not decide this", 500, f"{case.order.kind}; it is in the log")
        for event in events:
            batch.events.append(event)
            self._evolve(event, case.part, batch)
        return case.part.state.book.commands[case.order.id] if case.order else None

    def _evolve(self, event: Event, part: Part, batch: _Batch) -> None:
        """Make an event true where it belongs: an approval goes on with a command of another system."""
        if event.kind.startswith("command."):
            books = (one.state.book for one in (part, *self._parts.values()))
            book = next((book for book in books if event.subject in book.commands), part.state.book)
            if command := book.evolve(event):
                batch.commands[command.id] = command
            return
        owner = self._parts.get(event.kind.partition(".")[0], part)
        documents = owner.system.evolve(owner.state, event)
        batch.documents.update({(kept.collection, kept.id): kept for kept in documents})

    def _decide_alone(self, order: Order, now_us: int) -> list[Event]:
        part = self._parts[order.system]
        return part.system.decide(part.state, order, now_us)

    def find(self, command_id: str) -> Command | None:
        """Return a command, from memory or from the store."""
        books = (part.state.book for part in self._parts.values())
        held = next((book.commands[command_id] for book in books if command_id in book.commands), None)
        return held or self._store.find(command_id)


def _conflict(command_id: str) -> Refused:
    """Refuse an id that was used for something else before."""
    detail = f"{command_id} names a command with other content; choose a new id."
    return Refused(Refusal(problem_type("id-reused"), "This id was used for another command", 409, detail))


def _future() -> asyncio.Future[Command | None]:
    return asyncio.get_running_loop().create_future()


def _settle(done: asyncio.Future[Command | None], answer: Command | Refused | None) -> None:
    if done.cancelled():
        return
    if isinstance(answer, Refused):
        done.set_exception(answer)
    else:
        done.set_result(answer)
