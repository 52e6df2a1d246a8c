"""A day's jobs and crews as the problem that the tour engine solves."""

from __future__ import annotations

from stadtwerk.kernel.clock import US
from stadtwerk.systems.lighting.engine.tours import Errand, Problem, Shift
from stadtwerk.systems.lighting.state import Lighting
from stadtwerk.systems.lighting.works.replan import candidates
from stadtwerk.systems.lighting.works.things import SERVICE_MIN, SKILL_OF, Crew, Job
from stadtwerk.systems.lighting.works.timing import BREAK_SLACK_S, at_us

WEIGHT = {"urgent": 4, "high": 2, "normal": 1}
"""What it costs to leave a job for another day, against a normal one."""


def problem_of(lighting: Lighting, day: str, seconds: float) -> Problem:
    """Return what is to be planned for a day: jobs, shifts, seconds of search."""
    zone, crews = lighting.inventory.city["timezone"], list(lighting.works.crews)
    midnight_us = at_us(day, "00:00", zone)
    errands = tuple(_errand(job, midnight_us) for job in candidates(lighting, day))
    return Problem(errands, tuple(_shift(crew, day, zone, midnight_us) for crew in crews), seconds)


def _errand(job: Job, midnight_us: int) -> Errand:
    lon, lat = job.position
    due_s = (job.due_at_us - midnight_us) // US
    return Errand(job.id, lon, lat, SERVICE_MIN[job.kind] * 60, due_s, SKILL_OF[job.kind], WEIGHT[job.priority])


def _shift(crew: Crew, day: str, zone: str, midnight_us: int) -> Shift:
    lon, lat = crew.depot
    clocks = (crew.begin, crew.end, crew.break_at)
    begin_s, end_s, rest_s = ((at_us(day, clock, zone) - midnight_us) // US for clock in clocks)
    return Shift(crew.id, lon, lat, begin_s, end_s, crew.break_min * 60, rest_s - BREAK_SLACK_S, crew.skills)
