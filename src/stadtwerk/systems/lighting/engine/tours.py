"""Tours of a day: which crew does which job in which order, by PyVRP's iterated local search.

PyVRP: Wouda, Lan, Kool, *PyVRP: a high-performance VRP solver package*, INFORMS Journal on Computing 36(4), 2024.
Minimises metres driven; a job that fits nowhere is left out at a price above any detour, urgent ones last.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pyvrp
from numpy.typing import NDArray
from pyvrp.IteratedLocalSearch import IteratedLocalSearchCallbacks, IteratedLocalSearchParams
from pyvrp.stop import MaxRuntime

from stadtwerk.systems.lighting.works.timing import METRES_PER_DEGREE, SPEED_M_S

LEFT_OUT_M = 1_000_000
"""Price of leaving a normal job out, metres: more than any tour of a town is long."""
NEVER = 10_000_000
"""Metres and seconds to a job a crew cannot do: longer than any shift."""
DAY_S = 86_400

Matrix = NDArray[np.int64]
Told = Callable[[int, int], None]
"""Told of each better plan: metres driven and jobs left out."""


class Errand(msgspec.Struct, frozen=True):
    """A job to be visited: place in degrees, minutes of work in seconds, latest arrival in seconds of the day."""

    id: str
    lon: float
    lat: float
    service_s: int
    due_s: int
    skill: str
    weight: int = 1


class Shift(msgspec.Struct, frozen=True):
    """A crew's day in seconds from midnight: begin, end, break and from when on it is taken."""

    id: str
    lon: float
    lat: float
    begin_s: int
    end_s: int
    break_s: int
    break_from_s: int
    skills: tuple[str, ...]


class Problem(msgspec.Struct, frozen=True):
    """What is to be planned, how long may be searched (seconds of wall time), and the seed of its chances."""

    errands: tuple[Errand, ...]
    shifts: tuple[Shift, ...]
    seconds: float = 5.0
    seed: int = 1


class Plan(msgspec.Struct, frozen=True):
    """The jobs of each crew in order, what fits nowhere, and the way of all in metres."""

    tours: dict[str, list[str]]
    left: list[str]
    distance_m: int


def solve(problem: Problem, told: Told = lambda metres, left: None) -> Plan:
    """Plan the tours of a day; without errands or shifts there is nothing to search."""
    if not problem.errands or not problem.shifts:
        return Plan({}, [errand.id for errand in problem.errands], 0)
    listener = _Listener(told)
    params = pyvrp.SolveParams(ils=IteratedLocalSearchParams(callbacks=listener))
    stop = MaxRuntime(problem.seconds)
    result = pyvrp.solve(_data(problem), stop, problem.seed, collect_stats=False, display=False, params=params)
    tours = {}
    for route in result.best.routes():
        visits = [step.idx for step in route.schedule() if step.is_client()]
        tours[problem.shifts[route.vehicle_type()].id] = [problem.errands[index].id for index in visits]
    planned = {errand for tour in tours.values() for errand in tour}
    left = [errand.id for errand in problem.errands if errand.id not in planned]
    return Plan(tours, left, result.best.distance()) if result.best.is_feasible() else Plan({}, left, 0)


class _Listener(IteratedLocalSearchCallbacks):
    """Tells of each better plan that can be driven."""

    def __init__(self, told: Told) -> None:
        self._told = told

    def on_best(self, best: Any) -> None:
        """Tell of a better plan."""
        if best.is_feasible():
            self._told(best.distance(), len(best.unplanned()))


def ways(problem: Problem) -> Matrix:
    """Return the way from each place to each, (m + n, m + n) metres: m depots first, then n errands (Manhattan)."""
    depots = [(shift.lon, shift.lat) for shift in problem.shifts]
    places = np.array([*depots, *((errand.lon, errand.lat) for errand in problem.errands)], np.float64)
    lon, lat = places.T
    east = np.abs(lon[:, None] - lon) * np.cos(np.radians((lat[:, None] + lat) / 2))
    metres = (east + np.abs(lat[:, None] - lat)) * METRES_PER_DEGREE
    return np.asarray(np.rint(metres), np.int64)


def latest_s(problem: Problem) -> list[int]:
    """Return until when each errand may begin, seconds of the day.

    Breaks are kept outside the search: a shift ends, and what is due after a break may begin, earlier by the longest
    break, so that a tour holds wherever its break falls. What is due before any crew is at work is late anyhow.
    """
    pause_s = max(shift.break_s for shift in problem.shifts)
    from_s = min(shift.break_from_s for shift in problem.shifts)
    first_s = min(shift.begin_s for shift in problem.shifts)
    latest = [one.due_s if one.due_s < from_s else one.due_s - pause_s for one in problem.errands]
    return [DAY_S if due_s <= first_s else min(due_s, DAY_S) for due_s in latest]


def _data(problem: Problem) -> pyvrp.ProblemData:
    metres, m = ways(problem), len(problem.shifts)
    seconds = np.asarray(np.rint(metres / SPEED_M_S), np.int64)
    skills = sorted({shift.skills for shift in problem.shifts})
    masks = [
        np.array([False] * m + [errand.skill not in able for errand in problem.errands], np.bool_) for able in skills
    ]
    places = [pyvrp.Location(x=0, y=0) for _ in range(len(metres))]
    clients = [
        pyvrp.Client(
            location=m + index,
            service_duration=errand.service_s,
            tw_late=due_s,
            prize=LEFT_OUT_M * errand.weight,
            required=False,
        )
        for index, (errand, due_s) in enumerate(zip(problem.errands, latest_s(problem), strict=True))
    ]
    vehicles = [
        pyvrp.VehicleType(
            start_depot=row,
            end_depot=row,
            tw_early=shift.begin_s,
            tw_late=shift.end_s - shift.break_s,
            # A tour begins with the shift: its times are told so, and nobody waits at the depot.
            start_late=shift.begin_s,
            profile=skills.index(shift.skills),
        )
        for row, shift in enumerate(problem.shifts)
    ]
    depots = [pyvrp.Depot(location=row) for row in range(m)]
    ways_m: list[Any] = [_closed(metres, mask) for mask in masks]
    ways_s: list[Any] = [_closed(seconds, mask) for mask in masks]
    return pyvrp.ProblemData(places, clients, depots, vehicles, ways_m, ways_s)


def _closed(matrix: Matrix, mask: NDArray[np.bool_]) -> Matrix:
    """Return a matrix in which nobody gets to the places of a mask."""
    kept = matrix.copy()
    kept[:, mask] = NEVER
    np.fill_diagonal(kept, 0)
    return kept
