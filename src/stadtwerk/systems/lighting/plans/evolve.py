"""What is true of programs, calendars and assignments after an event."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
from msgspec.structs import replace

from stadtwerk.kernel.journal import Document, Event
from stadtwerk.kernel.limits import ASSIGNMENTS_KEPT, PLAN_VERSIONS
from stadtwerk.systems.lighting.plans.state import Plans
from stadtwerk.systems.lighting.plans.things import Assignment, Plan, Version

SAVED, UNDONE = "lighting.plan-saved", "lighting.plan-undone"
ASSIGNED, ASSIGNMENT_UNDONE = "lighting.plan-assigned", "lighting.assignment-undone"


def evolve(plans: Plans, event: Event) -> Sequence[Document]:
    """Make an event about plans true and return the documents that keep it; events of others change nothing."""
    step = _STEPS.get(event.kind)
    return step(plans, event) if step else ()


def _saved(plans: Plans, event: Event) -> Sequence[Document]:
    known, body = plans.kept.get(event.subject), dict(event.body)
    versions = known.versions if known else ()
    if "first" in body:
        versions = (msgspec.convert(body.pop("first"), Version),)
    number = versions[-1].number + 1 if versions else 1
    said = {"number": number, "at_us": event.at_us, "by": event.actor, **body}
    kept = (*versions, msgspec.convert(said, Version))[-PLAN_VERSIONS:]
    return (plans.kept.put(Plan(event.subject, kept)),)


def _undone(plans: Plans, event: Event) -> Sequence[Document]:
    plan = plans.kept.get(event.subject)
    if plan is None:
        return ()
    number = event.body["number"]
    versions = tuple(replace(one, undone_us=event.at_us) if one.number == number else one for one in plan.versions)
    return (plans.kept.put(Plan(plan.id, versions)),)


def _assigned(plans: Plans, event: Event) -> Sequence[Document]:
    said = {"id": event.subject, "at_us": event.at_us, "by": event.actor, **event.body}
    kept = plans.assignments.put(msgspec.convert(said, Assignment))
    surplus = len(plans.assignments) - ASSIGNMENTS_KEPT
    return (kept, *(plans.assignments.drop(old) for old in plans.surplus(surplus)))


def _assignment_undone(plans: Plans, event: Event) -> Sequence[Document]:
    known = plans.assignments.get(event.subject)
    return (plans.assignments.put(replace(known, undone_us=event.at_us)),) if known else ()


_STEPS: dict[str, Callable[[Plans, Event], Sequence[Document]]] = {
    SAVED: _saved,
    UNDONE: _undone,
    ASSIGNED: _assigned,
    ASSIGNMENT_UNDONE: _assignment_undone,
}
