"""All tours of a day at once: asked for, searched outside the core, set when found."""

from __future__ import annotations

from typing import Any

from stadtwerk.kernel.command import Order
from stadtwerk.kernel.journal import Event
from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting.state import Lighting
from stadtwerk.systems.lighting.works.evolve import PREFIX, TOUR_DROPPED, TOURS_ASKED, TOURS_PLANNED
from stadtwerk.systems.lighting.works.orders import PlanTours, SetTours
from stadtwerk.systems.lighting.works.planning import check_day, check_skill, crew_named, job_named, tour_event
from stadtwerk.systems.lighting.works.things import Job
from stadtwerk.systems.lighting.works.timing import at_us

PLANNABLE = frozenset(("open", "planned", "reopened"))


def ask(lighting: Lighting, order: Order, content: PlanTours, now_us: int) -> tuple[str, list[Event]]:
    """Return the event that asks for a day's tours.

    Refuses a city without crews, a day that is over or too far, and one on which a crew is at work already: then jobs
    are moved one by one.
    """
    crews, zone = list(lighting.works.crews), lighting.inventory.city["timezone"]
    if not crews:
        raise Refused.of("no-crew", "There is no crew", 409, "set one up first")
    for crew in crews:
        check_day(lighting, content.day, crew.end, now_us)
    if any(at_us(content.day, crew.begin, zone) <= now_us for crew in crews):
        raise Refused.of("day", "The day has begun", 409, f"{content.day}: move jobs one by one")
    body = {"seconds": content.seconds}
    return content.day, [Event(now_us, TOURS_ASKED, content.day, order.actor, order.id, body)]


def candidates(lighting: Lighting, day: str) -> list[Job]:
    """Return the jobs that tours of a day may be made of: those open, and those planned for that day."""
    return [job for job in lighting.works.live_jobs() if _is_free(job, day)]


def _is_free(job: Job, day: str) -> bool:
    return job.state in PLANNABLE and (job.state != "planned" or job.day == day)


def set_all(lighting: Lighting, order: Order, content: SetTours, now_us: int) -> tuple[str, list[Event]]:
    """Return the events that set a day's tours; jobs of that day that are in none of them are open again.

    Refuses a day that is over or too far, unknown crews and jobs, a job twice, a crew without the skill, and a tour
    longer than the shift.
    """
    check_day(lighting, content.day, "23:59", now_us)
    named = [job for tour in content.tours for job in tour.jobs]
    if len(set(named)) != len(named) or len({tour.crew for tour in content.tours}) != len(content.tours):
        raise Refused.of("twice", "A job or a crew is named twice", 409, f"{content.day}: each job is in one tour only")
    free = {job.id for job in candidates(lighting, content.day)}
    events: list[Event] = []
    placed: dict[str, str] = {}
    for tour in content.tours:
        crew = crew_named(lighting.works, tour.crew)
        check_day(lighting, content.day, crew.end, now_us)
        jobs = [job for one in tour.jobs if (job := job_named(lighting, one)).id in free]
        for job in jobs:
            check_skill(crew, job)
        placed |= {job.id: crew.id for job in jobs}
        if jobs:
            events.append(tour_event(lighting, order, crew, content.day, [job.id for job in jobs], now_us))
    events += _empty_tours(lighting, order, content.day, set(placed.values()), now_us)
    events += _jobs_follow(lighting, order, content.day, placed, now_us)
    left = [job_id for job_id in sorted(free) if job_id not in placed]
    body: dict[str, Any] = {"left": left, "distance_m": sum(event.body.get("distance_m", 0) for event in events)}
    return content.day, [*events, Event(now_us, TOURS_PLANNED, content.day, order.actor, order.id, body)]


def _empty_tours(lighting: Lighting, order: Order, day: str, busy: set[str], now_us: int) -> list[Event]:
    empty = [tour.id for tour in lighting.works.tours if tour.day == day and tour.crew not in busy]
    return [Event(now_us, TOUR_DROPPED, tour, order.actor, order.id, {}) for tour in empty]


def _jobs_follow(lighting: Lighting, order: Order, day: str, placed: dict[str, str], now_us: int) -> list[Event]:
    events = []
    for job in candidates(lighting, day):
        crew = placed.get(job.id, "")
        state = "planned" if crew else job.state if job.state != "planned" else "open"
        if (crew, state) != (job.crew, job.state):
            told = {"state": state, "crew": crew, "day": day if crew else ""}
            events.append(Event(now_us, PREFIX + state, job.id, order.actor, order.id, told))
    return events
