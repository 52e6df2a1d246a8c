"""Jobs into tours and out of them: every change gives the whole tour anew, with its times."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from stadtwerk.kernel.clock import US
from stadtwerk.kernel.command import Order
from stadtwerk.kernel.journal import Event
from stadtwerk.kernel.limits import PLAN_DAYS, TOUR_STOPS
from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting.state import Lighting
from stadtwerk.systems.lighting.works.evolve import TOUR_DROPPED, TOUR_SET
from stadtwerk.systems.lighting.works.orders import PlanJob
from stadtwerk.systems.lighting.works.state import Works
from stadtwerk.systems.lighting.works.things import SKILL_OF, Crew, Job, Step, tour_id
from stadtwerk.systems.lighting.works.timing import at_us, timed


def into_tour(lighting: Lighting, order: Order, job: Job, content: PlanJob, now_us: int) -> list[Event]:
    """Return the events that put a job into a crew's tour and take it out of the one it was in.

    Refuses an unknown crew, one without the skill, a day that is over or too far, and a tour longer than the shift.
    """
    crew = crew_named(lighting.works, content.crew)
    check_day(lighting, content.day, crew.end, now_us)
    check_skill(crew, job)
    left = [] if (job.crew, job.day) == (crew.id, content.day) else out_of_tour(lighting, order, job, now_us)
    ids = [one for one in stops_of(lighting.works, content.day, crew.id) if one != job.id]
    place = len(ids) if content.place is None else content.place
    ids.insert(place, job.id)
    return [*left, tour_event(lighting, order, crew, content.day, ids, now_us)]


def out_of_tour(lighting: Lighting, order: Order, job: Job, now_us: int) -> list[Event]:
    """Return the event that takes a job out of the tour it is planned in; none if it is in none."""
    works = lighting.works
    ids = stops_of(works, job.day, job.crew)
    if job.id not in ids:
        return []
    ids.remove(job.id)
    crew = works.crews.get(job.crew)
    if not ids or crew is None:
        return [Event(now_us, TOUR_DROPPED, tour_id(job.day, job.crew), order.actor, order.id, {})]
    return [tour_event(lighting, order, crew, job.day, ids, now_us)]


def back_into_tour(lighting: Lighting, order: Order, job: Job, step: Step, now_us: int) -> list[Event]:
    """Return the events that set the tours as a job's earlier state asks for."""
    if step.crew and job.id not in stops_of(lighting.works, step.day, step.crew):
        return into_tour(lighting, order, job, PlanJob(job.id, step.crew, step.day), now_us)
    if not step.crew and job.crew:
        return out_of_tour(lighting, order, job, now_us)
    return []


def tour_event(lighting: Lighting, order: Order, crew: Crew, day: str, ids: list[str], now_us: int) -> Event:
    """Return the event that sets a crew's tour; refuses one that is longer than the shift or has too many stops."""
    if len(ids) > TOUR_STOPS:
        raise Refused.of("full", "The tour has too many stops", 409, f"at most {TOUR_STOPS}")
    zone = lighting.inventory.city["timezone"]
    jobs = [job for one in ids if (job := lighting.works.jobs.get(one))]
    tour = timed(crew, day, jobs, zone, now_us)
    over_us = tour.back_at_us - at_us(day, crew.end, zone)
    if over_us > 0:
        late = f"{crew.name} would be back {over_us // (60 * US)} min after the shift"
        raise Refused.of("shift", "The tour is longer than the shift", 409, late)
    body: dict[str, Any] = msgspec.to_builtins(tour)
    return Event(now_us, TOUR_SET, tour.id, order.actor, order.id, body)


def crew_named(works: Works, crew_id: str) -> Crew:
    """Return a crew; refuses an unknown one (404)."""
    no = f"no crew {crew_id!r} in this city"
    return works.crews.named(crew_id, Refused.of("unknown-crew", "There is no such crew", 404, no))


def stops_of(works: Works, day: str, crew: str) -> list[str]:
    """Return the jobs of a crew's tour in order."""
    tour = works.tours.get(tour_id(day, crew))
    return [stop.job for stop in tour.stops] if tour else []


def job_named(lighting: Lighting, job_id: str) -> Job:
    """Return a job; refuses an unknown one (404)."""
    no = f"no job {job_id!r} in this city"
    return lighting.works.jobs.named(job_id, Refused.of("unknown-job", "There is no such job", 404, no))


def check_skill(crew: Crew, job: Job) -> None:
    """Refuse a job that a crew cannot do."""
    if SKILL_OF[job.kind] not in crew.skills:
        raise Refused.of("skill", "The crew cannot do this", 409, f"{crew.name} lacks: {SKILL_OF[job.kind]}")


def check_day(lighting: Lighting, day: str, end: str, now_us: int) -> None:
    """Refuse a day that does not exist, that is over by the clock time of its end, or that is too far ahead."""
    try:
        wanted = date.fromisoformat(day)
    except ValueError as error:
        raise Refused.of("day", "There is no such day", 409, f"no such day: {day}") from error
    zone = lighting.inventory.city["timezone"]
    last = datetime.fromtimestamp(now_us // US, ZoneInfo(zone)).date() + timedelta(days=PLAN_DAYS)
    if wanted > last or at_us(day, end, zone) <= now_us:
        raise Refused.of("day", "Nothing is planned for this day", 409, f"{day}: between now and {last}")
