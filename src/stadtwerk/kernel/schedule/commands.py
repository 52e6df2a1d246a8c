"""The published language of schedules: what may be ordered of them."""

from __future__ import annotations

from typing import Annotated

import msgspec

from stadtwerk.kernel.limits import GRACE_S, REASON_CHARS
from stadtwerk.kernel.schedule.plan import Ordered
from stadtwerk.kernel.schedule.rule import Rule

PlanId = Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9-]{0,31}$")]
Title = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
Grace = Annotated[int, msgspec.Meta(ge=0, le=GRACE_S)]
Reason = Annotated[str, msgspec.Meta(max_length=REASON_CHARS)]


class Create(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Order a command at the times of a rule; an occurrence that comes later than the grace time is missed."""

    title: Title
    rule: Rule
    order: Ordered
    id: PlanId | None = None
    grace_s: Grace = 300
    enabled: bool = True
    reason: Reason = ""


class Change(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Replace what a schedule says from now on."""

    id: PlanId
    title: Title
    rule: Rule
    order: Ordered
    grace_s: Grace = 300
    reason: Reason = ""


class Enable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Let a schedule order again, from now on."""

    id: PlanId
    reason: Reason = ""


class Disable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Let a schedule rest."""

    id: PlanId
    reason: Reason = ""


class Delete(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Take a schedule away."""

    id: PlanId
    reason: Reason = ""


class RunNow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Order a schedule's command now, whatever its times say."""

    id: PlanId
    reason: Reason = ""


COMMANDS: dict[str, type[msgspec.Struct]] = {
    "schedule.create": Create,
    "schedule.change": Change,
    "schedule.enable": Enable,
    "schedule.disable": Disable,
    "schedule.delete": Delete,
    "schedule.run-now": RunNow,
}
