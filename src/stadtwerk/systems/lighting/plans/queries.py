"""The questions about programs, calendars and who follows them."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from stadtwerk.kernel.clock import iso
from stadtwerk.kernel.limits import PAGE_ROWS
from stadtwerk.kernel.refusal import Refused
from stadtwerk.kernel.system import Query
from stadtwerk.systems.lighting.plans.views import assignment_view, listed, plan_view
from stadtwerk.systems.lighting.plans.year import (
    Draft,
    OfCalendarYear,
    OfYear,
    calendar_year_view,
    draft_view,
    year_view,
)
from stadtwerk.systems.lighting.ports import Archive
from stadtwerk.systems.lighting.state import Lighting
from stadtwerk.vocab.lighting import Id


class OfPrograms(msgspec.Struct, frozen=True):
    """A question without parameters."""


class OfPlan(msgspec.Struct, frozen=True):
    """A question about one program or calendar."""

    id: Id


class OfAssignments(msgspec.Struct, frozen=True):
    """A question about the newest assignments."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_ROWS)] = 50


def programs_view(lighting: Lighting, now_us: int) -> dict[str, Any]:
    """Show all programs with what each says, how many lamps follow it and their nominal power."""
    return {"at": iso(now_us), "programs": listed(lighting, "program", now_us)}


def _plan(lighting: Lighting, archive: Archive, asked: OfPlan, now_us: int) -> dict[str, Any]:
    plan = lighting.plans.kept.get(asked.id)
    if plan is None or (plan.versions[0].at_us > now_us):
        detail = f"no program or calendar {asked.id!r} in this city"
        raise Refused.of("unknown-plan", "There is no such program or calendar", 404, detail)
    return plan_view(lighting, plan, now_us)


def _assignments(lighting: Lighting, archive: Archive, asked: OfAssignments, now_us: int) -> dict[str, Any]:
    newest = sorted(lighting.plans.assignments, key=lambda one: -one.number)
    return {"n": len(newest), "assignments": [assignment_view(lighting, one, now_us) for one in newest[: asked.limit]]}


QUERIES = (
    Query(
        "/lighting/programs",
        "The programs that lamps follow by themselves",
        OfPrograms,
        lambda lighting, archive, asked, now_us: programs_view(lighting, now_us),
    ),
    Query(
        "/lighting/programs/year",
        "A program's year: each night, hours, energy; as it is or on trial",
        OfYear,
        lambda lighting, archive, asked, now_us: year_view(lighting, asked, now_us),
    ),
    Query(
        "/lighting/calendars",
        "The calendars: which program rules which night",
        OfPrograms,
        lambda lighting, archive, asked, now_us: {"calendars": listed(lighting, "calendar", now_us)},
    ),
    Query(
        "/lighting/calendars/year",
        "A calendar's year: each night's rule and program, public holidays, hours, energy",
        OfCalendarYear,
        lambda lighting, archive, asked, now_us: calendar_year_view(lighting, asked.calendar, now_us),
    ),
    Query(
        "/lighting/calendars/try",
        "The year of a calendar that is not saved",
        Draft,
        lambda lighting, archive, asked, now_us: draft_view(lighting, asked, now_us),
        posted=True,
    ),
    Query("/lighting/plans/{id}", "A program or a calendar with all its versions", OfPlan, _plan),
    Query(
        "/lighting/assignments",
        "Who was to follow which program or calendar, newest first",
        OfAssignments,
        _assignments,
    ),
)
