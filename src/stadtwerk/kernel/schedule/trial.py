"""Trying out what a schedule would order before it is let in."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any

import msgspec

from stadtwerk.kernel.clock import iso
from stadtwerk.kernel.command import Life, Order
from stadtwerk.kernel.limits import ORDER_BYTES
from stadtwerk.kernel.refusal import Fault, Refusal, Refused, invalid
from stadtwerk.kernel.schedule.calendar import Calendar, occurrences
from stadtwerk.kernel.schedule.content import resolve
from stadtwerk.kernel.schedule.plan import ACTOR, Ordered
from stadtwerk.kernel.schedule.rule import Rule, rule_faults
from stadtwerk.kernel.system import Part

TRIALS = 2
"""So many occurrences are tried: an end that is a fixed day holds for the first and not for the second."""
CLOSED = ("schedule", "access")
"""No schedule orders another, and who may do what is decided by people."""


def try_out(rule: Rule, order: Ordered, parts: Mapping[str, Part], calendar: Calendar, now_us: int) -> None:
    """Refuse a rule that says nothing or never happens, and an order that its own system would refuse."""
    if faults := rule_faults(rule):
        raise Refused(invalid(tuple(faults)))
    when = list(islice(occurrences(rule, calendar, now_us), TRIALS))
    if not when:
        raise Refused.field("rule", "there is no such moment in the next ten years")
    part = parts.get(order.kind.partition(".")[0])
    if part is None or order.kind not in part.system.commands or part.system.name in CLOSED:
        raise Refused.field("order.kind", f"no command {order.kind[:60]!r} that can be scheduled")
    if len(msgspec.json.encode(order.content)) > ORDER_BYTES:
        raise Refused.field("order.content", f"larger than {ORDER_BYTES} bytes")
    for at_us in when:
        content = convert(resolve(order.content, calendar, at_us), part.system.commands[order.kind])
        trial = Order(f"{ACTOR}-trial", ACTOR, order.kind, content)
        last = part.system.decide(part.state, trial, at_us)[-1]
        if last.kind == Life.REFUSED:
            refusal = msgspec.convert(last.body["refusal"], Refusal)
            if refusal.status < 500:
                raise Refused(_of_order(refusal, at_us))


def convert(content: Any, kind: type[msgspec.Struct]) -> Any:
    """Read resolved content as the command it is meant for."""
    try:
        return msgspec.convert(content, kind)
    except msgspec.ValidationError as error:
        detail, _, where = str(error).partition(" - at `$")
        raise Refused.field("order.content" + where.rstrip("`"), detail) from error


def _of_order(refusal: Refusal, at_us: int) -> Refusal:
    """Say a system's refusal as one of the schedule, naming the moment it is about."""
    faults = refusal.faults or (Fault("", refusal.detail or refusal.title),)
    return invalid(
        tuple(
            Fault(f"order.content.{fault.field}".rstrip("."), f"{fault.detail} (tried for {iso(at_us)})")
            for fault in faults
        )
    )
