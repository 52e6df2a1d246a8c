"""A city without lamps in one process: lane, timer and reactions on a stepped clock, and systems that exist only here."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import msgspec

from path.small_city import write_small_city
from stadtwerk.app.folder import open_folder
from stadtwerk.app.lane import Lane
from stadtwerk.app.react import React
from stadtwerk.app.systems import SYSTEMS, make_parts
from stadtwerk.app.timer import Timer
from stadtwerk.kernel.clock import SteppedClock, parse_iso
from stadtwerk.kernel.command import Book, Command, Order, carried_out, refused
from stadtwerk.kernel.journal import Document, Event
from stadtwerk.kernel.reaction import Reaction
from stadtwerk.kernel.refusal import Refused
from stadtwerk.kernel.system import System
from stadtwerk.stores.decisions import DecisionStore
from stadtwerk.stores.sqlite.writer import SqliteFile

BEGIN = "2026-11-24T12:00:00Z"


class Ring(msgspec.Struct, frozen=True):
    """Ring a bell so many times; `until` shows how relative times come out."""

    times: int = 1
    until: str = ""


class Bells:
    """A system's state: how often it rang."""

    def __init__(self) -> None:
        self.book, self.rung = Book(0), 0


def bell_system(name: str, hears: str = "", *, react: Any = None) -> System:
    """Make a small system whose bell rings by command `{name}.ring` and says `{name}.rang`; it may hear another bell."""

    def decide(bells: Bells, order: Order, now_us: int) -> list[Event]:
        content: Any = order.content
        if content.times > 12:
            no = Refused.field("times", "the bell has twelve strokes")
            return refused(order, now_us, no.refusal)
        return carried_out(
            order, now_us, name, [Event(now_us, f"{name}.rang", name, order.actor, "", {"times": content.times})]
        )

    def evolve(bells: Bells, event: Event) -> Sequence[Document]:
        bells.rung += event.body["times"]
        return (Document(f"{name}.bell", name, str(bells.rung).encode()),)

    def recall(bells: Bells, documents: Any) -> None:
        for kept in documents:
            bells.rung = int(kept.body)

    answer = react or (lambda bells, event, now_us: [Ring(event.body["times"])])
    words = {"de": f"{name} antwortet", "en": f"{name} answers"}
    rules = (Reaction(f"{name}.echo", f"{hears}.rang", f"{name}.ring", words, words, answer),) if hears else ()
    return System(
        name, {f"{name}.ring": Ring}, (), lambda folder: Bells(), decide, evolve=evolve, recall=recall, react=rules
    )


class House:
    """The core's decisions without its doors; `crash` ends it as a kill would: nothing is closed or finished."""

    def __init__(self, folder: Path, systems: Sequence[System] = (), at: str = BEGIN) -> None:
        self.data, self._systems = folder, systems
        self.clock = SteppedClock(parse_iso(at))
        write_small_city(folder / "city", 20)

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        self.crash()

    def start(self) -> None:
        """Start on what is durable."""
        self.store = DecisionStore(SqliteFile(self.data / "decisions.db"))
        self.parts = make_parts(open_folder(self.data / "city"), (*SYSTEMS, *self._systems))
        documents = list(self.store.documents())
        for name, part in self.parts.items():
            part.system.recall(part.state, [kept for kept in documents if kept.collection.startswith(f"{name}.")])
        self.lane = Lane(self.parts, self.store, self.clock)
        self.timer = Timer(self.parts["schedule"].state, self.lane, self.clock)
        self.react = React(self.parts["react"].state, self.lane, self.store, self.clock)
        self.lane.on_events.append(self.react.note_events)
        self._deciding = asyncio.create_task(self.lane.run())

    def crash(self) -> None:
        """End at once; what is in memory is gone."""
        self._deciding.cancel()
        self.store.close()

    def restart(self) -> None:
        """Die and start again."""
        self.crash()
        self.start()

    async def order(self, command_id: str, kind: str, actor: str = "engineer", **content: Any) -> Command:
        """Order something as somebody would through a door."""
        kinds = self.parts[kind.partition(".")[0]].system.commands
        return await self.lane.order(Order(command_id, actor, kind, msgspec.convert(content, kinds[kind])))

    async def live_until(self, at: str, step_s: float = 60) -> None:
        """Let the city's time pass in steps, everything due happening at each."""
        while self.clock.now_us() < parse_iso(at):
            self.clock.move_to(min(parse_iso(at), self.clock.now_us() + round(step_s * 1e6)))
            await self.timer.settle()
            await self.react.settle()

    def events(self, kind: str) -> list[Event]:
        """Return the journal's events whose kind begins so."""
        return [entry.event() for entry in self.store.entries() if entry.kind.startswith(kind)]

    def plan(self, plan_id: str) -> Any:
        """Return a schedule as it stands."""
        return self.parts["schedule"].state.plans[plan_id]
