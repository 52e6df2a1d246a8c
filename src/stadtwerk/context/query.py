"""What a client asks of the entities: its parameters, read once and kept compiled (ETSI GS CIM 009 clauses 5.7.1, 5.7.2)."""  # noqa: E501

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

import msgspec

from stadtwerk.context.columns import LOCATION
from stadtwerk.context.geometry import read_geometry
from stadtwerk.context.geoq import GeoQuery, read_geoq
from stadtwerk.context.limits import CACHED_PLANS, JOIN_LEVELS, OFFSET_MAX, PAGE_DEFAULT, PAGE_MAX
from stadtwerk.context.members import ALL, NAME, Members, read_members
from stadtwerk.context.order import Order, check_collation, parse_order
from stadtwerk.context.params import Params
from stadtwerk.context.pattern import compile_pattern
from stadtwerk.context.problems import one_fault, problem
from stadtwerk.context.q import Node, terms_of
from stadtwerk.context.q_parser import parse_q
from stadtwerk.context.scopes import ScopeTest, parse_scopes
from stadtwerk.context.selection import ANY, Selection, parse_types
from stadtwerk.context.temporal.duration import Duration, read_duration
from stadtwerk.kernel.refusal import Refused

Form = Literal["normalized", "concise", "simplified"]
Join = Literal["", "inline", "flat"]

FORMS: dict[str, Form] = {
    "normalized": "normalized",
    "concise": "concise",
    "simplified": "simplified",
    "keyValues": "simplified",
}
JOINS: dict[str, Join] = {"inline": "inline", "flat": "flat", "@none": ""}
SYSTEM = frozenset(("createdAt", "modifiedAt", "deletedAt", "observedAt"))
"""Attributes that every entity has, so that asking for them alone asks for everything."""

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`\ufffd\x00-\x20]+")
_LANG = re.compile(r"(?:\*|[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)(?:\s*;\s*q=[01](?:\.\d{0,3})?)?")
_JOINING = ("join", "joinLevel", "containedBy")
_MAPS = ("entityMap", "entityMapLifetime", "splitEntities")
_SHOWN = (
    *("attrs", "pick", "omit", "options", "format", "geometryProperty", "local", "lang", "datasetId"),
    *_JOINING,
    *_MAPS,
)
_PLACE = ("georel", "geometry", "coordinates")
_VALUES = ("q", "scopeQ", "csf", "expandValues", "jsonKeys")
_ORDERING = ("orderBy", "collation", "orderFrom", "orderGeometry")

ENTITIES_PARAMS = (
    *(*_SHOWN, *_PLACE, *_VALUES, *_ORDERING),
    *("geoproperty", "type", "id", "idPattern", "limit", "offset", "count"),
)
ENTITY_PARAMS = (*_SHOWN, "type")


class View(msgspec.Struct, frozen=True):
    """How entities are shown: members, representation, the geometry of GeoJSON features, times, language, instances."""

    members: Members = ALL
    form: Form = "normalized"
    geometry: str = LOCATION
    geometry_asked: bool = False
    sys_attrs: bool = False
    lang: str = ""
    datasets: tuple[str, ...] = ()

    @property
    def plain(self) -> bool:
        """Tell whether the view needs nothing that only documents have."""
        return not (self.sys_attrs or self.lang or self.datasets)


class Following(msgspec.Struct, frozen=True):
    """How far relationships are followed, and how the linked entities are shown; `seen` are not shown again."""

    join: Join = ""
    levels: int = 0
    seen: tuple[str, ...] = ()


ALONE = Following()


class Selector(msgspec.Struct, frozen=True):
    """Entities by type, id and pattern of id (EntitySelector, clause 5.2.33)."""

    types: Selection = ANY
    ids: tuple[str, ...] = ()
    id_pattern: re.Pattern[str] | None = None

    def takes(self, entity_id: str) -> bool:
        """Tell whether an id is one of those asked for."""
        if self.ids and entity_id not in self.ids:
            return False
        return self.id_pattern is None or self.id_pattern.search(entity_id) is not None


class EntityQuery(msgspec.Struct, frozen=True):
    """Which entities are asked for, in which order and page, and how they are shown."""

    view: View
    selectors: tuple[Selector, ...] = (Selector(),)
    q: Node | None = None
    expanded: tuple[str, ...] = ()
    geo: GeoQuery | None = None
    geo_property: str = LOCATION
    scopes: ScopeTest | None = None
    order: Order | None = None
    following: Following = ALONE
    limit: int = PAGE_DEFAULT
    offset: int = 0
    count: bool = False
    local: bool = False
    map_asked: bool = False
    """Whether the entities found are to be held fast in an entity map."""
    map_life: Duration = Duration()


@lru_cache(maxsize=CACHED_PLANS)
def read_entities_query(query_string: bytes) -> EntityQuery:
    """Compile the parameters of GET /entities; raises one refusal that names every fault."""
    params = Params(query_string, ENTITIES_PARAMS)
    selector = read_selector(params)
    if selector.types == ANY and params.text("type") and params.text("local") == "false":
        params.fault("local", "type=* is always local")
    return finish_query(params, (selector,), typed=params.text("type") is not None)


def read_selector(params: Params) -> Selector:
    """Read which entities are meant: type, id, idPattern."""
    return Selector(
        params.read(parse_types, "type") or ANY,
        params.read(_ids, "id") or (),
        params.read(lambda text: compile_pattern(text, "idPattern"), "idPattern"),
    )


def finish_query(params: Params, selectors: tuple[Selector, ...], *, typed: bool) -> EntityQuery:
    """Read all that is asked of the entities selected; `typed` says that the selection names types."""
    view, following = _read_view(params), _read_following(params)
    local = params.flag("local") or False
    query = EntityQuery(
        view,
        selectors,
        params.read(parse_q, "q"),
        params.read(lambda text: _names("expandValues", text), "expandValues") or (),
        read_geo(params),
        params.text("geoproperty") or LOCATION,
        params.read(parse_scopes, "scopeQ"),
        _read_order(params),
        following,
        params.integer("limit", PAGE_DEFAULT, high=OFFSET_MAX),
        params.integer("offset", 0, high=OFFSET_MAX),
        params.flag("count") or False,
        local,
        params.flag("entityMap") or False,
        params.read(_lifetime, "entityMapLifetime") or Duration(),
    )
    params.read(lambda text: _names("jsonKeys", text), "jsonKeys")
    params.read(lambda text: _other_q(text, "csf"), "csf")
    if not (local or typed or params.text("georel") or _names_attributes(params, query)):
        params.fault("type", "give one of type, attrs, q, georel, or local=true")
    if query.q is not None and max(term.path.depth for term in terms_of(query.q)) > following.levels:
        params.fault("q", "follows more relationships than join and joinLevel allow")
    if query.limit == 0 and not query.count:
        params.fault("limit", "0 goes with count=true only")
    params.done()
    if query.limit > PAGE_MAX:
        raise problem("TooManyResults", f"at most {PAGE_MAX} entities a page")
    return query


def _names_attributes(params: Params, query: EntityQuery) -> bool:
    """Tell whether attrs or q narrow the question: attributes that every entity has do not (5.7.2.4)."""
    attrs = query.view.members.attrs
    if (params.text("q") and query.q is None) or (params.text("attrs") and not attrs):
        return True  # they are there, and wrong
    asked = {term.path.name for term in terms_of(query.q)} if query.q is not None else set()
    return bool(asked.union(attrs) - SYSTEM)


class Retrieval(msgspec.Struct, frozen=True):
    """How one entity is asked for."""

    view: View
    types: Selection
    following: Following = ALONE
    local: bool = False
    map_asked: bool = False
    map_life: Duration = Duration()


@lru_cache(maxsize=CACHED_PLANS)
def read_entity_query(query_string: bytes) -> Retrieval:
    """Compile the parameters of GET /entities/{id}."""
    params = Params(query_string, ENTITY_PARAMS)
    view, following = _read_view(params), _read_following(params)
    types = params.read(parse_types, "type")
    local, mapped = params.flag("local") or False, params.flag("entityMap") or False
    life = params.read(_lifetime, "entityMapLifetime") or Duration()
    params.done()
    return Retrieval(view, types if types is not None else ANY, following, local, mapped, life)


def check_uri(text: str, field: str) -> str:
    """Accept a URI or refuse it (400)."""
    if not _URI.fullmatch(text):
        raise one_fault(field, f"{text[:60]!r} is no URI")
    return text


def _ids(text: str, field: str = "id") -> tuple[str, ...]:
    return tuple(dict.fromkeys(check_uri(part, field) for part in text.split(",")))


def _names(field: str, text: str) -> tuple[str, ...]:
    names = text.split(",")
    if not all(map(NAME.fullmatch, names)):
        raise one_fault(field, "names of attributes, separated by commas")
    return tuple(names)


def _other_q(text: str, field: str) -> Node:
    return parse_q(text, field)


def read_geo(params: Params) -> GeoQuery | None:
    """Read a geo-query; refuses one of which a part is missing."""
    given = [name for name in _PLACE if params.text(name) is not None]
    if given and len(given) < len(_PLACE):
        for name in sorted(set(_PLACE).difference(given)):
            params.fault(name, f"is missing beside {', '.join(given)}")
    params.read(lambda text: _names("geoproperty", text), "geoproperty")
    return params.read(read_geoq, *_PLACE)


def _read_order(params: Params) -> Order | None:
    steps = params.read(parse_order, "orderBy")
    collation = params.read(check_collation, "collation") or ""
    shape, origin = params.text("orderGeometry") or "Point", params.text("orderFrom") or ""
    if steps is None:
        return None
    if any(step.distance for step in steps) and not origin:
        params.fault("orderFrom", "an order by distance says from where")
    if origin:
        params.read(lambda text: _origin(shape, text), "orderFrom")
    return Order(steps, collation, origin, shape)


def _origin(shape: str, coordinates: str) -> object:
    try:
        return read_geometry(shape, coordinates)
    except Refused as error:
        raise one_fault("orderFrom", "coordinates of orderGeometry") from error


def _read_following(params: Params) -> Following:
    join = params.text("join")
    if join is not None and join not in JOINS:
        params.fault("join", f"one of {', '.join(JOINS)}")
    levels = params.integer("joinLevel", 1, high=JOIN_LEVELS)
    if levels == 0:
        params.fault("joinLevel", f"a whole number from 1 to {JOIN_LEVELS}")
    seen = params.read(lambda text: _ids(text, "containedBy"), "containedBy") or ()
    wanted = JOINS.get(join or "@none", "")
    return Following(wanted, levels, seen) if wanted else ALONE


def _read_view(params: Params) -> View:
    form, sys_attrs = _read_form(params)
    geometry = params.text("geometryProperty")
    params.read(lambda text: _names("geometryProperty", text), "geometryProperty")
    members = read_members(params)
    if members.depth > _levels(params):
        name = "pick" if "{" in (params.text("pick") or "") else "omit"
        params.fault(name, "reaches further than join and joinLevel allow")
    _read_maps(params)
    return View(
        members,
        form,
        geometry or LOCATION,
        geometry is not None,
        sys_attrs,
        params.read(_language, "lang") or "",
        params.read(_datasets, "datasetId") or (),
    )


def _levels(params: Params) -> int:
    """Return how far relationships may be followed, before faults in those parameters are told."""
    level = params.text("joinLevel") or "1"
    joined = JOINS.get(params.text("join") or "@none", "")
    return int(level) if joined and level.isdecimal() and len(level) < 3 else 0


def _read_form(params: Params) -> tuple[Form, bool]:
    """Read format and options: the former wins over the latter, unknown words are refused (clause 6.3.7)."""
    options = (params.text("options") or "").split(",") if params.text("options") else []
    wanted = [*filter(None, [params.text("format")]), *options]
    for name in wanted:
        if name not in FORMS and (name != "sysAttrs" or name not in options):
            place = "options" if name in options else "format"
            raise problem("InvalidRequest", f"{place}: {name[:40]!r} is none of {', '.join((*FORMS, 'sysAttrs'))}")
    forms = [FORMS[name] for name in wanted if name in FORMS]
    return (forms[0] if forms else "normalized"), "sysAttrs" in options


def _read_maps(params: Params) -> None:
    params.flag("splitEntities")
    params.flag("entityMap")
    params.read(_lifetime, "entityMapLifetime")


def _lifetime(text: str) -> Duration:
    try:
        return read_duration(text)
    except Refused as error:
        raise one_fault("entityMapLifetime", "a duration such as PT1H (ISO 8601)") from error


def _language(text: str) -> str:
    if not all(_LANG.fullmatch(part.strip()) for part in text.split(",")):
        raise one_fault("lang", "languages such as de or fr-CH,fr;q=0.9,*;q=0.5")
    return text


def _datasets(text: str) -> tuple[str, ...]:
    return tuple(part if part == "@none" else check_uri(part, "datasetId") for part in text.split(","))
