"""Values of attributes: what may stand in each kind (ETSI GS CIM 009 clauses 4.5, 4.7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from stadtwerk.context.entities.document import NULL
from stadtwerk.context.limits import DEPTH_MAX
from stadtwerk.context.problems import one_fault
from stadtwerk.context.terms import Terms

KINDS_BY_MEMBER: Mapping[str, str] = {
    "value": "Property",
    "object": "Relationship",
    "languageMap": "LanguageProperty",
    "vocab": "VocabProperty",
    "json": "JsonProperty",
    "valueList": "ListProperty",
    "objectList": "ListRelationship",
}
"""The kind of attribute that a member gives away in the concise form."""

_DEPTH_OF = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
_LEAST = {"LineString": 2, "Polygon": 4, "MultiPolygon": 4, "MultiLineString": 2}


def is_geometry(value: Any) -> bool:
    """Tell whether a value means to be a GeoJSON geometry (RFC 7946)."""
    if not isinstance(value, dict) or "coordinates" not in value:
        return False
    kind = value.get("type")
    return isinstance(kind, str) and kind in _DEPTH_OF


def check_value(name: str, kind: str, value: Any, terms: Terms, *, nulls: bool) -> Any:  # noqa: C901, PLR0911 - one line a kind
    """Accept the value of an attribute of a kind or refuse it (400); vocabulary terms become IRIs."""
    if value == NULL and isinstance(value, str):
        return value
    if value is None and kind != "JsonProperty":
        _no(name, "null is no value")
    if kind == "Property":
        return _plain(name, value, 0, nulls=nulls)
    if kind == "GeoProperty":
        check_geometry(name, value)
        return value
    if kind == "Relationship":
        return _objects(name, value)
    if kind == "LanguageProperty":
        return _languages(name, value)
    if kind == "VocabProperty":
        return _vocabulary(name, value, terms)
    if kind == "ListProperty":
        if not isinstance(value, list):
            _no(name, "valueList is a list")
        return value
    if kind == "ListRelationship":
        if not isinstance(value, list):
            _no(name, "objectList is a list of URIs")
        return [_object(name, one["object"] if isinstance(one, dict) and "object" in one else one) for one in value]
    return value


def check_geometry(name: str, value: Any) -> None:
    """Refuse what is no GeoJSON geometry: type, depth of coordinates, rings that do not close, ends of the Earth."""
    if not is_geometry(value):
        _no(name, f"a GeoJSON geometry: {', '.join(_DEPTH_OF)}")
    _positions(name, value["coordinates"], _DEPTH_OF[value["type"]], value["type"])


def _positions(name: str, coordinates: Any, depth: int, shape: str) -> None:
    if not isinstance(coordinates, list):
        _no(name, "coordinates are lists of numbers")
    if depth == 0:
        good = 2 <= len(coordinates) <= 3 and all(
            isinstance(number, int | float) and not isinstance(number, bool) for number in coordinates
        )
        if not good or abs(coordinates[0]) > 180 or abs(coordinates[1]) > 90:
            _no(name, "a position is [longitude, latitude] in degrees")
        return
    least = _LEAST.get(shape, 1)
    if depth == 1 and len(coordinates) < least:
        _no(name, f"a {shape} has at least {least} positions")
    for part in coordinates:
        _positions(name, part, depth - 1, shape)
    if depth == 1 and shape in ("Polygon", "MultiPolygon") and coordinates[0] != coordinates[-1]:
        _no(name, "a ring of a polygon ends where it begins")


def _plain(name: str, value: Any, depth: int, *, nulls: bool) -> Any:
    """Accept any JSON but null, not too deep; `nulls` lets members be null, never items of a list."""
    if isinstance(value, dict | list):
        if depth > DEPTH_MAX:
            _no(name, f"at most {DEPTH_MAX} levels")
        for part in value.values() if isinstance(value, dict) else value:
            if part is None and not (nulls and isinstance(value, dict)):
                _no(name, "null is no value")
            _plain(name, part, depth + 1, nulls=nulls)
    return value


def _objects(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_object(name, one) for one in value]
    return _object(name, value)


def _object(name: str, value: Any) -> str:
    from stadtwerk.context.entities.expand import check_id  # noqa: PLC0415 - the two know each other

    return check_id(value, name)


def _languages(name: str, value: Any) -> Any:
    good = isinstance(value, dict) and all(
        isinstance(text, str) or (isinstance(text, list) and all(isinstance(one, str) for one in text))
        for text in value.values()
    )
    if not good:
        _no(name, "languageMap gives a text for each language")
    return value


def _vocabulary(name: str, value: Any, terms: Terms) -> Any:
    words = value if isinstance(value, list) else [value]
    if not words or not all(isinstance(word, str) for word in words):
        _no(name, "vocab is a term, or a list of them")
    iris = [word if word == NULL else terms.expand(word) for word in words]
    return iris if isinstance(value, list) else iris[0]


def _no(place: str, detail: str) -> NoReturn:
    raise one_fault(place, detail)
