"""Shapes that people ask about: GeoJSON coordinates read with suspicion (RFC 7946, WGS84 degrees)."""

from __future__ import annotations

from math import isfinite
from typing import Any, Literal, get_args

import msgspec
import shapely

from stadtwerk.context.limits import POSITIONS
from stadtwerk.context.problems import one_fault

Shape = Literal["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"]

SHAPES: tuple[str, ...] = get_args(Shape)
_DEPTH = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}


def read_geometry(shape: str, coordinates: str) -> shapely.Geometry:
    """Make a geometry of its GeoJSON type and the text of its coordinates; refuses what is no clean shape (400)."""
    if shape not in _DEPTH:
        raise one_fault("geometry", f"one of {', '.join(SHAPES)}")
    try:
        numbers = msgspec.json.decode(coordinates)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
        raise one_fault("coordinates", f"not JSON: {error}") from error
    fault = _fault(numbers, _DEPTH[shape], shape, [0])
    if fault is not None:
        raise one_fault("coordinates", fault)
    try:
        geometry = shapely.from_geojson(msgspec.json.encode({"type": shape, "coordinates": numbers}))
    except shapely.errors.ShapelyError as error:
        raise one_fault("coordinates", f"no {shape}") from error
    if geometry.is_empty or not geometry.is_valid:
        raise one_fault("coordinates", "the lines of an area must not cross or touch")
    return shapely.force_2d(geometry)


def _fault(part: Any, depth: int, shape: str, seen: list[int]) -> str | None:
    """Return what is wrong with nested coordinates, None when nothing is."""
    if not isinstance(part, list):
        return f"a {shape} is a list nested {_DEPTH[shape] + 1} deep"
    if depth == 0:
        seen[0] += 1
        return _position_fault(part) if seen[0] <= POSITIONS else f"at most {POSITIONS} positions"
    if not part:
        return "an empty list"
    faults = (_fault(inner, depth - 1, shape, seen) for inner in part)
    return next(filter(None, faults), None) or (_line_fault(part, shape) if depth == 1 else None)


def _line_fault(line: list[Any], shape: str) -> str | None:
    if shape.endswith("Polygon") and (len(line) < 4 or line[0] != line[-1]):
        return "a ring has at least four positions, the last equal to the first"
    if shape.endswith("LineString") and len(line) < 2:
        return "a line has at least two positions"
    return None


def _position_fault(position: list[Any]) -> str | None:
    numbers = [n for n in position if isinstance(n, int | float) and not isinstance(n, bool)]
    if len(numbers) != len(position) or len(position) not in (2, 3):
        return "a position is [longitude, latitude]"
    if not (abs(numbers[0]) <= 180 and abs(numbers[1]) <= 90 and all(abs(n) < 1e9 and isfinite(n) for n in numbers)):
        return "longitude is within ±180 and latitude within ±90 degrees"
    return None
