"""Conditions on what a source says about itself: its properties and its places (clauses 4.9, 4.10, 5.2.9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
import shapely

from stadtwerk.context.geoq import GeoQuery, distance_m
from stadtwerk.context.moments import read_moment
from stadtwerk.context.pattern import compile_pattern
from stadtwerk.context.q import Both, Either, Literal_, Moment, Node, Range, Term
from stadtwerk.context.terms import Terms


def holds(node: Node, properties: Mapping[str, Any], terms: Terms) -> bool:
    """Tell whether a query holds for properties by IRI; their values stand bare or below `value`."""
    if isinstance(node, Both):
        return all(holds(part, properties, terms) for part in node.parts)
    if isinstance(node, Either):
        return any(holds(part, properties, terms) for part in node.parts)
    found = _values(node, properties, terms)
    if node.op == "exists":
        return bool(found)
    if node.op.startswith("!"):
        return bool(found) and not any(_is(node, value) for value in found)
    return any(_is(node, value) for value in found)


def _values(term: Term, properties: Mapping[str, Any], terms: Terms) -> list[Any]:
    value = properties.get(terms.expand(term.path.name))
    for name in term.path.sub:
        value = value.get(name) if isinstance(value, dict) else None
    if isinstance(value, dict):
        value = value.get("value", value.get("object", value))
    for name in term.path.members:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, list) else [] if value is None else [value]


def _is(term: Term, value: Any) -> bool:
    if term.op in ("~=", "!~="):
        return isinstance(value, str) and compile_pattern(str(term.values[0]), "q").search(value) is not None
    return any(_compares(term.op, value, wanted) for wanted in term.values)


def _compares(operator: str, value: Any, wanted: Literal_ | Range) -> bool:
    if isinstance(wanted, Range):
        return _compares(">=", value, wanted.low) and _compares("<=", value, wanted.high)
    if isinstance(wanted, Moment):
        value, wanted = read_moment(value) if isinstance(value, str) else None, wanted.at_us
    alike = isinstance(value, bool) == isinstance(wanted, bool) and isinstance(value, str) == isinstance(wanted, str)
    if value is None or not alike or not isinstance(value, bool | int | float | str):
        return False
    if operator in ("==", "!="):
        return bool(value == wanted)
    order = (value > wanted) - (value < wanted)  # type: ignore[operator]
    return {"<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0}[operator]


def lies(query: GeoQuery, place: Mapping[str, Any]) -> bool:
    """Tell whether a place (GeoJSON) stands in the relation that is asked for."""
    shape = shapely.from_geojson(msgspec.json.encode(place))
    if query.relation != "near":
        return bool(getattr(shapely, query.relation)(shape, query.geometry))
    nearest = shapely.shortest_line(shape, query.geometry)
    (lon, lat), (to_lon, to_lat) = shapely.get_coordinates(nearest)
    metres = float(distance_m(np.array([lon]), np.array([lat]), to_lon, to_lat)[0])
    return query.least_m <= metres <= query.most_m
