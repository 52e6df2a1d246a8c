"""What may be done to schedules: an order becomes events, or a refusal."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import msgspec

from stadtwerk.kernel.command import Order, carried_out, refused
from stadtwerk.kernel.journal import Event
from stadtwerk.kernel.limits import ASKED_OPEN, SCHEDULES
from stadtwerk.kernel.refusal import Refused
from stadtwerk.kernel.schedule.commands import Change, Create, Delete, Disable, Enable, RunNow
from stadtwerk.kernel.schedule.plan import Plan, Schedules
from stadtwerk.kernel.schedule.trial import try_out


def decide(schedules: Schedules, order: Order, now_us: int) -> list[Event]:
    """Return the events of an order about schedules."""
    content: Any = order.content
    try:
        plan_id, title, kind, body = _RULES[type(content)](schedules, order, content, now_us)
    except Refused as no:
        return refused(order, now_us, no.refusal, getattr(content, "title", getattr(content, "id", "")))
    event = Event(now_us, f"schedule.{kind}", plan_id, order.actor, order.id, body)
    return carried_out(order, now_us, title, [event])


def needs(schedules: Schedules, content: Any) -> tuple[str, ...]:
    """Return the permissions beyond the command's own: who lets a schedule command must be allowed to command."""
    if isinstance(content, Create | Change):
        return (content.order.kind,)
    plan = schedules.plans.get(content.id)
    return (plan.order.kind,) if plan and isinstance(content, Enable | RunNow) else ()


_Answer = tuple[str, str, str, dict[str, Any]]


def _create(schedules: Schedules, order: Order, content: Create, now_us: int) -> _Answer:
    plan_id = content.id or "s" + hashlib.sha256(order.id.encode()).hexdigest()[:11]
    if plan_id in schedules.plans:
        raise Refused.of("schedule-exists", "There is such a schedule already", 409, f"id: {plan_id} is taken")
    if len(schedules.plans) >= SCHEDULES:
        raise Refused.of("full", "There are too many schedules", 409, f"at most {SCHEDULES}; delete one first")
    try_out(content.rule, content.order, schedules.parts, schedules.calendar, now_us)
    said = {"title": content.title, "rule": content.rule, "order": content.order, "grace_s": content.grace_s}
    return plan_id, content.title, "created", msgspec.to_builtins({**said, "enabled": content.enabled})


def _change(schedules: Schedules, order: Order, content: Change, now_us: int) -> _Answer:
    _plan(schedules, content.id)
    try_out(content.rule, content.order, schedules.parts, schedules.calendar, now_us)
    said = {"title": content.title, "rule": content.rule, "order": content.order, "grace_s": content.grace_s}
    return content.id, content.title, "changed", msgspec.to_builtins(said)


def _enable(schedules: Schedules, order: Order, content: Enable, now_us: int) -> _Answer:
    plan = _plan(schedules, content.id)
    if not plan.enabled:
        try_out(plan.rule, plan.order, schedules.parts, schedules.calendar, now_us)
    return plan.id, plan.title, "enabled", {}


def _disable(schedules: Schedules, order: Order, content: Disable, now_us: int) -> _Answer:
    plan = _plan(schedules, content.id)
    return plan.id, plan.title, "disabled", {}


def _delete(schedules: Schedules, order: Order, content: Delete, now_us: int) -> _Answer:
    plan = _plan(schedules, content.id)
    return plan.id, plan.title, "deleted", {}


def _run_now(schedules: Schedules, order: Order, content: RunNow, now_us: int) -> _Answer:
    plan = _plan(schedules, content.id)
    if len(plan.asked) >= ASKED_OPEN:
        raise Refused.of("busy", "Too many runs wait", 503, f"{plan.title}: {ASKED_OPEN} wait already")
    return plan.id, plan.title, "asked", {"by": order.id}


def _plan(schedules: Schedules, plan_id: str) -> Plan:
    plan = schedules.plans.get(plan_id)
    if plan is None:
        raise Refused.of("unknown-schedule", "There is no such schedule", 404, f"no schedule {plan_id!r}")
    return plan


_RULES: dict[type[Any], Callable[..., _Answer]] = {
    Create: _create,
    Change: _change,
    Enable: _enable,
    Disable: _disable,
    Delete: _delete,
    RunNow: _run_now,
}
