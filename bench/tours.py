"""Tours of 100 jobs at real lamps: 5 s of search beside 60 s of the same engine, and beside nearest neighbour.

    python bench/tours.py [--lamps FILE.csv] [--seeds N] [--json]

FILE is a list of lamps with columns `longitude`, `latitude` (or `centrLon`, `centrLat`), degrees, such as Washington's
of `tests/cities/lamp_list`; without it the default city's lamps are taken. Ten crews with shifts of 8 h, a break
of half an hour in them, start from one depot in the middle; each job takes 30 min; one in ten is due at 10:00, one in
five at 13:00. Manhattan ways at 25 km/h.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from msgspec.structs import replace

from figure import publish
from stadtwerk.app.folder import open_folder
from stadtwerk.app.up import default_city
from stadtwerk.systems.lighting.engine.tours import Errand, Plan, Problem, Shift, solve, ways
from stadtwerk.systems.lighting.inventory import read_inventory

JOBS, CREWS, WORK_S, HOUR = 100, 10, 1800, 3600
SPEED_M_S = 7.0
COLUMNS = (("longitude", "latitude"), ("centrLon", "centrLat"), ("lon", "lat"))
ALLOWED = 1.02
"""Beside the long search: 2 % above it at most."""


def main() -> None:
    """Plan, judge each plan by its own arithmetic, publish."""
    seeds = int(sys.argv[sys.argv.index("--seeds") + 1]) if "--seeds" in sys.argv else 1
    for seed in range(1, seeds + 1):
        problem = drawn(seed)
        quick, long, greedy = solve(problem), solve(replace(problem, seconds=60.0)), nearest_neighbour(problem)
        for name, plan in (("5 s", quick), ("60 s", long), ("nearest neighbour", greedy)):
            broken = sum(judged(problem, plan).values())
            publish(f"seed {seed}, {name}: windows and shifts broken", broken, "", peer="allowed", peer_value=0)
            publish(f"seed {seed}, {name}: jobs left out", len(plan.left), "", peer="of", peer_value=JOBS)
        peers = (("60 s", long, 1.0), ("60 s + 2 %", long, ALLOWED), ("nearest neighbour", greedy, 1.0))
        for peer, plan, allowed in peers:
            peer_km = plan.distance_m * allowed / 1000
            publish(f"seed {seed}, way, 5 s", quick.distance_m / 1000, "km", peer=peer, peer_value=peer_km)


def drawn(seed: int) -> Problem:
    """Draw jobs from the lamps."""
    places, chance = lamps(), np.random.default_rng(seed)
    chosen = places[chance.choice(len(places), JOBS, replace=False)]
    due_s = chance.choice([10 * HOUR, 13 * HOUR, 48 * HOUR], JOBS, p=[0.1, 0.2, 0.7])
    errands = tuple(
        Errand(f"e{number}", float(lon), float(lat), WORK_S, int(due), "lift")
        for number, ((lon, lat), due) in enumerate(zip(chosen, due_s, strict=True))
    )
    lon, lat = (float(value) for value in np.median(places, axis=0))
    day = {"begin_s": 7 * HOUR, "end_s": 15 * HOUR, "break_s": 1800, "break_from_s": 11 * HOUR + 1800}
    shifts = tuple(Shift(f"c{number}", lon, lat, skills=("lift",), **day) for number in range(CREWS))
    return Problem(errands, shifts, seconds=5.0, seed=seed)


def lamps() -> np.ndarray:
    """Return the places of lamps, (n, 2) longitude and latitude in degrees."""
    if "--lamps" not in sys.argv:
        inventory = read_inventory(open_folder(default_city(Path("var"), seed=1)))
        return np.column_stack((inventory.lon, inventory.lat))
    with Path(sys.argv[sys.argv.index("--lamps") + 1]).open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    x, y = next((x, y) for x, y in COLUMNS if x in rows[0])
    return np.array([(float(row[x]), float(row[y])) for row in rows if row[x] and row[y]], np.float64)


def nearest_neighbour(problem: Problem) -> Plan:
    """Plan as a foreman without a machine: each crew goes to the nearest job that still fits, the urgent ones first."""
    metres, m = ways(problem), len(problem.shifts)
    left, tours, way = set(range(JOBS)), {}, 0
    for row, shift in enumerate(problem.shifts):
        here, clock, rested, tour = row, float(shift.begin_s), False, []
        while found := min(_fitting(problem, metres, row, left, (here, clock, rested)), default=None):
            _, step, job, clock, rested = found
            way, here = way + step, m + job
            left.remove(job)
            tour.append(problem.errands[job].id)
        way += int(metres[here, row])
        tours[shift.id] = tour
    return Plan(tours, [problem.errands[job].id for job in sorted(left)], way)


def _fitting(
    problem: Problem, metres: np.ndarray, row: int, left: set[int], now: tuple[int, float, bool]
) -> Iterator[tuple[int, int, int, float, bool]]:
    """Give the jobs a crew can still do in time: when due, how far, which, when it leaves, whether it has rested."""
    (here, clock, rested), shift, m = now, problem.shifts[row], len(problem.shifts)
    for job in left:
        errand = problem.errands[job]
        arrive = clock + metres[here, m + job] / SPEED_M_S
        done = arrive + errand.service_s
        rests = not rested and done >= shift.break_from_s
        done += shift.break_s * rests
        if arrive <= errand.due_s and done + metres[m + job, row] / SPEED_M_S <= shift.end_s:
            yield errand.due_s, int(metres[here, m + job]), job, done, rested or rests


def judged(problem: Problem, plan: Plan) -> Counter[str]:
    """Drive each tour minute by minute and count what does not hold: late arrivals, long shifts, jobs done twice."""
    place = {errand.id: row + len(problem.shifts) for row, errand in enumerate(problem.errands)}
    metres, found, seen = ways(problem), Counter[str](), Counter[str]()
    for row, shift in enumerate(problem.shifts):
        here, clock, rested = row, float(shift.begin_s), False
        for job in plan.tours.get(shift.id, []):
            clock += metres[here, place[job]] / SPEED_M_S
            errand = problem.errands[place[job] - len(problem.shifts)]
            found["late"] += clock > errand.due_s
            clock += errand.service_s
            if not rested and clock >= shift.break_from_s:
                clock, rested = clock + shift.break_s, True
            here = place[job]
            seen[job] += 1
        found["overtime"] += clock + metres[here, row] / SPEED_M_S > shift.end_s
    found["twice"] = sum(times > 1 for times in seen.values())
    return found


if __name__ == "__main__":
    main()
