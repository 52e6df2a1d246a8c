"""What is true of a schedule after an event."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from stadtwerk.kernel.journal import Document, Event
from stadtwerk.kernel.limits import RUNS_KEPT
from stadtwerk.kernel.schedule.plan import PLANS, Asked, Ordered, Plan, Run, Schedules
from stadtwerk.kernel.schedule.rule import Rule


def evolve(schedules: Schedules, event: Event) -> Sequence[Document]:
    """Make an event about a schedule true and return its document; of a deleted one that it is gone."""
    kind = event.kind.removeprefix("schedule.")
    if kind == "created":
        plan = _created(event)
    elif (known := schedules.plans.get(event.subject)) is None:
        return ()
    elif kind == "deleted":
        schedules.forget(event.subject)
        return (Document(PLANS, event.subject, None),)
    else:
        plan = msgspec.structs.replace(known, **_STEPS[kind](known, event))
    schedules.plans[plan.id] = plan
    return (plan.document(),)


def _created(event: Event) -> Plan:
    body, at_us = event.body, event.at_us
    return Plan(
        id=event.subject,
        title=body["title"],
        rule=msgspec.convert(body["rule"], Rule),
        order=msgspec.convert(body["order"], Ordered),
        grace_s=body["grace_s"],
        enabled=body["enabled"],
        actor=event.actor,
        created_us=at_us,
        changed_us=at_us,
        settled_us=at_us,
    )


def _changed(plan: Plan, event: Event) -> dict[str, Any]:
    body, at_us = event.body, event.at_us
    said = {"rule": msgspec.convert(body["rule"], Rule), "order": msgspec.convert(body["order"], Ordered)}
    rest = {"title": body["title"], "grace_s": body["grace_s"], "actor": event.actor}
    return {**said, **rest, "changed_us": at_us, "settled_us": max(plan.settled_us, at_us)}


def _enabled(plan: Plan, event: Event) -> dict[str, Any]:
    return {} if plan.enabled else {"enabled": True, "settled_us": max(plan.settled_us, event.at_us)}


def _disabled(plan: Plan, event: Event) -> dict[str, Any]:
    return {"enabled": False}


def _asked(plan: Plan, event: Event) -> dict[str, Any]:
    return {"asked": (*plan.asked, Asked(event.body["by"], event.at_us))}


def _settled(plan: Plan, event: Event) -> dict[str, Any]:
    """Note what became of occurrences; one asked for by hand leaves the rule's own as they are."""
    run = msgspec.convert(event.body["run"], Run)
    runs = (run, *plan.runs)[:RUNS_KEPT]
    if by := event.body.get("by"):
        return {"runs": runs, "asked": tuple(asked for asked in plan.asked if asked.by != by)}
    return {"runs": runs, "settled_us": max(plan.settled_us, event.body["until_us"])}


_STEPS = {
    "changed": _changed,
    "enabled": _enabled,
    "disabled": _disabled,
    "asked": _asked,
    "ordered": _settled,
    "missed": _settled,
    "failed": _settled,
}
