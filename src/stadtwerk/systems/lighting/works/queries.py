"""The questions maintenance answers at every door."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Annotated, Any, Literal

import msgspec

from stadtwerk.kernel.limits import PAGE_ROWS
from stadtwerk.kernel.refusal import Refused
from stadtwerk.kernel.system import Query
from stadtwerk.systems.lighting.ports import Archive
from stadtwerk.systems.lighting.state import Lighting
from stadtwerk.systems.lighting.works.decide import report_name
from stadtwerk.systems.lighting.works.match import by_label, nearest
from stadtwerk.systems.lighting.works.planning import job_named
from stadtwerk.systems.lighting.works.things import LIVE, Report
from stadtwerk.systems.lighting.works.views import job_view, pole_view, report_view, today, tour_view

JOBS_SHOWN = 500
"""Most jobs one list shows, the most urgent first."""
POLES_SHOWN = 3


class Nothing(msgspec.Struct, frozen=True):
    """A question without parameters."""


class OfJob(msgspec.Struct, frozen=True):
    """A question about one job."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=32)]


class OfJobs(msgspec.Struct, frozen=True):
    """A question about jobs: those somebody still has to do something for, those that are over, or all."""

    which: Literal["live", "over", "all"] = "live"


class OfDay(msgspec.Struct, frozen=True):
    """A question about a local day, today when none is given."""

    day: Annotated[str, msgspec.Meta(min_length=10, max_length=10, extra_json_schema={"format": "date"})] = ""


class OfPlace(msgspec.Struct, frozen=True):
    """A question about the poles at a place (degrees WGS84)."""

    lon: Annotated[float, msgspec.Meta(ge=-180, le=180)]
    lat: Annotated[float, msgspec.Meta(ge=-90, le=90)]


class OfLabel(msgspec.Struct, frozen=True):
    """A question about the pole whose label says this."""

    label: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]


class OfReport(msgspec.Struct, frozen=True):
    """A question about one report."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


def _jobs(lighting: Lighting, archive: Archive, asked: OfJobs, now_us: int) -> dict[str, Any]:
    works = lighting.works
    over = sorted((job for job in works.jobs if job.state not in LIVE), key=lambda job: -job.changed_at_us)
    found = {"live": works.live_jobs(), "over": over}
    listed = found.get(asked.which) or ([*found["live"], *over] if asked.which == "all" else [])
    return {
        "total": len(listed),
        "states": dict(Counter(job.state for job in works.jobs)),
        "jobs": [job_view(lighting, job, now_us) for job in listed[:JOBS_SHOWN]],
    }


def _job(lighting: Lighting, archive: Archive, asked: OfJob, now_us: int) -> dict[str, Any]:
    return job_view(lighting, job_named(lighting, asked.id), now_us)


def _tours(lighting: Lighting, archive: Archive, asked: OfDay, now_us: int) -> dict[str, Any]:
    day = asked.day or today(lighting, now_us)
    try:
        date.fromisoformat(day)
    except ValueError as error:
        raise Refused.field("day", f"no such day: {day}") from error
    planning, progress = lighting.works.plannings.get(day), lighting.works.progress.get(day)
    found = {"distance_m": progress[0], "left": progress[1]} if progress else None
    return {
        "day": day,
        "planning": planning,
        "progress": found,
        "tours": [tour_view(lighting, crew, day, now_us) for crew in lighting.works.crews],
    }


def _crews(lighting: Lighting, archive: Archive, asked: Nothing, now_us: int) -> dict[str, Any]:
    return {"crews": list(lighting.works.crews)}


def _near(lighting: Lighting, archive: Archive, asked: OfPlace, now_us: int) -> dict[str, Any]:
    found = nearest(lighting.inventory, asked.lon, asked.lat, POLES_SHOWN)
    return {"poles": [pole_view(lighting, row, metres) for row, metres in found]}


def _labelled(lighting: Lighting, archive: Archive, asked: OfLabel, now_us: int) -> dict[str, Any]:
    found = by_label(lighting.inventory, asked.label, POLES_SHOWN)
    return {"poles": [pole_view(lighting, row, None) for row in found]}


def _reports(lighting: Lighting, archive: Archive, asked: Nothing, now_us: int) -> dict[str, Any]:
    newest = list(lighting.works.reports)[: -PAGE_ROWS - 1 : -1]
    return {"total": len(lighting.works.reports), "reports": [report_view(lighting, one) for one in newest]}


def report_named(lighting: Lighting, report_id: str) -> Report:
    """Return a report; refuses an unknown one (404)."""
    no = f"no report {report_id!r} in this city"
    return lighting.works.reports.named(report_id, Refused.of("unknown-report", "There is no such report", 404, no))


def _report(lighting: Lighting, archive: Archive, asked: OfReport, now_us: int) -> dict[str, Any]:
    return report_view(lighting, report_named(lighting, asked.id))


def _report_of(lighting: Lighting, archive: Archive, asked: OfReport, now_us: int) -> dict[str, Any]:
    return report_view(lighting, report_named(lighting, report_name(asked.id)))


QUERIES = (
    Query("/lighting/jobs", "Work orders, the most urgent first", OfJobs, _jobs),
    Query("/lighting/jobs/{id}", "One work order", OfJob, _job),
    Query("/lighting/tours", "The tours of a day, one for each crew", OfDay, _tours),
    Query("/lighting/crews", "Crews with shift, vehicle and skills", Nothing, _crews),
    Query("/lighting/poles/near", "The three poles nearest to a place", OfPlace, _near),
    Query("/lighting/poles/labelled", "The poles whose label says a number", OfLabel, _labelled),
    Query("/lighting/reports", "Reports from the street, the newest first", Nothing, _reports),
    Query("/lighting/reports/of/{id}", "The report that a command made", OfReport, _report_of),
    Query("/lighting/reports/{id}", "One report and what became of it", OfReport, _report),
)
