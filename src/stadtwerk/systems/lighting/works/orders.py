"""What may be ordered of maintenance."""

from __future__ import annotations

from typing import Annotated

import msgspec

from stadtwerk.kernel.limits import CREWS, JOB_LAMPS, TOUR_SEARCH_S, TOUR_STOPS
from stadtwerk.systems.lighting.works.things import JobKind, Priority, Result, Skill, What
from stadtwerk.vocab.lighting import Id, Reason

JobId = Annotated[str, msgspec.Meta(pattern="^j-[0-9]{6,9}$")]
CrewId = Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9-]{0,31}$")]
Day = Annotated[str, msgspec.Meta(pattern="^20[0-9]{2}-[01][0-9]-[0-3][0-9]$")]
Clock = Annotated[str, msgspec.Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Hash = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
Short = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
Moment = Annotated[str, msgspec.Meta(max_length=40, extra_json_schema={"format": "date-time"})]
SomeReason = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]

Minutes = Annotated[int, msgspec.Meta(ge=0, le=120)]
Degrees = tuple[
    Annotated[float, msgspec.Meta(ge=-180, le=180)],
    Annotated[float, msgspec.Meta(ge=-90, le=90)],
]


class OpenJob(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Open a work order about lamps, or about a cabinet and lamps behind it; without `due_at` by its priority."""

    kind: JobKind
    lamps: Annotated[tuple[Id, ...], msgspec.Meta(min_length=1, max_length=JOB_LAMPS)]
    priority: Priority = "normal"
    due_at: Moment = ""
    entity: Annotated[str, msgspec.Meta(max_length=64)] = ""
    fault_id: Annotated[str, msgspec.Meta(max_length=160)] = ""
    reason: Reason = ""


class PlanJob(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Give a job to a crew for a day: at a place in its tour (0 first), or at the end."""

    job: JobId
    crew: CrewId
    day: Day
    place: Annotated[int, msgspec.Meta(ge=0, le=TOUR_STOPS)] | None = None
    reason: Reason = ""


class UnplanJob(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Take a job from its crew and its tour: it is open again."""

    job: JobId
    reason: Reason = ""


class PlanTours(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Plan all tours of a day anew: every open job and every job of that day, within so many seconds of search."""

    day: Day
    seconds: Annotated[float, msgspec.Meta(ge=1, le=TOUR_SEARCH_S)] = 5.0
    reason: Reason = ""


class CrewJobs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The jobs of one crew in the order of its tour."""

    crew: CrewId
    jobs: Annotated[tuple[JobId, ...], msgspec.Meta(max_length=TOUR_STOPS)]


class SetTours(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Set all tours of a day; what is meanwhile done, cancelled or planned for another day is left out."""

    day: Day
    tours: Annotated[tuple[CrewJobs, ...], msgspec.Meta(max_length=CREWS)]
    reason: Reason = ""


class StartJob(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Say that the crew is at work on a job."""

    job: JobId


class FinishJob(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Say that a job is done and how; `done_at` when it was, if the phone had no network then."""

    job: JobId
    result: Result
    done_at: Moment = ""
    note: Reason = ""


class AddPhoto(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Add a photo to a job by its SHA-256; the picture is stored before."""

    job: JobId
    photo: Hash


class VerifyJob(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Say that measurements show the job's work to hold."""

    job: JobId
    reason: Reason = ""


class ReopenJob(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Say that done work does not hold: the job is to be done again."""

    job: JobId
    reason: SomeReason


class CancelJob(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Give a job up."""

    job: JobId
    reason: SomeReason


class UndoJob(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Take a job's newest step back: somebody pressed the wrong button."""

    job: JobId
    reason: Reason = ""


class ReportLamp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Report from the street what is wrong with a lamp; nothing about who reports is asked or kept."""

    lamp: Id
    what: What


class PutCrew(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Set a crew up, or change it: shift and break in the city's clock times, vehicle, skills, where it starts."""

    id: CrewId
    name: Short
    vehicle: Short
    skills: Annotated[tuple[Skill, ...], msgspec.Meta(min_length=1, max_length=3)]
    depot: Degrees
    begin: Clock = "07:00"
    end: Clock = "15:30"
    break_at: Clock = "12:00"
    break_min: Minutes = 30


class RemoveCrew(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Take a crew away that has nothing planned."""

    id: CrewId


ORDERS: dict[str, type[msgspec.Struct]] = {
    "lighting.open-job": OpenJob,
    "lighting.plan-job": PlanJob,
    "lighting.unplan-job": UnplanJob,
    "lighting.plan-tours": PlanTours,
    "lighting.set-tours": SetTours,
    "lighting.start-job": StartJob,
    "lighting.finish-job": FinishJob,
    "lighting.add-photo": AddPhoto,
    "lighting.verify-job": VerifyJob,
    "lighting.reopen-job": ReopenJob,
    "lighting.cancel-job": CancelJob,
    "lighting.undo-job": UndoJob,
    "lighting.report-lamp": ReportLamp,
    "lighting.put-crew": PutCrew,
    "lighting.remove-crew": RemoveCrew,
}
