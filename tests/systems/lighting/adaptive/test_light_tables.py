"""Tables by pattern, and the tick in both ways against a third that is written down plainly."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting.engine.adaptive import table as tables
from stadtwerk.systems.lighting.engine.adaptive import tick_fast
from stadtwerk.systems.lighting.engine.adaptive.bound import holds
from stadtwerk.systems.lighting.engine.adaptive.reach import CAR, CYCLIST, PEDESTRIAN, around
from stadtwerk.systems.lighting.engine.adaptive.table import Steps, Table, canonical, shortest_gap
from stadtwerk.systems.lighting.engine.adaptive.tick import City, Light, make_city, tick
from systems.lighting.adaptive.streets import M4, M6, ring, table

PATTERN = st.lists(st.booleans(), min_size=30, max_size=30).map(np.array)
REACHES = [(4, True), (4, False), (2, True)]


@given(PATTERN, st.integers(0, 29))
def test_turned_patterns_are_one(pattern: np.ndarray, turn: int) -> None:
    """The canonical form forgets the turn and remembers how to come back."""
    bits, back = canonical(pattern)
    assert canonical(np.roll(pattern, turn))[0] == bits
    assert (np.roll(np.frombuffer(bits, np.uint8) != 0, back) == pattern).all()


@settings(max_examples=20, deadline=None)
@given(PATTERN, PATTERN, st.floats(0, 1), st.integers(0, 29))
def test_no_pattern_and_no_fade_misses_a_class(one: np.ndarray, other: np.ndarray, share: float, turn: int) -> None:
    """Known or not, a pattern keeps its classes; half-way to another one the lower class of both holds."""
    here, there = table().levels(one), table().levels(other)
    assert holds(ring(), table().steps.of(one), here)
    assert holds(ring(), table().steps.of(one & other), here + (there - here) * share)
    assert holds(ring(), table().steps.of(np.roll(one, turn)), table().levels(np.roll(one, turn)))


def test_tables_learn_what_they_missed_and_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A miss is counted, costs power, and is learnt; beyond the limit nothing is."""
    fresh = Table(ring(12), Steps(M4, M6))
    pattern = np.arange(12) < 5
    dear = fresh.levels(pattern).sum()
    assert fresh.misses == {canonical(pattern)[0]: 1}
    assert fresh.learn(fresh.misses) == 1
    assert fresh.levels(pattern).sum() < dear
    monkeypatch.setattr(tables, "PATTERNS_MAX", 3)
    assert fresh.learn([canonical(np.arange(12) < 7)[0]]) == 0
    with pytest.raises(Refused):
        Table(ring(12), Steps({"carriageway": "M1"}, M6))


def test_shortest_gap_goes_around_the_end() -> None:
    """Also where the run lies across the first field."""
    assert shortest_gap(np.array([False, True, True, False, False, False, True, False])).tolist() == [7, 0]
    assert len(shortest_gap(np.zeros(5, bool))) == 5


def test_reach_follows_speed() -> None:
    """The brief's 4 fields of 35 m for cars; slower road users need fewer; never less than a field."""
    assert [user.ahead_fields(35.0) for user in (CAR, CYCLIST, PEDESTRIAN)] == [4, 3, 2]
    assert CAR.ahead_m == pytest.approx(13.9 * 2 + 13.9**2 / 9 + 60 + 13.9 * 2)
    assert np.flatnonzero(around(np.array([0]), 10, 2)).tolist() == [0, 1, 2, 9]
    assert np.flatnonzero(around(np.array([0]), 10, 2, onward=False)).tolist() == [0, 1, 8, 9]


def plainly(city: City, levels: list[float], present: np.ndarray, rings: list[int]) -> tuple[list[float], int]:
    """A tick written down field by field, without sums of keys and edges."""
    after, misses, first = [], 0, 0
    for n in rings:
        full = [False] * n
        for place in range(n):
            for bit, (ahead, onward) in enumerate(REACHES):
                if present[first + place] >> bit & 1:
                    for away in range(-1, ahead + 1):
                        full[(place + (away if onward else -away)) % n] = True
        known = canonical(np.array(full))[0] in table(n).known
        misses += not known
        target = table(n).levels(np.array(full) if known else np.ones(n, bool))
        furthest = max(abs(target[i] - levels[first + i]) for i in range(n))
        share = city.step / furthest if furthest > city.step else 1.0
        after += [levels[first + i] + (target[i] - levels[first + i]) * share for i in range(n)]
        first += n
    return after, misses


@pytest.mark.parametrize("step", [1.0, 0.2])
def test_both_ticks_are_the_plain_one(step: float) -> None:
    """Streets of different length, all kinds of road users, quick and slow fading; energy to the last bit."""
    rings = [30, 12, 30, 12, 12]
    city = make_city([table(30), table(12)], [0 if n == 30 else 1 for n in rings], REACHES, step)
    rng, levels, misses = np.random.default_rng(3), [0.0] * sum(rings), 0
    one, other = (Light(np.zeros(len(city)), np.zeros(len(city))) for _ in range(2))
    fast, energy = tick_fast.fastest_tick(), np.zeros(len(city))
    for number in range(40):
        some = rng.random(len(city)) < (0.0 if number % 5 == 0 else 0.03)
        present = np.where(some, rng.integers(1, 8, len(city)), 0).astype(np.uint8)
        tick(city, one, present)
        fast(city, other, present)
        levels, missed = plainly(city, levels, present, rings)
        misses += missed
        energy += np.array(levels) * city.power_w
        assert one.level == pytest.approx(levels, abs=1e-12)
        assert np.array_equal(one.level, other.level)
    assert np.array_equal(one.energy_ws, other.energy_ws)
    assert one.energy_ws == pytest.approx(energy)
    assert one.misses == other.misses == misses > 0
    assert math.isclose(float(one.level.max()), float(other.level.max()))


def test_without_numba_the_plain_arrays_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """numba is never required."""
    monkeypatch.setattr(tick_fast.importlib.util, "find_spec", lambda name: None)
    assert tick_fast.fastest_tick() is tick
