"""Cutting: nothing of a ring is lost, no splinters arise, blocks become as small as asked."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from stadtwerk.cities.generate.cuts import LEAST_M2, cut_ring
from stadtwerk.cities.generate.rings import Corners, area, cross, frame, perimeter, split
from stadtwerk.cities.generate.texture import Weave

SQUARE = np.array([[0.0, 0.0], [400.0, 0.0], [400.0, 400.0], [0.0, 400.0]])


def star(seed: int, corners: int, size_m: float) -> np.ndarray:
    rng = np.random.default_rng(seed)
    turn = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    radius = size_m * rng.uniform(0.6, 1.0, corners)
    return np.column_stack([np.cos(turn), np.sin(turn)]) * radius[:, None]


def test_a_square_knows_its_measures() -> None:
    box = frame(SQUARE)
    assert area(SQUARE) == pytest.approx(160_000)
    assert area(SQUARE[::-1]) == pytest.approx(-160_000)
    assert perimeter(SQUARE) == pytest.approx(1600)
    assert (box.length_m, box.width_m) == pytest.approx((400, 400))
    assert box.centre == pytest.approx([200, 200])


@given(turn=st.floats(0, np.pi), long=st.floats(50, 900), wide=st.floats(50, 900))
def test_a_turned_rectangle_has_its_own_box(turn: float, long: float, wide: float) -> None:
    spin = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    box = frame(np.array([[0, 0], [long, 0], [long, wide], [0, wide]]) @ spin)
    assert (box.length_m, box.width_m) == pytest.approx((max(long, wide), min(long, wide)), rel=1e-6)


def test_a_line_past_a_ring_crosses_nothing() -> None:
    assert cross(SQUARE, np.array([900.0, 0.0]), np.array([0.0, 1.0])) is None


@given(seed=st.integers(0, 10_000), turn=st.floats(0, 3.1))
def test_a_split_loses_nothing(seed: int, turn: float) -> None:
    ring = star(seed, 14, 500)
    marks = cross(ring, np.zeros(2), np.array([np.cos(turn), np.sin(turn)]))
    assert marks is not None
    one, other = split(ring, *marks, np.stack([marks[0].at, marks[1].at]))
    # a cut that snaps to a corner may shave a sliver of the ring off
    assert area(one) + area(other) == pytest.approx(area(ring), rel=0.01)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), corners=st.integers(4, 30), bend=st.floats(0, 1))
def test_blocks_fill_the_ring_and_are_small_enough(seed: int, corners: int, bend: float) -> None:
    ring = star(seed, corners, 700)
    wanted = Weave(220.0, 120.0, bend)
    cuts = cut_ring(ring, lambda _: wanted, Corners(), np.random.default_rng(seed))
    blocks = [shapely.Polygon(block) for block in cuts.blocks]
    assert sum(block.area for block in blocks) == pytest.approx(area(ring), rel=0.02)
    assert len(cuts.blocks) == len(cuts.lines) + 1
    assert all(block.area >= LEAST_M2 for block in blocks)
    inside = shapely.Polygon(ring).buffer(0.1)
    assert all(inside.covers(shapely.LineString(line)) for line in cuts.lines)


def test_open_ground_is_left_whole() -> None:
    cuts = cut_ring(
        SQUARE * 0.5, lambda _: Weave(90.0, 60.0, 0.2), Corners(), np.random.default_rng(1), is_open=lambda _: True
    )
    assert (len(cuts.open), len(cuts.blocks), len(cuts.lines)) == (1, 0, 0)


def test_ends_of_cuts_find_each_other() -> None:
    corners = Corners()
    corners.add(np.array([210.0, 0.0]))
    corners.add(np.array([190.0, 15.0]))
    marks = cross(SQUARE, np.array([200.0, 200.0]), np.array([0.0, 1.0]))
    assert marks is not None
    assert corners.near(SQUARE, marks[0]).at == pytest.approx([210, 0])
    assert corners.near(SQUARE, marks[1]).at == pytest.approx(marks[1].at)
