"""Questions about places: near, within and their like, over points and other shapes (ETSI GS CIM 009 clause 4.10)."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from math import asin, cos, degrees, inf, isfinite, pi, radians, sin, sqrt
from typing import Any

import msgspec
import numpy as np
import shapely

from stadtwerk.context.column_masks import Mask, MaskOf
from stadtwerk.context.geometry import read_geometry
from stadtwerk.context.problems import one_fault
from stadtwerk.kernel.entity import Rows
from stadtwerk.kernel.observation import Values

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius of the Earth (IUGG; Moritz, Geodetic Reference System 1980)."""

RELATIONS = ("near", "within", "contains", "intersects", "equals", "disjoint", "overlaps")

_NEAR = re.compile(r"near;(max|min)Distance==(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)")


class GeoQuery(msgspec.Struct, frozen=True):
    """A relation of an entity's place to a geometry; near has distances in metres."""

    relation: str
    geometry: shapely.Geometry
    least_m: float = 0.0
    most_m: float = inf


@lru_cache(maxsize=256)
def read_geoq(georel: str, geometry: str, coordinates: str) -> GeoQuery:
    """Compile a geo-query; refuses bad relations, distances and shapes (400)."""
    relation, _, rest = georel.partition(";")
    if relation not in RELATIONS or (rest and relation != "near"):
        raise one_fault("georel", f"one of near;maxDistance==METRES, {', '.join(RELATIONS[1:])}")
    if relation != "near":
        return GeoQuery(relation, read_geometry(geometry, coordinates))
    found = _NEAR.fullmatch(georel)
    distance_m = float(found[2]) if found else 0.0
    if found is None or distance_m == 0 or not isfinite(distance_m):
        raise one_fault("georel", "near has one distance above 0: near;maxDistance==METRES or near;minDistance==METRES")
    shape = read_geometry(geometry, coordinates)
    if found[1] == "max":
        return GeoQuery("near", shape, most_m=distance_m)
    return GeoQuery("near", shape, least_m=distance_m)


def place_mask(query: GeoQuery, lon: Values, lat: Values) -> MaskOf:
    """Bind a geo-query to the places of a source (n,), degrees; entities without a place never match."""
    matches = _near(query) if query.relation == "near" else _related(query)
    west, south, east, north = _box(query)

    def mask(rows: Rows) -> Mask:
        x, y = lon[rows], lat[rows]
        candidates = (x >= west) & (x <= east) & (y >= south) & (y <= north)
        chosen = np.flatnonzero(candidates)
        candidates[chosen] = matches(x[chosen], y[chosen])
        return candidates

    return mask


def distance_m(lon: Values, lat: Values, to_lon: float, to_lat: float) -> Values:
    """Return great-circle distances in metres of points (n,) to one point, all in degrees (haversine formula)."""
    return _haversine_m(lon, lat, to_lon, to_lat)


def _haversine_m(lon: Values, lat: Values, to_lon: Values | float, to_lat: Values | float) -> Values:
    lat_rad, to_lat_rad = np.radians(lat), np.radians(to_lat)
    half_lat = np.sin((lat_rad - to_lat_rad) / 2)
    half_lon = np.sin(np.radians(lon - to_lon) / 2)
    root = np.sqrt(half_lat**2 + np.cos(lat_rad) * np.cos(to_lat_rad) * half_lon**2)
    return np.asarray(2 * EARTH_RADIUS_M * np.arcsin(np.minimum(root, 1.0)))


def shape_of(value: Any) -> shapely.Geometry | None:
    """Return the shape of a GeoJSON geometry as it stands in an entity, None for what is none."""
    try:
        shape = shapely.force_2d(shapely.from_geojson(msgspec.json.encode(value)))
    except (shapely.errors.ShapelyError, TypeError):
        return None
    return None if shape is None or shape.is_empty else shape


def shape_test(query: GeoQuery) -> Callable[[shapely.Geometry], bool]:
    """Compile a geo-query into a test of one shape."""
    other, least_m, most_m = query.geometry, query.least_m, query.most_m
    if query.relation == "near":
        return lambda shape: least_m <= metres_between(shape, other) <= most_m
    relate = getattr(shapely, query.relation)
    return lambda shape: bool(relate(shape, other))


def metres_between(shape: shapely.Geometry, other: shapely.Geometry) -> float:
    """Return the great-circle distance in metres of two shapes (degrees) where they come closest.

    The closest places are found on a plane whose degrees of longitude are as short as at the other shape.
    """
    if shape.geom_type == other.geom_type == "Point":
        return _arc_m(shape.x, shape.y, other.x, other.y)
    return float(_nearest_m(np.array([shape]), other)[0])


def _arc_m(lon: float, lat: float, to_lon: float, to_lat: float) -> float:
    """Return the great-circle distance of two points in metres (haversine formula), without arrays."""
    half_lat, half_lon = sin(radians(lat - to_lat) / 2), sin(radians(lon - to_lon) / 2)
    root = sqrt(half_lat**2 + cos(radians(lat)) * cos(radians(to_lat)) * half_lon**2)
    return 2 * EARTH_RADIUS_M * asin(min(root, 1.0))


def _nearest_m(shapes: Any, other: shapely.Geometry) -> Values:
    _, south, _, north = shapely.bounds(other)
    squeeze = np.array([max(cos(radians((south + north) / 2)), 1e-9), 1.0])
    lines = shapely.shortest_line(
        shapely.transform(shapes, lambda degree: degree * squeeze),
        shapely.transform(other, lambda degree: degree * squeeze),
    )
    ends = shapely.get_coordinates(lines).reshape(len(lines), 2, 2) / squeeze
    return _haversine_m(ends[:, 0, 0], ends[:, 0, 1], ends[:, 1, 0], ends[:, 1, 1])


def _near(query: GeoQuery) -> Callable[[Values, Values], Mask]:
    other, least_m, most_m = query.geometry, query.least_m, query.most_m

    def near(lon: Values, lat: Values) -> Mask:
        if other.geom_type == "Point":
            metres = distance_m(lon, lat, other.x, other.y)
        else:
            metres = _nearest_m(shapely.points(lon, lat), other)
        return np.asarray((metres >= least_m) & (metres <= most_m))

    return near


def _related(query: GeoQuery) -> Callable[[Values, Values], Mask]:
    shape = query.geometry
    shapely.prepare(shape)
    answers: dict[str, Callable[[Values, Values], object]] = {
        "within": lambda x, y: shapely.contains_xy(shape, x, y),
        "intersects": lambda x, y: shapely.intersects_xy(shape, x, y),
        "disjoint": lambda x, y: ~shapely.intersects_xy(shape, x, y),
        "equals": lambda x, y: shapely.equals(shapely.points(x, y), shape),
        "contains": lambda x, y: shapely.contains(shapely.points(x, y), shape),
        "overlaps": lambda x, y: shapely.overlaps(shapely.points(x, y), shape),
    }
    answer = answers[query.relation]
    return lambda x, y: np.asarray(answer(x, y), np.bool_)


def _box(query: GeoQuery) -> tuple[float, float, float, float]:
    """Return west, south, east, north that hold every match; a test of numbers is cheaper than one of shapes."""
    if query.relation == "disjoint" or (query.relation == "near" and query.most_m == inf):
        return -inf, -inf, inf, inf
    west, south, east, north = query.geometry.bounds
    if query.relation != "near":
        return west, south, east, north
    reach = query.most_m / EARTH_RADIUS_M * (1 + 1e-9) + 1e-12
    furthest = max(abs(south), abs(north))
    south, north = south - degrees(reach), north + degrees(reach)
    if reach >= pi / 2 or max(abs(south), abs(north)) >= 89.9:
        return -inf, south, inf, north
    # The circle is widest where it turns towards the pole: sin(width) = sin(reach) / cos(latitude of its centre).
    ratio = np.sin(reach) / cos(radians(furthest))
    width = degrees(float(np.arcsin(ratio))) + 1e-9
    west, east = west - width, east + width
    if west < -180 or east > 180:
        return -inf, south, inf, north
    return west, south, east, north
