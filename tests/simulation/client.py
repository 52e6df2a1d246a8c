"""People and programs that order light and write diaries: they ask again with the same id until they are answered."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulation.diary import TearOut, Write
from simulation.judge import Judge
from simulation.options import Options
from simulation.village import Village
from simulation.world import World
from stadtwerk.kernel.clock import US, iso
from stadtwerk.kernel.command import Command, Order
from stadtwerk.kernel.refusal import Refused
from stadtwerk.vocab.lighting import Clear, SetLevel, Target

if TYPE_CHECKING:
    from simulation.platform import Platform


@dataclass
class Ask:
    """One thing somebody wants, from the first try to the answer that reached them."""

    id: str
    contents: list[tuple[str, Any]]
    gives_up: bool
    first_at: float = -1.0
    done: bool = False
    tries: int = 0
    task: asyncio.Task[Command] | None = None


class Clients:
    """All who ask; `reach` gives the platform, or None while it is away."""

    def __init__(
        self, world: World, options: Options, village: Village, judge: Judge, reach: Callable[[], Platform | None]
    ) -> None:
        self._world, self._options, self._village = world, options, village
        self._judge, self._reach = judge, reach
        self._chance = world.chance("clients")
        self.faulty = True
        self.asks = [self._make(number) for number in range(options.asks)]
        for ask in self.asks:
            world.at(self._chance.uniform(0.1, options.faulty_s), self._send, ask)

    @property
    def served(self) -> bool:
        """Tell whether nobody waits for an answer."""
        return all(ask.done for ask in self.asks)

    def order_all(self) -> Ask:
        """Order light for the whole village, without giving up."""
        content = ("lighting.set-level", SetLevel(Target(district="d0"), 55.0, iso(self._world.now_us() + 3600 * US)))
        ask = Ask("ask-last", [content], gives_up=False)
        self.asks.append(ask)
        self._send(ask)
        return ask

    def _make(self, number: int) -> Ask:
        chance, options = self._chance, self._options
        contents = [self._content()]
        if chance.random() < options.conflict:
            contents.append(self._content())
        return Ask(f"ask-{number:04d}", contents, chance.random() < options.gives_up)

    def _content(self) -> tuple[str, Any]:
        chance = self._chance
        if chance.random() < self._options.diary_share:
            page = f"page{chance.randrange(3)}"
            if chance.random() < 0.3:
                return "diary.tear-out", TearOut(page)
            return "diary.write", Write(page, f"line {chance.randrange(1000)}")
        target = self._target(chance)
        if chance.random() < 0.2:
            return "lighting.clear", Clear(target)
        wrong = chance.random() < self._options.wrong
        until_us = self._world.now_us() + (round(chance.uniform(45, 400) * US) if not wrong else -US)
        level = chance.randrange(0, 201) / 2
        return "lighting.set-level", SetLevel(target, level, iso(until_us), chance.choice((0, 0, 5)))

    def _target(self, chance: random.Random) -> Target:
        kind = chance.choice(("lamp", "lamps", "street", "circuit", "district"))
        if kind == "lamp":
            return Target(lamp=f"l{chance.randrange(self._options.lamps)}")
        if kind == "lamps":
            k = chance.randint(1, 4)
            return Target(lamps=tuple(f"l{chance.randrange(self._options.lamps)}" for _ in range(k)))
        groups = [name for name in self._village.groups if name.startswith(kind)]
        return Target(**{kind: chance.choice(groups).partition("-")[2]})

    def _send(self, ask: Ask) -> None:
        if ask.done:
            return
        chance = self._chance
        kind, content = ask.contents[ask.tries % len(ask.contents)]
        ask.tries += 1
        if ask.first_at < 0:
            ask.first_at = self._world.now
            self._judge.asked(ask.id, ask.first_at)
        order = Order(ask.id, f"person{len(ask.id) % 3}", kind, content)
        self._world.after(chance.uniform(0, 0.2), self._arrive, ask, order)
        self._world.after(chance.uniform(0.8, 4), self._impatient, ask)

    def _impatient(self, ask: Ask) -> None:
        if not ask.done and ask.gives_up and ask.tries >= 2:
            ask.done = True
            self._world.note("give-up", ask.id)
            if ask.task is not None and self._reach() is not None:
                ask.task.cancel()
        self._send(ask)

    def _arrive(self, ask: Ask, order: Order) -> None:
        platform = self._reach()
        if platform is None:
            return
        self._world.note("order", order.id, order.kind)
        task = ask.task = platform.loop.create_task(platform.lane.order(order))
        task.add_done_callback(lambda task: self._answer(ask, order, task))

    def _answer(self, ask: Ask, order: Order, task: asyncio.Task[Command]) -> None:
        """Take the answer as it leaves the platform; on its way back it may be lost."""
        if task.cancelled():
            return
        no = task.exception()
        if isinstance(no, Refused):
            self._judge.refused(order, no)
        elif no is not None:
            self._world.broken(f"{order.id} was answered with {no!r}")
        else:
            self._judge.acknowledged(order, task.result())
        if not self.faulty or self._chance.random() >= self._options.reply_loss:
            self._world.after(self._chance.uniform(0, 0.1), self._answered, ask)

    def _answered(self, ask: Ask) -> None:
        ask.done = True
