"""What people see of schedules: what comes next, what came of it, a week as a picture."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time, timedelta
from itertools import islice
from typing import Any, Protocol

import msgspec

from stadtwerk.kernel.clock import iso
from stadtwerk.kernel.command import Command
from stadtwerk.kernel.limits import WEEK_MARKS
from stadtwerk.kernel.refusal import Fault, Refused, invalid
from stadtwerk.kernel.schedule.calendar import Calendar, occurrences
from stadtwerk.kernel.schedule.plan import Plan, Run, Schedules
from stadtwerk.kernel.schedule.rrule import write_rrule
from stadtwerk.kernel.schedule.rule import Rule, rule_faults

NEXT_SHOWN = 5
PREVIEW_SHOWN = 8


class Archive(Protocol):
    """What the views need from the stores."""

    def find(self, command_id: str) -> Command | None:
        """Return a command by its id."""
        ...


def plan_view(schedules: Schedules, archive: Archive, plan: Plan, now_us: int, *, runs: int) -> dict[str, Any]:
    """Show one schedule: what it says, when it comes next, what came of so many last times."""
    coming = islice(occurrences(plan.rule, schedules.calendar, max(now_us, plan.settled_us)), NEXT_SHOWN)
    return {
        "id": plan.id,
        "title": plan.title,
        "enabled": plan.enabled,
        "rule": msgspec.to_builtins(plan.rule),
        "rrule": write_rrule(plan.rule),
        "order": msgspec.to_builtins(plan.order),
        "grace_s": plan.grace_s,
        "actor": plan.actor,
        "created_at": iso(plan.created_us),
        "changed_at": iso(plan.changed_us),
        "next": [iso(at_us) for at_us in coming] if plan.enabled else [],
        "waiting": len(plan.asked),
        "runs": [_run_view(archive, run) for run in plan.runs[:runs]],
    }


def _run_view(archive: Archive, run: Run) -> dict[str, Any]:
    view: dict[str, Any] = {"at": iso(run.at_us), "state": run.state, "by_hand": run.by_hand, "count": run.count}
    command = archive.find(run.command) if run.command else None
    if command:
        counts = command.counts()
        view |= {"command": command.id, "outcome": command.state, "targets": len(command.rows)}
        view |= {"confirmed": counts["confirmed"], "why": command.refusal.detail if command.refusal else ""}
    return {"why": run.why, **view}


def by_title(schedules: Schedules) -> list[Plan]:
    """Return all schedules in the order people read them."""
    return sorted(schedules.plans.values(), key=lambda plan: (plan.title.casefold(), plan.id))


def week(schedules: Schedules, since: date, days: int, now_us: int) -> dict[str, Any]:
    """Show a stretch of days: their sun and holidays, and each schedule's occurrences with the end of what is asked."""
    calendar = schedules.calendar
    begin_us, end_us = (calendar.instant(since + timedelta(days=ahead), time()) for ahead in (0, days))
    left = WEEK_MARKS
    rows = []
    for plan in by_title(schedules):
        found = list(islice(occurrences(plan.rule, calendar, begin_us - 1, end_us - 1), left))
        left -= len(found)
        marks = [{"at": iso(at_us), "until": _until(plan, calendar, at_us)} for at_us in found]
        rows.append({"id": plan.id, "title": plan.title, "enabled": plan.enabled, "marks": marks})
    return {
        "now": iso(now_us),
        "begin": iso(begin_us),
        "end": iso(end_us),
        "days": [_day(calendar, since + timedelta(days=ahead)) for ahead in range(days)],
        "schedules": rows,
        "more": left <= 0,
    }


def _until(plan: Plan, calendar: Calendar, at_us: int) -> str | None:
    try:
        until = plan.content(calendar, at_us).get("until")
    except Refused:
        return None
    return until if isinstance(until, str) else None


def _day(calendar: Calendar, day: date) -> dict[str, Any]:
    sun: Mapping[str, int] = calendar.sun(day)
    return {
        "day": day.isoformat(),
        "begin": iso(calendar.instant(day, time())),
        "holiday": calendar.holidays(day.year).get(day),
        "sun": {name: iso(at_us) for name, at_us in sun.items()},
    }


def preview(schedules: Schedules, text: str, now_us: int) -> dict[str, Any]:
    """Tell when a rule that is still being written would happen."""
    try:
        rule = msgspec.json.decode(text, type=Rule)
    except msgspec.ValidationError as error:
        detail, _, where = str(error).partition(" - at `$")
        raise Refused.field("rule" + where.rstrip("`"), detail) from error
    except msgspec.DecodeError as error:
        raise Refused.field("rule", str(error)) from error
    if faults := rule_faults(rule):
        raise Refused(invalid(tuple(faults)))
    found = list(islice(occurrences(rule, schedules.calendar, now_us), PREVIEW_SHOWN))
    if not found:
        raise Refused(invalid((Fault("rule", "there is no such moment in the next ten years"),)))
    names = schedules.calendar.holidays
    days = {at_us: schedules.calendar.day_of(at_us) for at_us in found}
    return {
        "next": [{"at": iso(at_us), "holiday": names(day.year).get(day)} for at_us, day in days.items()],
        "rrule": write_rrule(rule),
    }
