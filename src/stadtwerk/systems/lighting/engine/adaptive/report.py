"""What light on demand would save in a street, never as one number: beside always on, half-night, lower bound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stadtwerk.systems.lighting.engine.adaptive.bound import Solver, holds
from stadtwerk.systems.lighting.engine.adaptive.influence import Influence
from stadtwerk.systems.lighting.engine.adaptive.reach import CAR, CYCLIST, PEDESTRIAN, around
from stadtwerk.systems.lighting.engine.adaptive.table import Pattern, Steps, Table, canonical

USERS = (CAR, CYCLIST, PEDESTRIAN)
HALF_NIGHT = 0.75
"""A night of 12 h whose light is halved from 23 to 5 o'clock takes so much of always full."""
LEARNT, INSTANTS = 120, 40
"""So many moments of traffic are drawn to learn the table, and so many others to judge it."""


@dataclass(frozen=True, slots=True)
class Savings:
    """Mean power, W of the ring: full class everywhere, half-night, tables, lower bound; states that miss a class."""

    always_w: float
    half_night_w: float
    demand_w: float
    bound_w: float
    violations: int
    instants: int


def savings_of(influence: Influence, steps: Steps, per_hour: Sequence[float], seed: int = 1) -> Savings:
    """Draw moments of traffic (cars, cyclists, walkers an hour), light them by a table, and bound each.

    Refuses a street whose lamps cannot keep the full class.
    """
    table, solver = Table(influence, steps), Solver(influence)
    table.learn(canonical(pattern)[0] for pattern in moments(influence, per_hour, seed, LEARNT))
    judged = moments(influence, per_hour, seed + 1, INSTANTS)
    states = [table.levels(pattern) for pattern in judged]
    bounds: dict[bytes, float] = {}
    for bits in (canonical(pattern)[0] for pattern in judged):
        if bits not in bounds:
            found = solver.solve(steps.of(np.frombuffer(bits, np.uint8) != 0))
            bounds[bits] = found.bound_w if found else 0.0
    always_w = float(influence.power_w @ table.levels(np.ones(influence.fields, np.bool_)))
    return Savings(
        always_w=always_w,
        half_night_w=HALF_NIGHT * always_w,
        demand_w=float(np.mean([influence.power_w @ state for state in states])),
        bound_w=float(np.mean([bounds[canonical(pattern)[0]] for pattern in judged])),
        violations=sum(not holds(influence, steps.of(p), state) for p, state in zip(judged, states, strict=True)),
        instants=len(judged),
    )


def moments(influence: Influence, per_hour: Sequence[float], seed: int, count: int) -> list[Pattern]:
    """Draw which fields need the full class at so many moments far apart: Poisson road users, half of them each way."""
    rng, n, spacing_m = np.random.default_rng(seed), influence.fields, influence.street.spacing_m
    found = []
    for _ in range(count):
        pattern = np.zeros(n, np.bool_)
        for user, rate in zip(USERS, per_hour, strict=True):
            there = rng.poisson(rate / 3600.0 * n * spacing_m / user.speed_m_s)
            places, back = rng.integers(0, n, there), rng.random(there) < (0.5 if influence.street.two_way else 0.0)
            ahead = user.ahead_fields(spacing_m)
            pattern |= around(places[~back], n, ahead) | around(places[back], n, ahead, onward=False)
        found.append(pattern)
    return found
