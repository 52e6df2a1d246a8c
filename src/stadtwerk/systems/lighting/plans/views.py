"""What people see of programs, calendars and who follows them."""

from __future__ import annotations

from typing import Any

import msgspec

from stadtwerk.kernel.clock import iso
from stadtwerk.systems.lighting.engine.program import program_percent
from stadtwerk.systems.lighting.plans.state import Plans
from stadtwerk.systems.lighting.plans.things import Assignment, Plan, Version
from stadtwerk.systems.lighting.state import Lighting


def lamp_program(lighting: Lighting, row: int, now_us: int) -> dict[str, Any]:
    """Show the program a lamp has now, and the calendar it has it from, if any."""
    plans = lighting.plans
    now, followed = plans.in_force(now_us), plans.followed(now_us)
    place = int(now.of_lamp[row])
    plan_id = followed.ids[int(followed.of_lamp[row])]
    return {
        "id": now.ids[place],
        "title": title_of(plans, now.ids[place], now_us),
        "calendar": plan_id if plan_id != now.ids[place] else None,
        "expected_level_percent": program_percent(now.rules[place], plans.place, now_us),
    }


def title_of(plans: Plans, plan_id: str, at_us: int) -> Any:
    """Return a plan's title at an instant, its id if it has none."""
    plan = plans.kept.get(plan_id)
    version = plan.at(at_us) if plan else None
    return version.title if version else plan_id


def listed(lighting: Lighting, kind: str, now_us: int) -> list[dict[str, Any]]:
    """List the plans of a kind in force, with what each says, how many lamps follow it, and their nominal power."""
    found = []
    for plan in lighting.plans.kept:
        version = plan.at(now_us)
        if plan.kind == kind and version and not version.retired:
            found.append(_summary(lighting, plan, version, now_us))
    return found


def plan_view(lighting: Lighting, plan: Plan, now_us: int) -> dict[str, Any]:
    """Show a plan with all its versions, newest first, and what stands on it."""
    version = plan.at(now_us) or plan.versions[-1]
    return {
        **_summary(lighting, plan, version, now_us),
        "kind": plan.kind,
        "retired": version.retired,
        "calendars": lighting.plans.naming(plan.id),
        "versions": [_version(one) for one in reversed(plan.versions)],
    }


def assignment_view(lighting: Lighting, one: Assignment, now_us: int) -> dict[str, Any]:
    """Show an assignment; the newest one can be taken back."""
    newest = lighting.plans.newest_assignment()
    return {
        "id": one.id,
        "plan": one.plan,
        "plan_title": title_of(lighting.plans, one.plan, now_us),
        "at": iso(one.at_us),
        "by": one.by,
        "target": msgspec.to_builtins(one.target),
        "title": one.title,
        "lamps": one.lamps,
        "reason": one.reason,
        "undone_at": iso(one.undone_us) if one.undone_us else None,
        "can_undo": newest is not None and newest.id == one.id,
    }


def _summary(lighting: Lighting, plan: Plan, version: Version, now_us: int) -> dict[str, Any]:
    rows, rollout = lighting.plans.followed(now_us).rows(plan.id), lighting.rollout
    said = msgspec.to_builtins(version.content)
    del said["type"]
    return {
        "id": plan.id,
        "title": version.title,
        **said,
        "version": version.number,
        "lamps": len(rows),
        "power_kw": round(float(lighting.inventory.power_w[rows].sum()) / 1000, 1),
        "rollout": rollout.counts(rows) if rollout.step == lighting.plans.step(now_us) else None,
        "can_undo": bool(version.at_us),
    }


def _version(one: Version) -> dict[str, Any]:
    said = msgspec.to_builtins(one.content)
    del said["type"]
    return {
        "number": one.number,
        "at": iso(one.at_us) if one.at_us else None,
        "by": one.by,
        "title": one.title,
        "reason": one.reason,
        "retired": one.retired,
        "undone_at": iso(one.undone_us) if one.undone_us else None,
        "says": said,
    }
