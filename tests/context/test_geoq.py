"""Questions about places, against shapely and against closed forms."""

import json
from math import cos, inf, pi, radians

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from stadtwerk.context.geoq import (
    EARTH_RADIUS_M,
    distance_m,
    metres_between,
    place_mask,
    read_geoq,
    shape_of,
    shape_test,
)
from stadtwerk.kernel.refusal import Refused

RNG = np.random.default_rng(7)
LON, LAT = RNG.uniform(6.6, 6.9, 3_000), RNG.uniform(51.3, 51.6, 3_000)
ALL = slice(0, 3_000)

degrees_lon = st.floats(-179.9, 179.9, allow_nan=False)
degrees_lat = st.floats(-89.9, 89.9, allow_nan=False)


def mask(georel: str, shape: str, coordinates: object, lon: np.ndarray = LON, lat: np.ndarray = LAT) -> np.ndarray:
    return place_mask(read_geoq(georel, shape, json.dumps(coordinates)), lon, lat)(slice(0, len(lon)))


def test_distance_along_a_meridian_the_equator_and_to_the_antipode() -> None:
    lon, lat = np.array([0.0, 90.0, 180.0, 0.0]), np.array([90.0, 0.0, 0.0, 0.0])
    expected = np.array([pi / 2, pi / 2, pi, 0]) * EARTH_RADIUS_M
    assert distance_m(lon, lat, 0, 0) == pytest.approx(expected)


def test_a_short_distance_is_that_of_the_plane() -> None:
    metres = distance_m(np.array([6.7601]), np.array([51.4301]), 6.76, 51.43)
    degree = EARTH_RADIUS_M * pi / 180
    assert metres[0] == pytest.approx(1e-4 * degree * np.hypot(1, cos(radians(51.43))), rel=1e-5)


@settings(max_examples=200, deadline=None)
@given(degrees_lon, degrees_lat, st.floats(1, 2e7), st.integers(0, 2**32 - 1))
def test_near_finds_exactly_what_is_within_the_distance(lon: float, lat: float, reach_m: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    spread = rng.choice([1e-3, 1.0, 30.0])
    lons = np.clip(lon + rng.normal(0, spread, 200), -180, 180)
    lats = np.clip(lat + rng.normal(0, spread, 200), -90, 90)
    metres = distance_m(lons, lats, lon, lat)
    assert (mask(f"near;maxDistance=={reach_m!r}", "Point", [lon, lat], lons, lats) == (metres <= reach_m)).all()
    assert (mask(f"near;minDistance=={reach_m!r}", "Point", [lon, lat], lons, lats) == (metres >= reach_m)).all()


def test_near_crosses_the_date_line() -> None:
    assert mask("near;maxDistance==30000", "Point", [179.9, 0], np.array([-179.9, 179.0]), np.zeros(2)).tolist() == [
        True,
        False,
    ]


RING = [[6.7, 51.4], [6.8, 51.4], [6.8, 51.5], [6.75, 51.45], [6.7, 51.5], [6.7, 51.4]]
HOLE = [[6.72, 51.41], [6.74, 51.41], [6.74, 51.43], [6.72, 51.43], [6.72, 51.41]]


@pytest.mark.parametrize("shape", [("Polygon", [RING]), ("Polygon", [RING, HOLE]), ("MultiPolygon", [[RING, HOLE]])])
def test_areas_agree_with_shapely(shape: tuple[str, object]) -> None:
    area = shapely.from_geojson(json.dumps({"type": shape[0], "coordinates": shape[1]}))
    inside = shapely.within(shapely.points(LON, LAT), area)
    assert 100 < inside.sum() < 2_000
    assert (mask("within", *shape) == inside).all()
    assert (mask("intersects", *shape) == inside).all()
    assert (mask("disjoint", *shape) == ~inside).all()
    assert not mask("overlaps", *shape).any()
    assert not mask("equals", *shape).any()
    assert not mask("contains", *shape).any()


def test_the_border_is_met_but_not_inside() -> None:
    corner = np.array([6.7, 6.75]), np.array([51.4, 51.4])
    assert not mask("within", "Polygon", [RING], *corner).any()
    assert mask("intersects", "Polygon", [RING], *corner).all()


def test_points_and_lines() -> None:
    here = [float(LON[5]), float(LAT[5])]
    for relation in ("equals", "contains", "within", "intersects"):
        assert np.flatnonzero(mask(relation, "Point", here)).tolist() == [5]
    assert np.flatnonzero(mask("within", "MultiPoint", [here, [0, 0]])).tolist() == [5]
    assert mask("intersects", "LineString", [[0, 0], [10, 10]], np.array([5.0]), np.array([5.0])).all()


def test_what_stands_nowhere_never_matches() -> None:
    nowhere = np.array([np.nan]), np.array([np.nan])
    assert not mask("disjoint", "Point", [0, 0], *nowhere).any()
    assert not mask("near;minDistance==1", "Point", [0, 0], *nowhere).any()


@pytest.mark.parametrize(
    ("georel", "shape", "coordinates"),
    [
        ("near", "Point", "[8,40]"),
        ("near;maxDistance==0", "Point", "[8,40]"),
        ("near;maxDistance==-100", "Point", "[8,40]"),
        ("near;maxDistance==inf", "Point", "[8,40]"),
        ("near;maxDistance==1e400", "Point", "[8,40]"),
        ("near;maxDistance==5;minDistance==1", "Point", "[8,40]"),
        ("near;maxDistance=5", "Point", "[8,40]"),
        ("within;maxDistance==5", "Point", "[8,40]"),
        ("touches", "Point", "[8,40]"),
        ("within", "Circle", "[8,40]"),
        ("within", "Point", "[8,400]"),
        ("within", "Point", "[NaN,40]"),
        ("within", "Point", "[8]"),
        ("within", "Point", "[true,40]"),
        ("within", "Point", "8,40"),
        ("within", "Point", "{}"),
        ("within", "Point", "[[8,40]]"),
        ("within", "Polygon", "[]"),
        ("within", "Polygon", "[[[0,0],[1,0],[1,1]]]"),
        ("within", "Polygon", "[[[0,0],[1,0],[1,1],[0,1]]]"),
        ("within", "Polygon", "[[[0,0],[1,1],[1,0],[0,1],[0,0]]]"),
        ("within", "Polygon", "[[[0,0],[0,0],[0,0],[0,0]]]"),
        ("within", "LineString", "[[0,0]]"),
        ("within", "MultiPoint", json.dumps([[0, 0]] * 2_001)),
        ("within", "Point", "[" * 5_000),
        ("within", "Point", "[1e999,0]"),
    ],
)
def test_bad_geo_queries_are_faults(georel: str, shape: str, coordinates: str) -> None:
    with pytest.raises(Refused) as refused:
        read_geoq(georel, shape, coordinates)
    assert refused.value.refusal.status == 400
    assert refused.value.refusal.faults


def test_near_an_area_is_measured_from_its_border() -> None:
    area = shapely.Polygon(RING)
    found = mask("near;maxDistance==500", "Polygon", [RING])
    assert found[shapely.contains_xy(area, LON, LAT)].all()
    metres = np.array([metres_between(shapely.Point(lon, lat), area) for lon, lat in zip(LON, LAT, strict=True)])
    assert (found == (metres <= 500)).all()
    assert 0 < (metres > 0)[found].sum() < found.sum()


def test_shapes_are_related_and_measured() -> None:
    near = shape_test(read_geoq("near;maxDistance==1000", "Point", "[6.7,51.4]"))
    line = shape_of({"type": "LineString", "coordinates": [[6.70, 51.408], [6.75, 51.408]]})
    assert near(line)
    assert metres_between(line, shapely.Point(6.7, 51.4)) == pytest.approx(0.008 * EARTH_RADIUS_M * pi / 180)
    assert not shape_test(read_geoq("near;minDistance==1000", "Point", "[6.7,51.4]"))(line)
    assert shape_test(read_geoq("overlaps", "Polygon", json.dumps([HOLE])))(shapely.box(6.73, 51.42, 6.8, 51.5))
    assert shape_test(read_geoq("contains", "Point", "[6.73,51.42]"))(shapely.Polygon(HOLE))
    assert [shape_of(value) for value in ({"type": "Point"}, 5, {"type": "Point", "coordinates": []})] == [None] * 3


json_like = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)
@given(
    st.sampled_from(["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"]),
    json_like.map(json.dumps),
)
def test_any_coordinates_are_a_shape_or_a_fault(shape: str, coordinates: str) -> None:
    try:
        query = read_geoq("within", shape, coordinates)
    except Refused as refused:
        assert refused.refusal.status == 400
    else:
        assert query.most_m == inf
        assert place_mask(query, LON, LAT)(ALL).shape == (3_000,)
