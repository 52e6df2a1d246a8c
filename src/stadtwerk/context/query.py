"""What a client asks of the entities: its parameters, read once and kept compiled."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

import msgspec

from stadtwerk.context.columns import LOCATION
from stadtwerk.context.geoq import GeoQuery, read_geoq
from stadtwerk.context.limits import CACHED_PLANS, OFFSET_MAX, PAGE_DEFAULT, PAGE_MAX
from stadtwerk.context.members import ALL, Members, read_members
from stadtwerk.context.params import Params
from stadtwerk.context.pattern import compile_pattern
from stadtwerk.context.problems import one_fault, problem, unsupported
from stadtwerk.context.q import Node
from stadtwerk.context.q_parser import parse_q
from stadtwerk.context.selection import ANY, Selection, parse_types

Form = Literal["normalized", "concise", "simplified"]

FORMS: dict[str, Form] = {
    "normalized": "normalized",
    "concise": "concise",
    "simplified": "simplified",
    "keyValues": "simplified",
}

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`\ufffd\x00-\x20]+")
_SHOWN = ("attrs", "pick", "omit", "options", "format", "geometryProperty", "local")
_PLACE = ("georel", "geometry", "coordinates")

ENTITIES_PARAMS = (*_SHOWN, *_PLACE, "geoproperty", "type", "id", "idPattern", "q", "limit", "offset", "count")
ENTITY_PARAMS = (*_SHOWN, "type")


class View(msgspec.Struct, frozen=True):
    """How entities are shown: members, representation, and the geometry of GeoJSON features."""

    members: Members = ALL
    form: Form = "normalized"
    geometry: str = LOCATION
    geometry_asked: bool = False


class EntityQuery(msgspec.Struct, frozen=True):
    """Which entities are asked for, in which page, and how they are shown."""

    view: View
    types: Selection = ANY
    ids: tuple[str, ...] = ()
    id_pattern: re.Pattern[str] | None = None
    q: Node | None = None
    geo: GeoQuery | None = None
    geo_property: str = LOCATION
    limit: int = PAGE_DEFAULT
    offset: int = 0
    count: bool = False


@lru_cache(maxsize=CACHED_PLANS)
def read_entities_query(query_string: bytes) -> EntityQuery:
    """Compile the parameters of GET /entities; raises one refusal that names every fault."""
    params = Params(query_string, ENTITIES_PARAMS)
    view = _read_view(params)
    types = params.read(parse_types, "type")
    local = params.flag("local")
    if types == ANY and local is False:
        params.fault("local", "type=* is always local")
    query = EntityQuery(
        view,
        types if types is not None else ANY,
        params.read(_ids, "id") or (),
        params.read(lambda text: compile_pattern(text, "idPattern"), "idPattern"),
        params.read(parse_q, "q"),
        _read_geo(params),
        params.text("geoproperty") or LOCATION,
        params.integer("limit", PAGE_DEFAULT, high=OFFSET_MAX),
        params.integer("offset", 0, high=OFFSET_MAX),
        params.flag("count") or False,
    )
    if not local and not any(map(params.text, ("type", "attrs", "q", "georel"))):
        params.fault("type", "give one of type, attrs, q, georel, or local=true")
    if query.limit == 0 and not query.count:
        params.fault("limit", "0 goes with count=true only")
    params.done()
    if query.limit > PAGE_MAX:
        raise problem("TooManyResults", f"at most {PAGE_MAX} entities a page")
    return query


class Retrieval(msgspec.Struct, frozen=True):
    """How one entity is asked for."""

    view: View
    types: Selection


@lru_cache(maxsize=CACHED_PLANS)
def read_entity_query(query_string: bytes) -> Retrieval:
    """Compile the parameters of GET /entities/{id}."""
    params = Params(query_string, ENTITY_PARAMS)
    view = _read_view(params)
    types = params.read(parse_types, "type")
    params.flag("local")
    params.done()
    return Retrieval(view, types if types is not None else ANY)


def check_uri(text: str, field: str) -> str:
    """Accept a URI or refuse it (400)."""
    if not _URI.fullmatch(text):
        raise one_fault(field, f"{text[:60]!r} is no URI")
    return text


def _ids(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(check_uri(part, "id") for part in text.split(",")))


def _read_geo(params: Params) -> GeoQuery | None:
    given = [name for name in _PLACE if params.text(name) is not None]
    if given and len(given) < len(_PLACE):
        for name in sorted(set(_PLACE).difference(given)):
            params.fault(name, f"is missing beside {', '.join(given)}")
    if not given and params.text("geoproperty") is not None:
        params.fault("geoproperty", "goes with georel, geometry and coordinates")
    return params.read(read_geoq, *_PLACE)


def _read_view(params: Params) -> View:
    form: Form = "normalized"
    options = (params.text("options") or "").split(",") if params.text("options") else []
    wanted: Sequence[str] = [*options, *filter(None, [params.text("format")])]
    for name in wanted:
        if name in FORMS:
            form = FORMS[name]
        elif name == "sysAttrs" and name in options:
            params.read(_no_sys_attrs, "options")
        else:
            params.fault("options" if name in options else "format", f"{name[:40]!r} is none of {', '.join(FORMS)}")
    geometry = params.text("geometryProperty")
    return View(read_members(params), form, geometry or LOCATION, geometry is not None)


def _no_sys_attrs(_: str) -> None:
    raise unsupported("options", "sysAttrs: times of creation and change are not kept")
