"""What may be ordered about programs, calendars and their lamps."""

from __future__ import annotations

from typing import Annotated

import msgspec

from stadtwerk.kernel.limits import CALENDAR_RULES
from stadtwerk.systems.lighting.plans.things import (
    Calendar,
    CalendarRule,
    Elevation,
    Percent,
    PlanId,
    Program,
    WallTime,
)
from stadtwerk.vocab.lighting import Reason, Target

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
Despite = Annotated[str, msgspec.Meta(max_length=64)]


class SaveProgram(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Make a program, or a new version of one: `based_on` is the version that was looked at, 0 for a new one."""

    id: PlanId
    title: Name
    on_elevation_deg: Elevation
    full_percent: Percent
    dim_percent: Percent
    dim_from: WallTime = "00:00"
    dim_until: WallTime = "00:00"
    based_on: int = 0
    reason: Reason = ""
    despite: Despite = ""
    """Id of the rule set aside, with a reason; takes the permission `lighting.set-aside-rule`."""

    def content(self) -> Program:
        """Return what it says of light."""
        return Program(self.on_elevation_deg, self.full_percent, self.dim_percent, self.dim_from, self.dim_until)


class SaveCalendar(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Make a calendar, or a new version of one: the first rule that means a night wins."""

    id: PlanId
    title: Name
    default_program: PlanId
    rules: Annotated[tuple[CalendarRule, ...], msgspec.Meta(max_length=CALENDAR_RULES)] = ()
    based_on: int = 0
    reason: Reason = ""
    despite: Despite = ""

    def content(self) -> Calendar:
        """Return what it says of nights."""
        return Calendar(self.default_program, self.rules)


class RetirePlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Put a program or a calendar away that no lamp follows and no calendar names."""

    id: PlanId
    reason: Reason = ""


class UndoPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Take the newest step of a program or a calendar back: it says again what it said before."""

    id: PlanId
    reason: Reason = ""


class AssignPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Have lamps follow a program or a calendar from now on; they are those of the target now, not later ones."""

    target: Target
    plan: PlanId
    reason: Reason = ""
    spare: bool = False
    """Leave lamps out that a rule protects, instead of being refused."""
    despite: Despite = ""


class UndoAssignment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Take the newest assignment back: its lamps follow again what they followed before."""

    assignment: Annotated[str, msgspec.Meta(pattern="^a-[0-9]{6,9}$")]
    reason: Reason = ""


ORDERS: dict[str, type[msgspec.Struct]] = {
    "lighting.save-program": SaveProgram,
    "lighting.save-calendar": SaveCalendar,
    "lighting.retire-plan": RetirePlan,
    "lighting.undo-plan": UndoPlan,
    "lighting.assign-plan": AssignPlan,
    "lighting.undo-assignment": UndoAssignment,
}
