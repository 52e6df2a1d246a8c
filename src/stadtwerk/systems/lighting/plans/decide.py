"""What is allowed with programs, calendars and their lamps: an order becomes an event, or a refusal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np

from stadtwerk.kernel.command import Order, carried_out, pack_rows, refused
from stadtwerk.kernel.journal import Event
from stadtwerk.kernel.limits import ASSIGNMENTS_KEPT, PLANS_KEPT
from stadtwerk.kernel.observation import Rows
from stadtwerk.kernel.refusal import Fault, Refused, invalid
from stadtwerk.systems.lighting.inventory import Inventory
from stadtwerk.systems.lighting.law.check import Consent, lawful_program
from stadtwerk.systems.lighting.plans.checks import calendar_faults, is_program, plan_named, program_faults
from stadtwerk.systems.lighting.plans.evolve import ASSIGNED, ASSIGNMENT_UNDONE, SAVED, UNDONE
from stadtwerk.systems.lighting.plans.orders import (
    AssignPlan,
    RetirePlan,
    SaveCalendar,
    SaveProgram,
    UndoAssignment,
    UndoPlan,
)
from stadtwerk.systems.lighting.plans.state import Plans
from stadtwerk.systems.lighting.plans.things import Calendar, Plan, Program
from stadtwerk.systems.lighting.select import select

Answer = tuple[str, Event]


def decide(inventory: Inventory, plans: Plans, order: Order, now_us: int) -> list[Event]:
    """Return the events of an order about programs, calendars or their lamps."""
    content: Any = order.content
    try:
        title, event = _RULES[type(content)](inventory, plans, order, now_us)
    except Refused as no:
        about = (getattr(content, name, "") for name in ("id", "plan", "assignment"))
        return refused(order, now_us, no.refusal, next(filter(None, about), ""))
    return carried_out(order, now_us, title, [event])


def _save_program(inventory: Inventory, plans: Plans, order: Order, now_us: int) -> Answer:
    content: Any = order.content
    _check(program_faults(content.content()))
    rows = np.concatenate([_rows(plans, name, now_us) for name in (content.id, *plans.naming(content.id))])
    return _save(inventory, plans, order, now_us, np.unique(rows))


def _save_calendar(inventory: Inventory, plans: Plans, order: Order, now_us: int) -> Answer:
    content: Any = order.content
    _check(calendar_faults(plans, content.content()))
    return _save(inventory, plans, order, now_us, _rows(plans, content.id, now_us))


def _save(inventory: Inventory, plans: Plans, order: Order, now_us: int, rows: Rows) -> Answer:
    """Write a version down, if nobody wrote another meanwhile and no rule protects the light of these lamps (k,)."""
    content: Any = order.content
    said: Program | Calendar = content.content()
    plan = plans.kept.get(content.id)
    now = plan.now() if plan else None
    if plan and plan.kind != ("program" if isinstance(said, Program) else "calendar"):
        raise Refused.of("plan-exists", "There is such a program or calendar already", 409, f"id: {plan.id} is taken")
    at = now.number if now and not now.retired else 0
    if content.based_on != at:
        detail = f"{content.id} is at version {at}, not {content.based_on}"
        raise Refused.of("changed-meanwhile", "Somebody changed it meanwhile", 409, detail)
    if plan is None and len(plans.kept) >= PLANS_KEPT:
        raise Refused.of("full", "There are too many programs and calendars", 409, f"at most {PLANS_KEPT}")
    if len(rows) and (now is None or now.content != said):
        levels = _levels(plans, said, now_us)
        lawful_program(inventory, rows, levels, Consent(despite=content.despite, reason=content.reason), now_us)
    body = {"title": content.title, "content": msgspec.to_builtins(said), "reason": content.reason}
    return content.title, Event(now_us, SAVED, content.id, order.actor, order.id, {**body, **_first(plan)})


def _retire(inventory: Inventory, plans: Plans, order: Order, now_us: int) -> Answer:
    content: Any = order.content
    plan, now = plan_named(plans, content.id)
    _check_unused(plans, plan, now_us)
    body = {"title": now.title, "content": msgspec.to_builtins(now.content), "reason": content.reason, "retired": True}
    return plan.id, Event(now_us, SAVED, plan.id, order.actor, order.id, {**body, **_first(plan)})


def _first(plan: Plan | None) -> dict[str, Any]:
    """Take the city's own version of a program into the journal: its folder may say something else later."""
    if plan is None or len(plan.versions) > 1 or plan.versions[0].at_us:
        return {}
    return {"first": msgspec.to_builtins(plan.versions[0])}


def _undo(inventory: Inventory, plans: Plans, order: Order, now_us: int) -> Answer:
    """Take a version back; what stood before it was allowed once, so no rule is asked again."""
    content: Any = order.content
    plan = plans.kept.get(content.id)
    live = [one for one in plan.versions if not one.undone_us] if plan else []
    if plan is None or not live:
        raise Refused.of("unknown-plan", "There is no such program or calendar", 404, f"no plan {content.id!r}")
    if not live[-1].at_us:
        raise Refused.of("nothing-to-undo", "There is nothing to take back", 409, f"{plan.id} is as the city made it")
    before = live[-2] if len(live) > 1 else None
    if before is None or before.retired:
        _check_unused(plans, plan, now_us)
    elif isinstance(before.content, Calendar):
        gone = next((name for name in before.content.programs() if not is_program(plans, name)), "")
        if gone:
            raise Refused.of("plan-retired", "A program it names was put away", 409, f"{plan.id} would name {gone}")
    body = {"number": live[-1].number, "reason": content.reason}
    return plan.id, Event(now_us, UNDONE, plan.id, order.actor, order.id, body)


def _assign(inventory: Inventory, plans: Plans, order: Order, now_us: int) -> Answer:
    content: Any = order.content
    plan, version = plan_named(plans, content.plan)
    rows, title = select(inventory, content.target)
    consent = Consent(content.spare, content.despite, content.reason)
    rows = lawful_program(inventory, rows, _levels(plans, version.content, now_us), consent, now_us)
    if plans.in_use() >= ASSIGNMENTS_KEPT:
        detail = f"lamps follow {ASSIGNMENTS_KEPT} assignments; assign whole districts first"
        raise Refused.of("full", "There are too many assignments", 409, detail)
    number = max((one.number for one in plans.assignments), default=0) + 1
    body = {
        "number": number,
        "plan": plan.id,
        "target": msgspec.to_builtins(content.target),
        "title": title,
        "rows": pack_rows(rows),
        "lamps": len(rows),
        "reason": content.reason,
    }
    return title, Event(now_us, ASSIGNED, f"a-{number:06d}", order.actor, order.id, body)


def _undo_assignment(inventory: Inventory, plans: Plans, order: Order, now_us: int) -> Answer:
    content: Any = order.content
    newest = plans.newest_assignment()
    if newest is None or newest.id != content.assignment:
        detail = f"the newest is {newest.id if newest else 'none'}, not {content.assignment}"
        raise Refused.of("not-newest", "Only the newest assignment is taken back", 409, detail)
    for plan_id in plans.without(newest, now_us):
        plan_named(plans, plan_id)
    body = {"reason": content.reason}
    return newest.title, Event(now_us, ASSIGNMENT_UNDONE, newest.id, order.actor, order.id, body)


def _check(faults: list[Fault]) -> None:
    if faults:
        raise Refused(invalid(tuple(faults)))


def _check_unused(plans: Plans, plan: Plan, now_us: int) -> None:
    lamps, calendars = len(_rows(plans, plan.id, now_us)), plans.naming(plan.id)
    if lamps or calendars:
        detail = f"{lamps} lamps follow {plan.id}, {len(calendars)} calendars name it"
        raise Refused.of("plan-in-use", "It is in use", 409, detail)


def _rows(plans: Plans, plan_id: str, now_us: int) -> Rows:
    return plans.followed(now_us).rows(plan_id)


def _levels(plans: Plans, content: Program | Calendar, now_us: int) -> tuple[float, float]:
    """Return the least and the most light of any night, percent."""
    if isinstance(content, Program):
        return content.levels()
    spans = [plans.program(name, now_us).levels() for name in content.programs()]
    return min(low for low, _ in spans), max(high for _, high in spans)


_RULES: dict[type[Any], Callable[[Inventory, Plans, Order, int], Answer]] = {
    SaveProgram: _save_program,
    SaveCalendar: _save_calendar,
    RetirePlan: _retire,
    UndoPlan: _undo,
    AssignPlan: _assign,
    UndoAssignment: _undo_assignment,
}
