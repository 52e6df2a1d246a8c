"""Four eyes: chosen commands wait until another person with the right to them says yes."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Annotated

import msgspec

from stadtwerk.kernel.clock import US
from stadtwerk.kernel.command import Command, Life, Order, requested, unpack_rows
from stadtwerk.kernel.journal import Event
from stadtwerk.kernel.limits import HELD_S
from stadtwerk.kernel.refusal import Refusal, Refused, problem_type


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which commands wait for a second person; every condition that is given must hold."""

    kind: str
    """Pattern of command kinds, for example `lighting.set-level` or `access.*`."""
    targets_over: Annotated[int, msgspec.Meta(ge=0)] = -1
    """Only commands for more targets than this."""
    level_below_percent: float | None = None
    """Only commands to a level below this."""
    role: str = ""
    """Only commands that give this role."""
    despite: bool = False
    """Only commands that set a rule of law aside."""
    wait_minutes: Annotated[int, msgspec.Meta(ge=1, le=HELD_S // 60)] = 30
    """City time after which nobody may approve any more."""

    def catches(self, order: Order, events: list[Event]) -> bool:
        """Tell whether an order, decided as these events, has to wait."""
        content = order.content
        level, roles = getattr(content, "level_percent", None), getattr(content, "roles", ())
        return (
            fnmatchcase(order.kind, self.kind)
            and _targets(events) > self.targets_over
            and (self.level_below_percent is None or (level is not None and level < self.level_below_percent))
            and (not self.role or self.role in roles)
            and (not self.despite or bool(getattr(content, "despite", "")))
        )


def _targets(events: list[Event]) -> int:
    """Count the targets that the decision would call."""
    return sum(len(unpack_rows(event.body["rows"])) for event in events if event.kind == Life.ACCEPTED)


def hold(order: Order, events: list[Event], rule: Rule, now_us: int) -> list[Event]:
    """Let a decided order wait instead: it is asked for, and held until a deadline."""
    held = {"deadline_us": now_us + rule.wait_minutes * 60 * US, "rule": msgspec.to_builtins(rule)}
    asked = requested(order, now_us, events[0].body["title"])
    return [asked, Event(now_us, Life.HELD, order.id, order.system, order.id, held)]


def check_second(command: Command | None, order: Order) -> Command:
    """Return the command that may be decided on by this actor; refuses the unknown, the decided, the same person."""
    if command is None or not command.held:
        raise Refused.of("not-waiting", "This command does not wait", 409, "It is decided already, or was never asked.")
    if command.actor == order.actor:
        raise Refused.of("same-person", "Another person has to decide", 403, "Nobody approves the own command.")
    return command


def rejected(command: Command, order: Order, now_us: int, reason: str) -> Event:
    """Say that the second person said no."""
    title = "A second person said no"
    no = Refusal(problem_type("rejected"), title, 409, f"{order.actor}: {reason}" if reason else order.actor)
    return Event(now_us, Life.REFUSED, command.id, order.actor, order.id, {"refusal": msgspec.to_builtins(no)})


def lapse(command: Command, now_us: int) -> Event:
    """Say that no second person came in time."""
    return Event(now_us, Life.CLOSED, command.id, "access", "deadline", {"state": "expired"})
