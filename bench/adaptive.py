"""Light on demand on the ring street of the field brief: controller beside bound and usual programs; ticks.

    python bench/adaptive.py [--json] [--hours N] [--no-night]

Ring of 30 lamps x 35 m, H 8 m, one road luminaire, two lanes, M4 around road users, M6 elsewhere, Poisson arrivals,
cars with 4 fields ahead and 1 behind. Tables are learnt from one stream of traffic and judged on another one; every
pattern is bounded by its own program; every state and every fade between two is held against its classes, no tolerance.
"""

from __future__ import annotations

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # one core is one core

import sys
import time
from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np

sys.path[:0] = [str(Path(__file__).parent)]
from figure import publish
from stadtwerk.systems.lighting.engine.adaptive.bound import Solver, holds
from stadtwerk.systems.lighting.engine.adaptive.influence import influence_of
from stadtwerk.systems.lighting.engine.adaptive.reach import CAR, CYCLIST, PEDESTRIAN, around
from stadtwerk.systems.lighting.engine.adaptive.table import Steps, Table, canonical
from stadtwerk.systems.lighting.engine.adaptive.tick import Light, make_city, tick
from stadtwerk.systems.lighting.engine.adaptive.tick_fast import fastest_tick
from stadtwerk.systems.lighting.engine.en13201.generated import generated_luminaire
from stadtwerk.systems.lighting.engine.en13201.street import Row, Street
from stadtwerk.systems.lighting.engine.en13201.surface import surface

FIELDS, SPACING_M = 30, 35.0
LIGHT = generated_luminaire("even", 9_000.0, 70.0)
STREET = Street(SPACING_M, 7.0, 2, (Row(LIGHT, -0.5, 8.0),), surface("R3"))
STEPS = Steps({"carriageway": "M4"}, {"carriageway": "M6"})
USERS = (CAR, CYCLIST, PEDESTRIAN)
HALF_NIGHT = 0.75
"""A night of 12 h that is halved for 6 h takes so much of always full."""
LEARN_HOURS, PATTERNS = 24.0, 1_500
STREETS = 1_667
DAY_SHARE = (1.0, 0.8, 0.5, 0.3, 0.2, 0.1, 0.1, 0.1, 0.2, 0.4, 0.8, 1.0)
"""Traffic of each hour of the night, 18 to 6, as a share of its highest."""


def option(name: str, usual: float) -> float:
    """Return a number from the command line."""
    return float(sys.argv[sys.argv.index(name) + 1]) if name in sys.argv else usual


def patterns(rates: tuple[float, float, float], hours: float, seed: int) -> list[np.ndarray]:
    """Return the fields that need the full class, second by second, for arrivals an hour of cars, cyclists, walkers.

    Each enters somewhere on the ring, drives or walks once around, and leaves.
    """
    rng, seconds = np.random.default_rng(seed), int(hours * 3600)
    wanted = np.zeros((seconds, FIELDS), bool)
    for user, rate in zip(USERS, rates, strict=True):
        stay_s = FIELDS * SPACING_M / user.speed_m_s
        arrivals = rng.poisson(rate * (hours + stay_s / 3600))
        for begin, place in zip(rng.uniform(-stay_s, seconds, arrivals), rng.uniform(0, 1e4, arrivals), strict=True):
            at_s = np.arange(max(int(np.ceil(begin)), 0), min(int(begin + stay_s), seconds))
            fields = ((place + (at_s - begin) * user.speed_m_s) // SPACING_M).astype(np.int64)
            span = np.arange(-1, user.ahead_fields(SPACING_M) + 1)
            wanted[at_s[:, None], (fields[:, None] + span) % FIELDS] = True
    return list(wanted)


@cache
def ring() -> tuple[Table, Solver]:
    """Return the ring's table, empty but for its two ends, and a solver for bounds."""
    influence = influence_of(STREET, FIELDS)
    return Table(influence, STEPS), Solver(influence)


BOUNDS: dict[bytes, float] = {}


def bound_w(bits: bytes) -> float:
    """Return the lower bound of a canonical pattern."""
    if bits not in BOUNDS:
        found = ring()[1].solve(STEPS.of(np.frombuffer(bits, np.uint8) != 0))
        assert found is not None
        BOUNDS[bits] = found.bound_w
    return BOUNDS[bits]


def street(rates: tuple[float, float, float], allowed: float) -> None:
    """Learn, run, bound and judge one mix of traffic."""
    table, hours = ring()[0], option("--hours", 1.0)
    name = f"ring, {rates[0]:g} cars, {rates[1]:g} cyclists, {rates[2]:g} walkers an hour"
    seen = Counter(canonical(one)[0] for one in patterns(rates, LEARN_HOURS, 1))
    table.learn([bits for bits, _ in seen.most_common(PATTERNS)])
    night = patterns(rates, hours, 2)
    always = bound_w(np.ones(FIELDS, np.uint8).tobytes())
    levels = np.array([table.levels(one) for one in night])
    power = levels @ table.influence.power_w
    fading = (power[1:] + power[:-1]) / 2  # lamps fade within the second
    reached = 100 * fading.mean() / always
    least = 100 * float(np.mean([bound_w(canonical(one)[0]) for one in night])) / always
    bubble = 100 * float(np.mean([_bubble_w(one) for one in night])) / always
    publish(f"{name}: controller, % of always M4", reached, "%", peer="lower bound", peer_value=least)
    publish(f"{name}: points above the bound", reached - least, "", peer="allowed", peer_value=allowed)
    publish(
        f"{name}: bubbles of even levels, which miss classes",
        bubble,
        "%",
        peer="half-night",
        peer_value=100 * HALF_NIGHT,
    )
    publish(f"{name}: violations", violations(night, levels), "", peer="states held", peer_value=len(night))


def _bubble_w(pattern: np.ndarray) -> float:
    ends = [bound_w(np.full(FIELDS, value, np.uint8).tobytes()) for value in (0, 1)]
    return float(ends[0] + (ends[1] - ends[0]) * pattern.mean())


def violations(night: list[np.ndarray], levels: np.ndarray) -> int:
    """Count states that miss a class: each second, and the middle of each fade, where the lower class of both holds."""
    influence, judged, missed = ring()[0].influence, {}, 0
    for now, then, here, there in zip(night, night[1:], levels, levels[1:], strict=False):
        for pattern, state in ((now, here), (now & then, (here + there) / 2)):
            key = pattern.tobytes() + state.tobytes()
            if key not in judged:
                judged[key] = holds(influence, STEPS.of(pattern), state)
            missed += not judged[key]
    return missed


def ticks() -> None:
    """Time the tick of 50,000 lamps in NumPy and compiled, and compare the results."""
    reaches = [(user.ahead_fields(SPACING_M), True) for user in USERS]
    city = make_city([ring()[0]], [0] * STREETS, reaches)
    rng = np.random.default_rng(3)
    bits = 1 << rng.integers(0, 3, (40, len(city)))
    present = np.where(rng.random((40, len(city))) < 0.03, bits, 0).astype(np.uint8)
    ways, lights = (tick, fastest_tick()), []
    for way, allowed_ms in zip(ways, (15.0, 2.5), strict=True):
        light = Light(np.zeros(len(city)), np.zeros(len(city)))
        way(city, light, present[0])
        took = []
        for one in present[1:]:
            began = time.perf_counter()
            way(city, light, one)
            took.append(1e3 * (time.perf_counter() - began))
        name = "in NumPy" if way is tick else "compiled by numba"
        what = f"tick of {len(city)} lamps, {len(city.source)} edges, {name}, median"
        publish(what, float(np.median(took)), "ms", peer="bound", peer_value=allowed_ms)
        lights.append(light)
    same = all(np.array_equal(getattr(lights[0], part), getattr(lights[1], part)) for part in ("level", "energy_ws"))
    publish("both ticks give the same to the bit", float(same), "", peer="wanted", peer_value=1.0)


def night() -> None:
    """Run 12 hours of the whole city second by second, traffic and all."""
    reaches = [(user.ahead_fields(SPACING_M), True) for user in USERS]
    city, table, way = make_city([ring()[0]], [0] * STREETS, reaches), ring()[0], fastest_tick()
    light = Light(np.full(len(city), float(table.levels(np.zeros(FIELDS, bool))[0])), np.zeros(len(city)))
    rng, began, trips = np.random.default_rng(4), time.perf_counter(), 0
    highest = rng.choice([4.0, 20.0, 60.0], STREETS, p=[0.7, 0.2, 0.1])  # cars an hour: side, collecting, main streets
    speed, stay = np.array([user.speed_m_s for user in USERS]), FIELDS * SPACING_M
    on, at, kind = (np.zeros(0, kind) for kind in (np.int64, float, np.int64))
    for second in range(12 * 3600):
        mean = highest.sum() * DAY_SHARE[second // 3600] / 3600
        new = rng.poisson(mean)
        trips += new
        keep = at < stay
        on = np.append(on[keep], rng.choice(STREETS, new, p=highest / highest.sum()) if new else np.zeros(0, np.int64))
        kind = np.append(kind[keep], rng.choice(3, new, p=[0.8, 0.1, 0.1]))
        at = np.append(at[keep], np.zeros(new)) + speed[kind]
        present = np.zeros(len(city), np.uint8)
        np.bitwise_or.at(
            present, on * FIELDS + (at // SPACING_M).astype(np.int64) % FIELDS, (1 << kind).astype(np.uint8)
        )
        way(city, light, present)
    took_s = time.perf_counter() - began
    always = 12 * 3600 * bound_w(np.ones(FIELDS, np.uint8).tobytes()) * STREETS
    publish(f"night of 12 h at 1 s, {len(city)} lamps, {trips} trips", took_s, "s", peer="bound", peer_value=45.0)
    share = 100 * light.energy_ws.sum() / always
    publish("that night's energy, % of always M4", share, "%", peer="half-night", peer_value=100 * HALF_NIGHT)
    asked = 12 * 3600 * STREETS
    publish("street-seconds without a table entry (lit in full)", light.misses, "", peer="of", peer_value=asked)


def main() -> None:
    """Publish all figures."""
    assert around(np.array([0]), FIELDS, 4).sum() == 6
    for cars in (2.0, 10.0, 60.0, 120.0, 300.0):
        street((cars, 0.0, 0.0), 1.0 if cars <= 60 else 3.0)
    street((60.0, 20.0, 20.0), 1.0)
    street((300.0, 20.0, 20.0), 3.0)
    ticks()
    if "--no-night" not in sys.argv:
        night()


if __name__ == "__main__":
    main()
