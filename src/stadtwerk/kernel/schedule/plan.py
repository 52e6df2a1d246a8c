"""What the city has scheduled, and what became of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from stadtwerk.kernel.clock import US
from stadtwerk.kernel.command import Book
from stadtwerk.kernel.journal import Document
from stadtwerk.kernel.schedule.calendar import Calendar, occurrences
from stadtwerk.kernel.schedule.content import resolve
from stadtwerk.kernel.schedule.rule import Rule
from stadtwerk.kernel.system import Part

PLANS = "schedule.plan"
"""The collection of the schedules' documents."""
ACTOR = "schedule"
"""Who orders what is scheduled."""


class Ordered(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The command that a schedule gives; times in its content may be relative to the occurrence."""

    kind: str
    content: dict[str, Any]


class Asked(msgspec.Struct, frozen=True):
    """A run somebody asked for by hand and that has not been ordered yet."""

    by: str
    at_us: int


class Run(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of an occurrence: its command, or why there is none; `count` missed ones in a row are one run."""

    at_us: int
    state: Literal["ordered", "missed", "failed"]
    command: str = ""
    count: int = 1
    why: str = ""
    by_hand: bool = False


class Plan(msgspec.Struct, frozen=True):
    """One schedule; occurrences up to `settled_us` are done with."""

    id: str
    title: str
    rule: Rule
    order: Ordered
    grace_s: int
    enabled: bool
    actor: str
    created_us: int
    changed_us: int
    settled_us: int
    asked: tuple[Asked, ...] = ()
    runs: tuple[Run, ...] = ()
    """Newest first."""

    def content(self, calendar: Calendar, at_us: int) -> dict[str, Any]:
        """Return the command's content for an occurrence."""
        resolved: dict[str, Any] = resolve(self.order.content, calendar, at_us)
        return resolved

    def document(self) -> Document:
        """Return the plan as it is kept."""
        return Document(PLANS, self.id, msgspec.json.encode(self, order="sorted"))


@dataclass(slots=True)
class Schedules:
    """All schedules of a city; `parts` are the systems they may command."""

    calendar: Calendar
    book: Book = field(default_factory=lambda: Book(0))
    plans: dict[str, Plan] = field(default_factory=dict)
    parts: Mapping[str, Part] = field(default_factory=dict)
    _next: dict[str, tuple[Rule, int, int | None]] = field(default_factory=dict)

    def next_us(self, plan: Plan) -> int | None:
        """Return the first occurrence that is not done with; None when there is none any more."""
        known = self._next.get(plan.id)
        if known and known[0] is plan.rule and known[1] == plan.settled_us:
            return known[2]
        found = next(occurrences(plan.rule, self.calendar, plan.settled_us), None)
        self._next[plan.id] = (plan.rule, plan.settled_us, found)
        return found

    def forget(self, plan_id: str) -> None:
        """Drop a schedule."""
        self.plans.pop(plan_id, None)
        self._next.pop(plan_id, None)

    def recall(self, documents: Iterable[Document]) -> None:
        """Take up the schedules as they were kept."""
        for kept in documents:
            if kept.collection == PLANS and kept.body is not None:
                self.plans[kept.id] = msgspec.json.decode(kept.body, type=Plan)


def command_id(plan_id: str, at_us: int) -> str:
    """Name the command of an occurrence: the same schedule and occurrence, the same name."""
    return f"{ACTOR}-{plan_id}-{datetime.fromtimestamp(at_us // US, UTC):%Y%m%dT%H%M%SZ}"


def by_hand_id(plan_id: str, order_id: str) -> str:
    """Name the command of a run asked for by hand, after the order that asked."""
    return f"{ACTOR}-{plan_id}-now-{hashlib.sha256(order_id.encode()).hexdigest()[:12]}"
