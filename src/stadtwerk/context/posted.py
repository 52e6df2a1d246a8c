"""Queries that are posted: a Query in JSON, read as the same question in a URL would be (ETSI GS CIM 009 clause 5.2.23)."""  # noqa: E501

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

import msgspec

from stadtwerk.context.limits import Q_TERMS
from stadtwerk.context.params import Params
from stadtwerk.context.pattern import compile_pattern
from stadtwerk.context.problems import one_fault, too_complex
from stadtwerk.context.query import ENTITIES_PARAMS, EntityQuery, Selector, check_uri, finish_query
from stadtwerk.context.selection import ANY, parse_types

URL_PARAMS = frozenset(("options", "format", "local", "limit", "offset", "count", "geometryProperty", "splitEntities"))
"""Parameters that stand in the URL although the query is posted."""
_TEXTS = ("q", "scopeQ", "csf", "lang", "join", "expandValues", "jsonKeys", "entityMapLifetime", "geometryProperty")
_LISTS = ("attrs", "pick", "omit", "containedBy", "datasetId")
_FLAGS = ("entityMap", "splitEntities")
_GEO = ("georel", "geometry", "geoproperty")
_MEMBERS = frozenset(("type", "entities", "geoQ", "ordering", "joinLevel", *_TEXTS, *_LISTS, *_FLAGS))


def read_posted_query(content: Mapping[str, Any], query_string: bytes) -> EntityQuery:
    """Compile a Query and the parameters beside it; raises a typed refusal (400, 403)."""
    Params(query_string, URL_PARAMS)
    if content.get("type") != "Query":
        _no("type", "is Query")
    for name in content:
        if name not in _MEMBERS:
            _no(name[:100], "no member of a Query")
    selectors = read_selectors(content["entities"]) if "entities" in content else (Selector(),)
    params = Params(query_string, ENTITIES_PARAMS, as_parameters(content))
    return finish_query(params, selectors, typed=any(selector.types != ANY for selector in selectors))


def as_parameters(content: Mapping[str, Any]) -> dict[str, str]:
    """Write the members of a Query as parameters of a URL."""
    found = {name: _text(content[name], name) for name in _TEXTS if name in content}
    found |= {name: ",".join(_texts(content[name], name)) for name in _LISTS if name in content}
    for name in _FLAGS:
        if name in content:
            if not isinstance(content[name], bool):
                _no(name, "true or false")
            found[name] = str(content[name]).lower()
    if "joinLevel" in content:
        level = content["joinLevel"]
        if not isinstance(level, int) or isinstance(level, bool):
            _no("joinLevel", "a whole number")
        found["joinLevel"] = str(level)
    if "geoQ" in content:
        found |= _geo(_object(content["geoQ"], "geoQ"))
    if "ordering" in content:
        found |= _ordering(_object(content["ordering"], "ordering"))
    return found


def _geo(geo: Mapping[str, Any]) -> dict[str, str]:
    """Read a GeoQuery (clause 5.2.13)."""
    found = {name: _text(geo[name], f"geoQ.{name}") for name in _GEO if name in geo}
    if "coordinates" in geo:
        found["coordinates"] = _coordinates(geo["coordinates"])
    if not {"georel", "geometry", "coordinates"} <= found.keys():
        _no("geoQ", "has georel, geometry and coordinates")
    return found


def _ordering(ordering: Mapping[str, Any]) -> dict[str, str]:
    """Read OrderingParams (clause 5.2.43)."""
    if "orderBy" not in ordering:
        _no("ordering.orderBy", "is missing")
    found = {"orderBy": ",".join(_texts(ordering["orderBy"], "ordering.orderBy"))}
    for member, name in (("collation", "collation"), ("geometry", "orderGeometry")):
        if member in ordering:
            found[name] = _text(ordering[member], f"ordering.{member}")
    if "coordinates" in ordering:
        found["orderFrom"] = _coordinates(ordering["coordinates"])
    return found


def _coordinates(value: Any) -> str:
    """Take coordinates as JSON, or as a text that holds JSON."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def read_selectors(value: Any) -> tuple[Selector, ...]:
    """Read the selectors of a Query."""
    if not isinstance(value, list) or not value:
        _no("entities", "a list of selectors, not an empty one")
    if len(value) > Q_TERMS:
        raise too_complex("entities", f"at most {Q_TERMS} selectors")
    return tuple(_selector(_object(one, "entities")) for one in value)


def _selector(one: Mapping[str, Any]) -> Selector:
    """Read an EntitySelector (clause 5.2.33)."""
    for name in one:
        if name not in ("type", "id", "idPattern"):
            _no(f"entities.{name[:100]}", "no member of a selector")
    types = parse_types(_text(one.get("type"), "entities.type"))
    given = one.get("id", [])
    given = [given] if isinstance(given, str) else _texts(given, "entities.id") if "id" in one else []
    ids = tuple(check_uri(entity_id, "entities.id") for entity_id in given)
    pattern = (
        compile_pattern(_text(one["idPattern"], "entities.idPattern"), "entities.idPattern")
        if "idPattern" in one
        else None
    )
    # Where ids are named, the pattern does not count.
    return Selector(types, ids, None if ids else pattern)


def _text(value: Any, place: str) -> str:
    if not isinstance(value, str) or not value:
        _no(place, "a text")
    return value


def _texts(value: Any, place: str) -> list[str]:
    if not isinstance(value, list) or not value or not all(isinstance(text, str) and text for text in value):
        _no(place, "a list of texts, not an empty one")
    return value


def _object(value: Any, place: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        _no(place, "a JSON object")
    return value


def _no(place: str, detail: str) -> NoReturn:
    raise one_fault(place, detail)
