"""Which occurrences are due, and what is said of them once they are ordered, missed or failed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import msgspec

from stadtwerk.kernel.clock import US
from stadtwerk.kernel.command import Order
from stadtwerk.kernel.journal import Event
from stadtwerk.kernel.limits import FIRINGS_A_LOOK, MISSED_A_LOOK
from stadtwerk.kernel.refusal import Refused
from stadtwerk.kernel.schedule.calendar import occurrences
from stadtwerk.kernel.schedule.plan import ACTOR, Plan, Run, Schedules, by_hand_id, command_id
from stadtwerk.kernel.schedule.trial import convert


@dataclass(frozen=True, slots=True)
class Due:
    """An occurrence whose time has come: of the rule, or asked for by hand (`by` = the order that asked)."""

    plan: Plan
    at_us: int
    by: str = ""

    @property
    def command_id(self) -> str:
        """Return the name of the occurrence's command, the same however often it is tried."""
        return by_hand_id(self.plan.id, self.by) if self.by else command_id(self.plan.id, self.at_us)

    def late(self, now_us: int) -> bool:
        """Tell whether the grace time is over."""
        return now_us > self.at_us + self.plan.grace_s * US


def due(schedules: Schedules, now_us: int) -> list[Due]:
    """Return of each schedule the first thing that is due, earliest first, at most so many as one look takes."""
    found = sorted(_all_due(schedules, now_us), key=lambda one: (one.at_us, one.plan.id))
    return found[:FIRINGS_A_LOOK]


def _all_due(schedules: Schedules, now_us: int) -> Iterator[Due]:
    for plan in schedules.plans.values():
        if plan.asked:
            yield Due(plan, plan.asked[0].at_us, plan.asked[0].by)
        next_us = schedules.next_us(plan) if plan.enabled else None
        if next_us is not None and next_us <= now_us:
            yield Due(plan, next_us)


def order_of(schedules: Schedules, one: Due) -> Order:
    """Return the order of an occurrence, its relative times made absolute; refuses content that no longer fits."""
    kind = one.plan.order.kind
    content = one.plan.content(schedules.calendar, one.at_us)
    part = schedules.parts.get(kind.partition(".")[0])
    if part is None or kind not in part.system.commands:
        raise Refused.field("order.kind", f"{kind} is no command of this city any more")
    return Order(one.command_id, ACTOR, kind, convert(content, part.system.commands[kind]), one.by or one.plan.id)


def ordered(one: Due, now_us: int) -> Event:
    """Say that the command of an occurrence was given."""
    return _event("ordered", one, Run(one.at_us, "ordered", one.command_id, by_hand=bool(one.by)), one.at_us, now_us)


def failed(one: Due, why: str, now_us: int) -> Event:
    """Say that the command of an occurrence could not even be asked for."""
    return _event("failed", one, Run(one.at_us, "failed", why=why, by_hand=bool(one.by)), one.at_us, now_us)


def missed(schedules: Schedules, one: Due, now_us: int) -> Event:
    """Say that an occurrence, and those after it that are too late as well, came and nobody was there."""
    if one.by:
        return _event("missed", one, Run(one.at_us, "missed", by_hand=True), one.at_us, now_us)
    too_late_us = now_us - one.plan.grace_s * US - 1
    rule, settled_us = one.plan.rule, one.plan.settled_us
    late = list(islice(occurrences(rule, schedules.calendar, settled_us, too_late_us), MISSED_A_LOOK))
    return _event("missed", one, Run(one.at_us, "missed", count=len(late)), late[-1], now_us)


def _event(kind: str, one: Due, run: Run, until_us: int, now_us: int) -> Event:
    body = {"run": msgspec.to_builtins(run), "until_us": until_us} | ({"by": one.by} if one.by else {})
    return Event(now_us, f"schedule.{kind}", one.plan.id, ACTOR, one.command_id, body)
