"""Curves, holes, joined streets and names."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from stadtwerk.cities.generate.arteries import Way
from stadtwerk.cities.generate.curves import Drift, bow, resample, smooth
from stadtwerk.cities.generate.faces import without_holes
from stadtwerk.cities.generate.joining import join_ways
from stadtwerk.cities.generate.names import Names
from stadtwerk.cities.generate.points import signals, stops

POINTS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=2, max_size=8, unique=True)


@given(POINTS)
def test_a_smooth_path_passes_its_points(points: list[tuple[int, int]]) -> None:
    path = np.array(points, dtype=float) * 250
    drawn = smooth(path, step_m=30)
    assert all(np.hypot(*(drawn - point).T).min() < 1e-6 for point in path)
    assert np.hypot(*np.diff(drawn, axis=0).T).max() < 46


def test_resampling_keeps_ends_and_length() -> None:
    path = np.array([[0.0, 0.0], [100.0, 0.0], [100.0, 55.0]])
    assert resample(path, step_m=10)[[0, -1]] == pytest.approx(path[[0, -1]])


def test_equal_points_drift_equally_and_not_far() -> None:
    drift = Drift(np.random.default_rng(3), reach_m=45)
    points = np.random.default_rng(4).uniform(-9000, 9000, (500, 2))
    moved = drift(points)
    assert moved == pytest.approx(drift(points.copy()))
    assert np.hypot(*(moved - points).T).max() < 120


def test_a_bow_leaves_and_arrives_where_it_should() -> None:
    ends = np.array([[0.0, 0.0], [100.0, 0.0]])
    line = bow(ends, np.array([0.0, 100.0]), np.array([0.0, -100.0]), points=9)
    assert line[[0, -1]] == pytest.approx(ends)
    assert line[4, 1] == pytest.approx(25)


@pytest.mark.parametrize("lakes", [1, 2, 3, 6])
def test_an_outline_with_lakes_falls_into_pieces_without(lakes: int) -> None:
    places = [(300 + 420 * (number % 3), 300 + 420 * (number // 3)) for number in range(lakes)]
    water = shapely.union_all([shapely.Point(place).buffer(150) for place in places])
    ground = shapely.difference(shapely.box(0, 0, 1500, 1000), water)
    pieces, cuts = without_holes(ground)
    assert sum(piece.area for piece in pieces) == pytest.approx(ground.area)
    assert all(not piece.interiors for piece in pieces)
    assert all(ground.buffer(0.1).covers(shapely.LineString(cut)) for cut in cuts)


def way(*points: tuple[float, float], highway: str = "residential") -> Way:
    return Way(highway, np.array(points, dtype=float), name="x", theme=1)


def test_streets_that_go_straight_on_are_one() -> None:
    east = [way((0, 0), (100, 0)), way((200, 5), (100, 0)), way((200, 5), (320, 10))]
    joined = join_ways([*east, way((100, 0), (100, 90)), way((100, -90), (100, 0), highway="footway")])
    assert [len(found.line) for found in joined] == [4, 2, 2]
    assert sum(shapely.LineString(found.line).length for found in joined) == pytest.approx(
        sum(shapely.LineString(part.line).length for part in east) + 180
    )


def test_a_ring_road_is_joined_once() -> None:
    turn = np.linspace(0, 2 * np.pi, 25)
    round_ = 200 * np.column_stack([np.cos(turn), np.sin(turn)])
    round_[-1] = round_[0]
    joined = join_ways([Way("residential", round_[k : k + 5]) for k in range(0, 24, 4)])
    assert len(joined) == 1


def test_names_do_not_repeat_in_a_district() -> None:
    names = Names(np.random.default_rng(1))
    names.keep("mitte", "Lindenstraße")
    drawn = [names.draw("mitte", "residential", theme) for theme in range(200) for _ in range(10)]
    assert len(set(drawn)) == 2000
    assert "Lindenstraße" not in drawn


def test_signals_stand_at_crossings_of_large_streets_and_apart() -> None:
    grid = [way((0, y), (3000, y), highway="primary") for y in (0, 30, 1500)]
    grid += [way((x, -100), (x, 1600), highway="secondary") for x in (500, 2000)]
    found = signals([*grid, way((900, -50), (900, 50), highway="service")], 50)
    assert len(found) == 4
    assert len(signals(grid, 2)) == 2
    assert len(signals([], 2)) == 0


def test_stops_come_every_so_many_metres() -> None:
    found = stops([way((0, 0), (3000, 0), highway="primary"), way((0, 900), (3000, 900))], [], 500)
    assert [round(float(stop.at[0])) for stop in found] == [250, 750, 1250, 1750, 2250, 2750]
