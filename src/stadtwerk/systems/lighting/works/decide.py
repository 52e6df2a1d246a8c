"""What maintenance allows: an order about jobs, reports or crews becomes events, or a refusal."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import msgspec

from stadtwerk.kernel.clock import US, iso, parse_iso
from stadtwerk.kernel.command import Order, ruled
from stadtwerk.kernel.journal import Event
from stadtwerk.kernel.limits import CREWS, JOB_PHOTOS, JOBS_OPEN
from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting.inventory import Inventory
from stadtwerk.systems.lighting.state import Lighting
from stadtwerk.systems.lighting.works import planning, replan
from stadtwerk.systems.lighting.works.evolve import (
    CREW_PUT,
    CREW_REMOVED,
    OPENED,
    PHOTO,
    PREFIX,
    REPORTED,
    REPORTED_ON,
    UNDONE,
)
from stadtwerk.systems.lighting.works.match import match
from stadtwerk.systems.lighting.works.orders import (
    AddPhoto,
    CancelJob,
    FinishJob,
    OpenJob,
    PlanJob,
    PlanTours,
    PutCrew,
    RemoveCrew,
    ReopenJob,
    ReportLamp,
    SetTours,
    StartJob,
    UndoJob,
    UnplanJob,
    VerifyJob,
)
from stadtwerk.systems.lighting.works.planning import job_named
from stadtwerk.systems.lighting.works.things import DUE_H, LIVE, Crew, Job, JobKind, Priority, Report

FROM: dict[type[Any], frozenset[str]] = {
    PlanJob: frozenset(("open", "planned", "reopened")),
    UnplanJob: frozenset(("planned",)),
    StartJob: frozenset(("planned",)),
    FinishJob: frozenset(("planned", "under way")),
    VerifyJob: frozenset(("done",)),
    ReopenJob: frozenset(("done", "verified")),
    CancelJob: LIVE,
}
"""The states in which each step may be taken; a crew without network may finish what it never said to have begun."""

Answer = tuple[str, list[Event]]


def decide(lighting: Lighting, order: Order, now_us: int) -> list[Event]:
    """Return the events of an order about maintenance."""
    content: Any = order.content
    about = filter(None, (getattr(content, name, "") for name in ("job", "id", "day", "lamp")))
    return ruled(order, now_us, lambda: _RULES[type(content)](lighting, order, content, now_us), next(about, ""))


def _open(lighting: Lighting, order: Order, content: OpenJob, now_us: int) -> Answer:
    if len(lighting.works.live_jobs()) >= JOBS_OPEN:
        raise Refused.of("full", "There are too many jobs", 409, f"{JOBS_OPEN} are open; finish or cancel some first")
    strange = [lamp for lamp in content.lamps if lamp not in lighting.inventory.row_of]
    if strange:
        raise Refused.of("unknown-lamp", "There is no such lamp", 404, f"no lamp {strange[0]!r} in this city")
    due_us = parse_iso(content.due_at, "due_at") if content.due_at else now_us + DUE_H[content.priority] * 3_600 * US
    if due_us <= now_us:
        raise Refused.of("past", "This time is over", 409, f"it is {iso(now_us)} in the city")
    job = _new_job(lighting, content.kind, content.lamps, content.priority, now_us)
    told = {"entity": content.entity, "fault_id": content.fault_id, "note": content.reason, "due_at_us": due_us}
    job = msgspec.structs.replace(job, **told, position=_position(lighting.inventory, content))
    return job.id, [_event(order, now_us, OPENED, job.id, msgspec.to_builtins(job))]


def _position(inventory: Inventory, content: OpenJob) -> tuple[float, float]:
    """Return where a job is: at its cabinet, else at its first lamp; refuses a cabinet that is not there."""
    if not content.entity:
        return _at_lamp(inventory, content.lamps[0])
    for row in inventory.cabinets:
        if row["id"] == content.entity:
            return float(row["lon"]), float(row["lat"])
    raise Refused.of("unknown-cabinet", "There is no such cabinet", 404, f"no cabinet {content.entity!r} in this city")


def _at_lamp(inventory: Inventory, lamp: str) -> tuple[float, float]:
    row = inventory.row_of[lamp]
    return float(inventory.lon[row]), float(inventory.lat[row])


def _new_job(lighting: Lighting, kind: JobKind, lamps: tuple[str, ...], priority: Priority, now_us: int) -> Job:
    inventory, number = lighting.inventory, lighting.works.next_job()
    street = int(inventory.streets.of_lamp[inventory.row_of[lamps[0]]])
    return Job(
        id=f"j-{number:06d}",
        number=number,
        state="open",
        kind=kind,
        lamps=lamps,
        street=inventory.streets.ids[street],
        position=_at_lamp(inventory, lamps[0]),
        priority=priority,
        opened_at_us=now_us,
        due_at_us=now_us + DUE_H[priority] * 3_600 * US,
    )


def _plan(lighting: Lighting, order: Order, content: PlanJob, now_us: int) -> Answer:
    job = _step_from(lighting, content)
    tours = planning.into_tour(lighting, order, job, content, now_us)
    return job.id, [_to(order, now_us, job, state="planned", crew=content.crew, day=content.day), *tours]


def _unplan(lighting: Lighting, order: Order, content: UnplanJob, now_us: int) -> Answer:
    job = _step_from(lighting, content)
    gone = planning.out_of_tour(lighting, order, job, now_us)
    return job.id, [_to(order, now_us, job, state="open", crew="", day=""), *gone]


def _start(lighting: Lighting, order: Order, content: StartJob, now_us: int) -> Answer:
    job = _step_from(lighting, content)
    return job.id, [_to(order, now_us, job, state="under way")]


def _finish(lighting: Lighting, order: Order, content: FinishJob, now_us: int) -> Answer:
    job = _step_from(lighting, content)
    done_us = parse_iso(content.done_at, "done_at") if content.done_at else now_us
    # The phone's own clock says when; one that runs ahead must not make work come before its time.
    done_us = min(now_us, max(done_us, job.opened_at_us))
    said = {"state": "done", "result": content.result, "note": content.note, "done_at_us": done_us}
    return job.id, [_to(order, now_us, job, **said)]


def _photo(lighting: Lighting, order: Order, content: AddPhoto, now_us: int) -> Answer:
    job = job_named(lighting, content.job)
    if content.photo in job.photos:
        return job.id, []
    if len(job.photos) >= JOB_PHOTOS:
        raise Refused.of("full", "The job has too many photos", 409, f"at most {JOB_PHOTOS}")
    return job.id, [_event(order, now_us, PHOTO, job.id, {"photo": content.photo})]


def _verify(lighting: Lighting, order: Order, content: VerifyJob, now_us: int) -> Answer:
    job = _step_from(lighting, content)
    return job.id, [_to(order, now_us, job, state="verified")]


def _reopen(lighting: Lighting, order: Order, content: ReopenJob, now_us: int) -> Answer:
    job = _step_from(lighting, content)
    due_us = now_us + DUE_H[job.priority] * 3_600 * US
    said = {"state": "reopened", "crew": "", "day": "", "note": content.reason, "due_at_us": due_us}
    return job.id, [_to(order, now_us, job, **said)]


def _cancel(lighting: Lighting, order: Order, content: CancelJob, now_us: int) -> Answer:
    job = _step_from(lighting, content)
    gone = planning.out_of_tour(lighting, order, job, now_us)
    return job.id, [_to(order, now_us, job, state="cancelled", crew="", day="", note=content.reason), *gone]


def _undo(lighting: Lighting, order: Order, content: UndoJob, now_us: int) -> Answer:
    job = job_named(lighting, content.job)
    if job.before is None:
        raise Refused.of("nothing-to-undo", "There is nothing to take back", 409, f"{job.id} is {job.state}")
    step = job.before
    tours = planning.back_into_tour(lighting, order, job, step, now_us)
    back = {"state": step.state, "crew": step.crew, "day": step.day}
    return job.id, [_event(order, now_us, UNDONE, job.id, back), *tours]


def _report(lighting: Lighting, order: Order, content: ReportLamp, now_us: int) -> Answer:
    works, lamp = lighting.works, content.lamp
    if lamp not in lighting.inventory.row_of:
        raise Refused.of("unknown-lamp", "There is no such lamp", 404, f"no lamp {lamp!r} in this city")
    found = match(lighting, lamp, content.what, now_us)
    earlier = [one for one in works.reports_of(lamp, now_us) if one.what == content.what]
    if found.opens and len(works.live_jobs()) >= JOBS_OPEN:
        raise Refused.of("full", "There are too many jobs", 409, f"{JOBS_OPEN} are open; finish or cancel some first")
    report_id, job, events = report_name(order.id), found.job, []
    if found.opens:
        kind: JobKind = content.what if content.what in ("damage", "day-burner") else "lamp"
        job = _new_job(lighting, kind, (lamp,), "urgent" if kind == "damage" else "normal", now_us)
        job = msgspec.structs.replace(job, fault_id=found.fault_id)
        events.append(_event(order, now_us, OPENED, job.id, msgspec.to_builtins(job)))
    report = Report(
        id=report_id,
        number=works.next_report(),
        lamp=lamp,
        what=content.what,
        at_us=now_us,
        outcome=found.outcome,
        job_id=job.id if job else "",
        same_as=earlier[0].id if earlier else "",
    )
    events.append(_event(order, now_us, REPORTED, report_id, msgspec.to_builtins(report)))
    if job and not earlier:
        events.append(_event(order, now_us, REPORTED_ON, job.id, {"report": report_id}))
    return lamp, events


def report_name(order_id: str) -> str:
    """Return the name of the report that an order makes; whoever sent it can ask for it."""
    return "r-" + hashlib.sha256(order_id.encode()).hexdigest()[:16]


def _put_crew(lighting: Lighting, order: Order, content: PutCrew, now_us: int) -> Answer:
    if content.id not in {crew.id for crew in lighting.works.crews} and len(lighting.works.crews) >= CREWS:
        raise Refused.of("full", "There are too many crews", 409, f"at most {CREWS}")
    if not content.begin < content.end:
        times = f"it begins at {content.begin} and ends at {content.end}"
        raise Refused.of("shift", "The shift ends before it begins", 409, times)
    crew = msgspec.convert(msgspec.to_builtins(content), Crew)
    return crew.name, [_event(order, now_us, CREW_PUT, crew.id, msgspec.to_builtins(crew))]


def _remove_crew(lighting: Lighting, order: Order, content: RemoveCrew, now_us: int) -> Answer:
    crew = planning.crew_named(lighting.works, content.id)
    if any(job.crew == crew.id and job.state in LIVE for job in lighting.works.jobs):
        raise Refused.of("busy-crew", "The crew has jobs", 409, f"{crew.name}: give them to another crew first")
    return crew.name, [_event(order, now_us, CREW_REMOVED, crew.id, {})]


def _step_from(lighting: Lighting, content: Any) -> Job:
    job = job_named(lighting, content.job)
    if job.state not in FROM[type(content)]:
        raise Refused.of("job-state", "The job is in another state", 409, f"{job.id} is {job.state}")
    return job


def _event(order: Order, now_us: int, kind: str, subject: str, body: dict[str, Any]) -> Event:
    return Event(now_us, kind, subject, order.actor, order.id, body)


def _to(order: Order, now_us: int, job: Job, **changes: Any) -> Event:
    """Say that a job takes a step; the event is named by the state it leads to."""
    return _event(order, now_us, PREFIX + changes["state"].replace(" ", "-"), job.id, changes)


_RULES: dict[type[Any], Callable[..., Answer]] = {
    OpenJob: _open,
    PlanJob: _plan,
    UnplanJob: _unplan,
    PlanTours: replan.ask,
    SetTours: replan.set_all,
    StartJob: _start,
    FinishJob: _finish,
    AddPhoto: _photo,
    VerifyJob: _verify,
    ReopenJob: _reopen,
    CancelJob: _cancel,
    UndoJob: _undo,
    ReportLamp: _report,
    PutCrew: _put_crew,
    RemoveCrew: _remove_crew,
}
