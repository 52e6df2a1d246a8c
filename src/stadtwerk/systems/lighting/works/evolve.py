"""What is true of maintenance after an event."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from stadtwerk.kernel.journal import Document, Event
from stadtwerk.kernel.limits import JOBS_KEPT, PLAN_DAYS, REPORTS_KEPT, TOURS_KEPT
from stadtwerk.systems.lighting.works.state import Works
from stadtwerk.systems.lighting.works.things import LIVE, Crew, Job, Planning, Report, Step, Tour

PREFIX = "lighting.job-"
OPENED, UNDONE, PHOTO, REPORTED_ON = (f"{PREFIX}{what}" for what in ("opened", "undone", "photo", "reported-on"))
"""What happens to a job beside its steps, which are named by the state they lead to."""
REPORTED = "lighting.reported"
CREW_PUT, CREW_REMOVED = "lighting.crew-put", "lighting.crew-removed"
TOURS_ASKED, TOURS_PLANNED, TOURS_FAILED = "lighting.tours-asked", "lighting.tours-planned", "lighting.tours-failed"
TOUR_SET, TOUR_DROPPED = "lighting.tour-set", "lighting.tour-dropped"


def evolve(works: Works, event: Event) -> Sequence[Document]:
    """Make an event about maintenance true and return the documents that keep it; events of others change nothing."""
    if step := _STEPS.get(event.kind):
        return step(works, event)
    if event.kind.startswith(PREFIX) and (job := works.jobs.get(event.subject)):
        return (works.jobs.put(_changed(job, event)),)
    return ()


def _opened(works: Works, event: Event) -> Sequence[Document]:
    kept = works.jobs.put(msgspec.convert(event.body, Job))
    surplus = len(works.jobs) - JOBS_KEPT
    old = [job.id for job in works.jobs if job.state not in LIVE][:surplus] if surplus > 0 else []
    return (kept, *(works.jobs.drop(job_id) for job_id in old))


def _reported(works: Works, event: Event) -> Sequence[Document]:
    kept = works.reports.put(msgspec.convert(event.body, Report))
    surplus = len(works.reports) - REPORTS_KEPT
    old = [report.id for report in works.reports][:surplus] if surplus > 0 else []
    return (kept, *(works.reports.drop(report_id) for report_id in old))


def _tour_set(works: Works, event: Event) -> Sequence[Document]:
    kept = works.tours.put(msgspec.convert(event.body, Tour))
    surplus = len(works.tours) - TOURS_KEPT
    old = sorted(works.tours, key=lambda tour: tour.day)[:surplus] if surplus > 0 else []
    return (kept, *(works.tours.drop(tour.id) for tour in old))


def _planning(works: Works, event: Event) -> Sequence[Document]:
    known = works.plannings.get(event.subject)
    told = {"id": event.subject, "state": _PLANNING[event.kind], "seconds": known.seconds if known else 0.0}
    kept = works.plannings.put(msgspec.convert({**told, **event.body}, Planning))
    surplus = len(works.plannings) - PLAN_DAYS - 1
    old = sorted(planning.id for planning in works.plannings)[:surplus] if surplus > 0 else []
    return (kept, *(works.plannings.drop(day) for day in old))


def _changed(job: Job, event: Event) -> Job:
    """Return a job after one of its events: a step keeps what was before it, so that it can be taken back once."""
    body: dict[str, Any] = event.body
    if event.kind == PHOTO:
        return replace(job, photos=(*job.photos, body["photo"]))
    if event.kind == REPORTED_ON:
        return replace(job, report_ids=(*job.report_ids, body["report"]))
    before = None if event.kind == UNDONE else Step(job.state, job.crew, job.day)
    return replace(job, **body, before=before, changed_at_us=event.at_us)


_PLANNING: dict[str, Literal["asked", "planned", "failed"]] = {
    TOURS_ASKED: "asked",
    TOURS_PLANNED: "planned",
    TOURS_FAILED: "failed",
}
_STEPS: dict[str, Callable[[Works, Event], Sequence[Document]]] = {
    OPENED: _opened,
    REPORTED: _reported,
    CREW_PUT: lambda works, event: (works.crews.put(msgspec.convert(event.body, Crew)),),
    CREW_REMOVED: lambda works, event: (works.crews.drop(event.subject),),
    TOUR_SET: _tour_set,
    TOURS_ASKED: _planning,
    TOURS_PLANNED: _planning,
    TOURS_FAILED: _planning,
    TOUR_DROPPED: lambda works, event: (works.tours.drop(event.subject),),
}
