"""A small alarm table, and a city of three lamps on two circuits that one cabinet feeds."""

from __future__ import annotations

from typing import Any

import numpy as np

from stadtwerk.kernel.alarm.conditions import Sensed, Watched, yes_or_no
from stadtwerk.kernel.alarm.decide import decide, happened
from stadtwerk.kernel.alarm.kind import AlarmKind, Words
from stadtwerk.kernel.alarm.orders import ORDERS
from stadtwerk.kernel.alarm.state import Alarms, evolve
from stadtwerk.kernel.clock import US
from stadtwerk.kernel.command import Command, Order
from stadtwerk.kernel.journal import Document, Event

NOW_US = 1_790_000_000 * US
SOME = Words("etwas", "something")


def kind(name: str, **more: Any) -> AlarmKind:
    """Make an entry that tells at once, with what is given instead."""
    fields: dict[str, Any] = {
        "id": f"test.{name}",
        "source_type": "Thing",
        "title": SOME,
        "cause": SOME,
        "consequence": SOME,
        "action": SOME,
        "respond_s": 600,
        "severity": 400,
        "on_delay_s": 0,
        "off_delay_s": 0,
        "deadband": 0,
        "shelve_max_s": 86_400,
        "confirms": False,
    }
    return AlarmKind(**{**fields, **more})


KINDS = (kind("cabinet", severity=650, confirms=True), kind("circuit", severity=500), kind("lamp", severity=150))
WATCHED = {
    "test.cabinet": Watched(["c"], ["Cabinet"], "cabinet", np.array([3])),
    "test.circuit": Watched(
        ["k1", "k2"], ["k1", "k2"], "circuit", np.array([2, 1]), {"test.cabinet": np.array([0, 0], np.int32)}
    ),
    "test.lamp": Watched(
        ["l1", "l2", "l3"],
        ["l1", "l2", "l3"],
        "lamp",
        np.ones(3, np.int64),
        {"test.circuit": np.array([0, 0, 1], np.int32)},
    ),
}


class House:
    """Alarms with a journal of their own and a clock in the test's hands."""

    def __init__(self) -> None:
        self.alarms = Alarms()
        self.alarms.watch(KINDS, WATCHED)
        self.now_us = NOW_US
        self.journal: list[Event] = []
        self.documents: dict[str, Document] = {}
        self._asked = 0

    def look(self, cabinet: str = "0", circuit: str = "00", lamp: str = "000", *, after_s: float = 1.0) -> list[str]:
        """Sense what the digits say and return the kinds and subjects of the events."""
        self.now_us += round(after_s * US)
        sensed = {
            f"test.{name}": self.of(digits)
            for name, digits in (("cabinet", cabinet), ("circuit", circuit), ("lamp", lamp))
        }
        change = self.alarms.causes.look(sensed, self.now_us)
        return self.live(happened(self.alarms, change, self.now_us))

    @staticmethod
    def of(digits: str) -> Sensed:
        """Read 1 as in the condition."""
        return yes_or_no(np.array([digit == "1" for digit in digits]))

    def live(self, events: list[Event]) -> list[str]:
        """Make events true."""
        said = []
        for event in events:
            self.journal.append(event)
            if self.alarms.book.evolve(event) is None:
                said.append(f"{event.kind.removeprefix('alarm.')} {event.subject.removeprefix('test.')}")
                self.documents.update({one.id: one for one in evolve(self.alarms, event)})
        return said

    def order(self, what: str, *named: str, actor: str = "ada", **more: Any) -> Command:
        """Order something of alarms and return the command."""
        self._asked += 1
        content = ORDERS[f"alarm.{what}"](alarms=tuple(f"test.{name}" for name in named), **more)  # type: ignore[call-arg]
        asked = Order(f"order-{self._asked:05d}", actor, f"alarm.{what}", content)
        self.live(decide(self.alarms, asked, self.now_us))
        return self.alarms.book.commands[asked.id]

    def states(self) -> dict[str, str]:
        """Return the states of all alarms anybody has to do with."""
        return {one.id.removeprefix("test."): one.state for one in self.alarms.listed()}
