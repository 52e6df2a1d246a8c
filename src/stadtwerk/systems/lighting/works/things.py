"""What maintenance keeps: work orders, citizens' reports, crews, tours.

German words follow BelIS, the asset system of German municipal lighting: a report is a *Veranlassung*, a job an
*Arbeitsauftrag*, what was done the *Arbeitsprotokoll*.
"""

from __future__ import annotations

from typing import Literal

import msgspec

JobKind = Literal["lamp", "day-burner", "damage", "circuit", "cabinet", "cable", "inspection"]
JobState = Literal["open", "planned", "under way", "done", "verified", "reopened", "cancelled"]
Priority = Literal["urgent", "high", "normal"]
Skill = Literal["electric", "lift", "cable"]
Result = Literal["repaired", "replaced", "made-safe", "no-fault-found"]
What = Literal["dark", "day-burner", "flickering", "damage"]
Outcome = Literal["new", "known", "lit", "off", "outage"]

LIVE: frozenset[str] = frozenset(("open", "planned", "under way", "reopened"))
"""States in which somebody still has to do something."""

DUE_H: dict[str, int] = {"urgent": 4, "high": 24, "normal": 72}
"""Hours from opening to due: as the alarm table says, three days for a lamp, today at a crossing."""

SERVICE_MIN: dict[str, int] = {
    "lamp": 30,
    "day-burner": 20,
    "damage": 60,
    "circuit": 45,
    "cabinet": 60,
    "cable": 90,
    "inspection": 15,
}
"""Minutes of work on the spot by kind; estimates, and no more than a beginning for a tour."""

SKILL_OF: dict[str, Skill] = {
    "lamp": "lift",
    "day-burner": "lift",
    "damage": "lift",
    "circuit": "electric",
    "cabinet": "electric",
    "cable": "cable",
    "inspection": "electric",
}
"""What a crew must be able to do: work from a lift, switch and measure, open the ground."""


class Step(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a job was before its newest step, so that an error can be taken back."""

    state: JobState
    crew: str = ""
    day: str = ""


class Job(msgspec.Struct, frozen=True, omit_defaults=True):
    """A work order: what is to be done, where, until when (`due_at_us`, UTC), by whom and on which day."""

    id: str
    number: int
    state: JobState
    kind: JobKind
    lamps: tuple[str, ...]
    street: str
    position: tuple[float, float]
    """Longitude and latitude, degrees WGS84."""
    priority: Priority
    opened_at_us: int
    due_at_us: int
    entity: str = ""
    """A cabinet, where the job is about one."""
    fault_id: str = ""
    report_ids: tuple[str, ...] = ()
    crew: str = ""
    day: str = ""
    """The local day it is planned for, ISO 8601."""
    photos: tuple[str, ...] = ()
    """SHA-256 of each photo; the pictures lie outside the journal."""
    result: str = ""
    note: str = ""
    changed_at_us: int = 0
    done_at_us: int = 0
    before: Step | None = None


class Report(msgspec.Struct, frozen=True, omit_defaults=True):
    """What somebody in the street told of a lamp; who, is not known: no name, no address, no free text."""

    id: str
    number: int
    lamp: str
    what: What
    at_us: int
    outcome: Outcome
    job_id: str = ""
    same_as: str = ""
    """An earlier report of the same lamp within the window."""


class Crew(msgspec.Struct, frozen=True):
    """Who drives: a shift and a break in the city's clock times, a vehicle, skills, and where the day begins."""

    id: str
    name: str
    vehicle: str
    skills: tuple[Skill, ...]
    begin: str
    end: str
    break_at: str
    break_min: int
    depot: tuple[float, float]
    """Longitude and latitude, degrees WGS84."""


class Stop(msgspec.Struct, frozen=True):
    """A job on a tour, with the planned arrival and end of work, microseconds UTC."""

    job: str
    arrive_at_us: int
    leave_at_us: int


class Tour(msgspec.Struct, frozen=True):
    """A crew's day: stops in order, the break (0 = none), the way in metres and the return to the depot."""

    id: str
    crew: str
    day: str
    stops: tuple[Stop, ...]
    break_at_us: int
    back_at_us: int
    distance_m: int
    planned_at_us: int


class Planning(msgspec.Struct, frozen=True):
    """A day's tours as they are being planned: asked, planned (with what fits nowhere and the way), or failed."""

    id: str
    state: Literal["asked", "planned", "failed"]
    seconds: float
    left: tuple[str, ...] = ()
    distance_m: int = 0


def tour_id(day: str, crew: str) -> str:
    """Name a crew's tour of a day."""
    return f"{day}:{crew}"
