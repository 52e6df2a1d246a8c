"""When a crew is where: the times of a tour from the order of its stops."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from math import cos, radians
from zoneinfo import ZoneInfo

from stadtwerk.kernel.clock import US
from stadtwerk.systems.lighting.works.things import SERVICE_MIN, Crew, Job, Stop, Tour, tour_id

SPEED_M_S = 7.0
"""Mean speed between stops in a town, 25 km/h with lights and parking; an estimate."""
METRES_PER_DEGREE = 111_195.0
"""Length of a degree of latitude on a sphere of 6,371 km."""
BREAK_SLACK_S = 1_800
"""The break begins at the first end of a job from half an hour before its time on."""

Place = tuple[float, float]


def road_m(one: Place, other: Place) -> int:
    """Return the way between two places (longitude, latitude, degrees) along a grid of streets, metres (Manhattan)."""
    east = abs(one[0] - other[0]) * cos(radians((one[1] + other[1]) / 2))
    return round((east + abs(one[1] - other[1])) * METRES_PER_DEGREE)


def at_us(day: str, clock: str, zone: str) -> int:
    """Return when the city's clocks show a time on a day, microseconds UTC."""
    local = datetime.combine(date.fromisoformat(day), time.fromisoformat(clock), ZoneInfo(zone))
    return round(local.timestamp()) * US


def timed(crew: Crew, day: str, jobs: Sequence[Job], zone: str, now_us: int) -> Tour:
    """Return the tour that visits jobs in this order: drive, work, one break, drive back to the depot."""
    here, clock_us, way_m = crew.depot, at_us(day, crew.begin, zone), 0
    break_from_us = at_us(day, crew.break_at, zone) - BREAK_SLACK_S * US
    break_at_us, stops = 0, []
    for job in jobs:
        step_m = road_m(here, job.position)
        arrive_us = clock_us + round(step_m / SPEED_M_S) * US
        clock_us = arrive_us + SERVICE_MIN[job.kind] * 60 * US
        stops.append(Stop(job.id, arrive_us, clock_us))
        if not break_at_us and crew.break_min and clock_us >= break_from_us:
            break_at_us = clock_us
            clock_us += crew.break_min * 60 * US
        here, way_m = job.position, way_m + step_m
    home_m = road_m(here, crew.depot)
    back_us = clock_us + round(home_m / SPEED_M_S) * US
    return Tour(
        id=tour_id(day, crew.id),
        crew=crew.id,
        day=day,
        stops=tuple(stops),
        break_at_us=break_at_us,
        back_at_us=back_us,
        distance_m=way_m + home_m,
        planned_at_us=now_us,
    )
