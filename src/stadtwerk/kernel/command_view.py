"""A command as people see it, of whatever system."""

from __future__ import annotations

from typing import Any

import msgspec

from stadtwerk.kernel.access.personal import hide_sealed
from stadtwerk.kernel.clock import iso
from stadtwerk.kernel.command import Command


class CommandView(msgspec.Struct, frozen=True):
    """A command as people see it."""

    id: str
    seq: int
    kind: str
    state: str
    target: dict[str, Any] | None
    title: str
    targets: int
    confirmed: int
    pending: int
    expired: int
    level_percent: float | None
    ramp_s: int
    until: str | None
    reason: str
    actor: str
    requested_at: str
    sent_at: str | None
    closed_at: str | None
    refusal: dict[str, Any] | None
    outcomes: dict[str, int]
    held_until: str | None = None
    """Waits so long for a second person."""


def command_view(command: Command) -> CommandView:
    """Show a command as people see it."""
    counts = command.counts()
    body = command.body
    return CommandView(
        id=command.id,
        seq=command.seq,
        kind=command.kind,
        state=command.state,
        target=body.get("target"),
        title=command.title,
        targets=len(command.rows),
        confirmed=counts["confirmed"],
        pending=counts["pending"],
        expired=counts["no_answer"] + counts["superseded"],
        level_percent=body.get("level_percent"),
        ramp_s=body.get("ramp_s", 0),
        until=body.get("until"),
        reason=hide_sealed(body.get("reason", "")),
        actor=command.actor,
        requested_at=iso(command.requested_at_us),
        sent_at=iso(command.sent_at_us) if command.sent_at_us else None,
        closed_at=iso(command.closed_at_us) if command.closed_at_us else None,
        refusal=msgspec.to_builtins(command.refusal) if command.refusal else None,
        outcomes={name: n for name, n in counts.items() if n and name not in ("pending", "confirmed")},
        held_until=iso(command.deadline_us) if command.held else None,
    )
