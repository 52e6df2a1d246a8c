"""The decision lane: one order after the other is decided, all that wait are committed together, then answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from stadtwerk.kernel.clock import Clock
from stadtwerk.kernel.command import Book, Command
from stadtwerk.kernel.journal import Event
from stadtwerk.kernel.limits import COMMANDS_RECENT, COMMANDS_WAITING
from stadtwerk.kernel.refusal import Refused
from stadtwerk.stores.sqlite.decisions import DecisionStore
from stadtwerk.systems.lighting.decide import Order, conflict, decide
from stadtwerk.systems.lighting.inventory import Inventory

Propose = Callable[[int], list[Event]]
"""Given the city's time, returns the events that should become true."""


@dataclass(slots=True)
class _Case:
    propose: Propose
    order: Order | None
    done: asyncio.Future[Command | None]


class Lane:
    """Decides in memory, commits once for all that waited, and answers only what is on disk."""

    def __init__(self, inventory: Inventory, book: Book, store: DecisionStore, clock: Clock) -> None:
        self._inventory, self._book, self._store, self._clock = inventory, book, store, clock
        self._waiting: asyncio.Queue[_Case] = asyncio.Queue(COMMANDS_WAITING)
        self.on_commands: Callable[[list[Command]], None] = lambda commands: None

    async def order(self, order: Order) -> Command:
        """Decide an order and return its command once durable; the same id again returns the same command."""
        if self._waiting.full():
            raise Refused.of("busy", "The city is busy", 503, "Too many commands wait for a decision; try again.")
        case = _Case(lambda now_us: decide(self._inventory, self._book, order, now_us), order, _future())
        self._waiting.put_nowait(case)
        command = await case.done
        if command is None:
            raise Refused.of("lost", "The command was not decided", 500, order.id)
        return command

    async def propose(self, propose: Propose) -> None:
        """Make events of the platform's own true (sent, answered, expired); returns once durable."""
        case = _Case(propose, None, _future())
        await self._waiting.put(case)
        await case.done

    async def run(self) -> None:
        """Work for ever."""
        while True:
            cases = [await self._waiting.get()]
            while not self._waiting.empty():
                cases.append(self._waiting.get_nowait())
            now_us = self._clock.now_us()
            events: list[Event] = []
            touched: dict[str, Command] = {}
            answers = [self._decide(case, now_us, events, touched) for case in cases]
            if events:
                await asyncio.wrap_future(self._store.append(events, list(touched.values())))
                self._book.forget(COMMANDS_RECENT)
                self.on_commands(list(touched.values()))
            for case, answer in zip(cases, answers, strict=True):
                _settle(case.done, answer)

    def _decide(
        self, case: _Case, now_us: int, events: list[Event], touched: dict[str, Command]
    ) -> Command | Refused | None:
        if case.order and (known := self.find(case.order.id)):
            same = known.kind == case.order.kind and known.body == msgspec.to_builtins(case.order.content)
            return known if same else conflict(case.order.id)
        for event in case.propose(now_us):
            events.append(event)
            if command := self._book.evolve(event):
                touched[command.id] = command
        return self._book.commands[case.order.id] if case.order else None

    def find(self, command_id: str) -> Command | None:
        """Return a command, from memory or from the store."""
        return self._book.commands.get(command_id) or self._store.find(command_id)


def _future() -> asyncio.Future[Command | None]:
    return asyncio.get_running_loop().create_future()


def _settle(done: asyncio.Future[Command | None], answer: Command | Refused | None) -> None:
    if done.cancelled():
        return
    if isinstance(answer, Refused):
        done.set_exception(answer)
    else:
        done.set_result(answer)
