"""The questions about schedules, at every door."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import msgspec

from stadtwerk.kernel.limits import RUNS_KEPT
from stadtwerk.kernel.refusal import Refused
from stadtwerk.kernel.schedule import views
from stadtwerk.kernel.schedule.commands import PlanId
from stadtwerk.kernel.schedule.plan import Schedules
from stadtwerk.kernel.schedule.rrule import read_rrule
from stadtwerk.kernel.schedule.rule import Day
from stadtwerk.kernel.system import Query


class Nothing(msgspec.Struct, frozen=True):
    """A question without parameters."""


class OfPlan(msgspec.Struct, frozen=True):
    """A question about one schedule."""

    id: PlanId


class OfDays(msgspec.Struct, frozen=True):
    """A question about a stretch of days, from today if no day is given."""

    since: Day | None = None
    days: Annotated[int, msgspec.Meta(ge=1, le=31)] = 7


class OfRule(msgspec.Struct, frozen=True):
    """A question about a rule, as JSON text."""

    rule: Annotated[str, msgspec.Meta(max_length=8000)]


class OfText(msgspec.Struct, frozen=True):
    """A question about a recurrence rule as RFC 5545 writes it."""

    text: Annotated[str, msgspec.Meta(max_length=1000)]


def _plans(schedules: Schedules, archive: views.Archive, asked: Nothing, now_us: int) -> dict[str, Any]:
    return {
        "schedules": [views.plan_view(schedules, archive, plan, now_us, runs=1) for plan in views.by_title(schedules)]
    }


def _plan(schedules: Schedules, archive: views.Archive, asked: OfPlan, now_us: int) -> dict[str, Any]:
    plan = schedules.plans.get(asked.id)
    if plan is None:
        raise Refused.of("unknown-schedule", "There is no such schedule", 404, f"no schedule {asked.id!r}")
    return views.plan_view(schedules, archive, plan, now_us, runs=RUNS_KEPT)


def _week(schedules: Schedules, archive: views.Archive, asked: OfDays, now_us: int) -> dict[str, Any]:
    try:
        since = date.fromisoformat(asked.since) if asked.since else schedules.calendar.day_of(now_us)
    except ValueError as error:
        raise Refused.field("since", f"no such day: {asked.since}") from error
    if not 1970 <= since.year <= 9000:
        raise Refused.field("since", "from 1970-01-01 on")
    return views.week(schedules, since, asked.days, now_us)


def _preview(schedules: Schedules, archive: views.Archive, asked: OfRule, now_us: int) -> dict[str, Any]:
    return views.preview(schedules, asked.rule, now_us)


def _rrule(schedules: Schedules, archive: views.Archive, asked: OfText, now_us: int) -> dict[str, Any]:
    return {"rule": msgspec.to_builtins(read_rrule(asked.text, schedules.calendar.zone))}


QUERIES = (
    Query("/schedule/plans", "All schedules with what comes next and what came of them", Nothing, _plans),
    Query("/schedule/plans/{id}", "One schedule", OfPlan, _plan),
    Query("/schedule/week", "Occurrences, sun and public holidays of some days", OfDays, _week),
    Query("/schedule/preview", "When a rule would happen", OfRule, _preview),
    Query("/schedule/rrule", "Read an RFC 5545 recurrence rule", OfText, _rrule),
)
