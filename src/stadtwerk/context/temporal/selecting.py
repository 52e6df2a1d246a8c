"""Which entities' pasts are asked for: a query of a URL or of a body (ETSI GS CIM 009 clauses 5.2.23, 5.7.3, 5.7.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from stadtwerk.context.columns import LOCATION
from stadtwerk.context.geoq import GeoQuery
from stadtwerk.context.limits import OFFSET_MAX, PAGE_DEFAULT, PAGE_MAX
from stadtwerk.context.members import ALL, Members, read_members
from stadtwerk.context.params import Params
from stadtwerk.context.posted import as_parameters, read_selectors
from stadtwerk.context.problems import one_fault, problem
from stadtwerk.context.q import Node
from stadtwerk.context.q_parser import parse_q
from stadtwerk.context.query import Selector, read_geo, read_selector
from stadtwerk.context.scopes import ScopeTest, parse_scopes
from stadtwerk.context.selection import ANY, parse_types
from stadtwerk.context.temporal.asking import SHAPE_PARAMS, TIME_PARAMS, TimeAsk, read_time

_SHOWN = ("attrs", "pick", "omit", "datasetId", "lang", "local", *TIME_PARAMS, *SHAPE_PARAMS)
_WHICH = ("georel", "geometry", "coordinates", "geoproperty", "type", "id", "idPattern", "q", "scopeQ")
ENTITY_PARAMS = (*_SHOWN, "type")
ENTITIES_PARAMS = (*_SHOWN, *_WHICH, "limit", "offset", "count", "orderBy")
URL_PARAMS = (*SHAPE_PARAMS, "limit", "offset", "count", "local")
"""Parameters that stand in the URL although the query is posted."""


class Which(msgspec.Struct, frozen=True):
    """A temporal query: which entities, which of their instances, how shown."""

    time: TimeAsk
    members: Members = ALL
    datasets: tuple[str, ...] = ()
    lang: str = ""
    selectors: tuple[Selector, ...] = (Selector(),)
    q: Node | None = None
    geo: GeoQuery | None = None
    geo_property: str = LOCATION
    scope: ScopeTest | None = None
    limit: int = PAGE_DEFAULT
    offset: int = 0
    count: bool = False
    downwards: bool = False


def read_retrieval(query_string: bytes) -> Which:
    """Read what is asked of one entity's past."""
    params = Params(query_string, ENTITY_PARAMS)
    types = params.read(parse_types, "type")
    which = Which(*_shown(params), (Selector(types or ANY),))
    params.flag("local")
    params.done()
    return which


def read_selection(query_string: bytes) -> Which:
    """Read a query of a URL; refuses one that does not say which entities (400)."""
    params = Params(query_string, ENTITIES_PARAMS)
    return _selection(params, (read_selector(params),), typed=params.text("type") is not None)


def read_posted(content: Mapping[str, Any], query_string: bytes) -> Which:
    """Read a Query with its temporalQ, and the parameters beside it (clause 5.2.23)."""
    Params(query_string, URL_PARAMS)
    if content.get("type") != "Query":
        raise one_fault("type", "is Query")
    body = dict(content)
    time = body.pop("temporalQ", {})
    if not isinstance(time, dict) or not set(TIME_PARAMS).issuperset(time):
        raise one_fault("temporalQ", f"an object with some of {', '.join(TIME_PARAMS)}")
    given = {name: _text(name, value) for name, value in time.items()}
    params = Params(query_string, ENTITIES_PARAMS, as_parameters(body) | given)
    selectors = read_selectors(body["entities"]) if "entities" in body else (Selector(),)
    return _selection(params, selectors, typed=any(one.types != ANY for one in selectors))


def _selection(params: Params, selectors: tuple[Selector, ...], *, typed: bool) -> Which:
    which = Which(
        *_shown(params),
        selectors,
        params.read(parse_q, "q"),
        read_geo(params),
        params.text("geoproperty") or LOCATION,
        params.read(parse_scopes, "scopeQ"),
        params.integer("limit", PAGE_DEFAULT, high=OFFSET_MAX),
        params.integer("offset", 0, high=OFFSET_MAX),
        params.flag("count") or False,
        params.read(_downwards, "orderBy") or False,
    )
    if not params.flag("local") and not typed and not any(map(params.text, ("attrs", "q", "georel"))):
        params.fault("type", "give one of type, attrs, q, georel, or local=true")
    if which.limit == 0 and not which.count:
        params.fault("limit", "0 goes with count=true only")
    params.done()
    if which.limit > PAGE_MAX:
        raise problem("TooManyResults", f"at most {PAGE_MAX} entities a page")
    return which


def _shown(params: Params) -> tuple[TimeAsk, Members, tuple[str, ...], str]:
    datasets = tuple(filter(None, (params.text("datasetId") or "").split(",")))
    return read_time(params), read_members(params), datasets, params.text("lang") or ""


def _downwards(text: str) -> bool:
    """Read `orderBy`, which may name the id only (clause 5.7.4.4)."""
    if text not in ("id", "id;asc", "id;desc"):
        raise one_fault("orderBy", "the past is ordered by id only: id, id;asc or id;desc")
    return text == "id;desc"


def _text(name: str, value: Any) -> str:
    """Write a member of a temporalQ as the parameter it would be in a URL."""
    if name == "aggrMethods" and isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ",".join(value)
    if name == "lastN" and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise one_fault(f"temporalQ.{name}", "a text")
    return value
