"""A subscription ready for work: whom it concerns as functions, how it tells as a form (clauses 5.2.12, 5.8.6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

import msgspec

from stadtwerk.context.columns import LOCATION
from stadtwerk.context.evaluate import Condition, Subject, compile_q
from stadtwerk.context.face import Face, Media
from stadtwerk.context.geoq import read_geoq, shape_of, shape_test
from stadtwerk.context.headers import context_link
from stadtwerk.context.holders import whence
from stadtwerk.context.library import Context
from stadtwerk.context.limits import CACHED_PLANS
from stadtwerk.context.members import ALL, Members, parse_members
from stadtwerk.context.moments import read_moment
from stadtwerk.context.pattern import compile_pattern
from stadtwerk.context.q_parser import parse_q
from stadtwerk.context.query import FORMS, JOINS, Following, View
from stadtwerk.context.scopes import parse_scopes
from stadtwerk.context.selection import ANY, AllOf, AnyOf, Selection, parse_types, selects
from stadtwerk.context.subscriptions.bound import Bound, bound_of
from stadtwerk.context.subscriptions.endpoint import Endpoint, read_endpoint
from stadtwerk.context.subscriptions.reading import DEFAULT_TRIGGERS, TRIGGERS, Json, geo_texts
from stadtwerk.kernel.clock import US

BIT: Mapping[str, int] = {name: 1 << place for place, name in enumerate(TRIGGERS)}
"""What can happen to an entity or an attribute, as bits."""
_JSON_LD, _GEO_JSON = "application/ld+json", "application/geo+json"
_PLAIN = ("Prefer", "body=json")
"""What leaves the @context of GeoJSON to a header (clause 6.3.6)."""


class Kept(msgspec.Struct):
    """A subscription at rest: its members with IRIs for names, the @context as it was given, what q was written in."""

    body: Json
    context: Any
    q_context: Any
    created_us: int
    modified_us: int


_decode = msgspec.json.Decoder(Kept).decode
_encode = msgspec.json.Encoder().encode


def read_kept(body: bytes) -> Kept:
    """Take a subscription out of its bytes at rest."""
    return _decode(body)


def write_kept(kept: Kept) -> bytes:
    """Put a subscription at rest."""
    return _encode(kept)


@dataclass(frozen=True, slots=True)
class Selector:
    """Entities by type, ids and pattern of id."""

    types: Selection
    names: frozenset[str]
    """Types of which one will do, where the selection says no more than that."""
    ids: frozenset[str]
    matches_id: Callable[[str], object] | None

    def takes(self, entity_id: str, types: frozenset[str]) -> bool:
        """Tell whether an entity is one of those asked for."""
        if self.ids and entity_id not in self.ids:
            return False
        if self.matches_id is not None and self.matches_id(entity_id) is None:
            return False
        if self.names:
            return not self.names.isdisjoint(types)
        return self.types == ANY or selects(self.types, types.__contains__)

    def type_names(self) -> tuple[str, ...]:
        """Return types of which every entity asked for has one; none if it may have any."""
        return _type_names(self.types)


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """How entities are told: made once for all subscriptions that want the same, and compared by identity."""

    face: Face
    following: Following
    changes: bool
    """Whether what was before is told too."""
    deletions: bool
    """Whether attributes that went away are told."""
    inside: bool
    """Whether the @context stands in the body."""


@dataclass(slots=True, eq=False)
class Subscription:
    """A subscription at work."""

    tenant: str
    id: str
    kept: Kept
    context: Context
    selectors: tuple[Selector, ...]
    watched: frozenset[str]
    triggers: int
    by_type: bool
    """Whether every entity of one of its types is selected: where types are looked up, the selectors are spared."""
    conditions: tuple[Condition, ...]
    """What scopeQ, q and geoQ ask; equal questions are the same object."""
    bound: Bound | None
    """What must hold before q can, if that is plain to see."""
    expires_us: int
    throttling_us: int
    interval_us: int
    form: Form
    endpoint: Endpoint
    head: str
    """Headers of its notifications, as JSON."""
    prefix: bytes
    """What stands in each notification between its id and its instant."""

    @property
    def active(self) -> bool:
        """Tell whether it is not paused; it may have expired all the same."""
        return self.kept.body.get("isActive", True) is True


def compile_subscription(tenant: str, kept: Kept, context: Context, q_context: Context) -> Subscription:
    """Make a subscription ready for work; `context` is what its notifications are written in."""
    body = kept.body
    notification = body["notification"]
    endpoint = read_endpoint(notification["endpoint"])
    triggers = sum({BIT[name] for name in body.get("notificationTrigger", DEFAULT_TRIGGERS)})
    form = _form_of(kept, context, endpoint, triggers)
    selectors = tuple(map(_selector, body.get("entities", ())))
    return Subscription(
        tenant=tenant,
        id=body["id"],
        kept=kept,
        context=context,
        selectors=selectors,
        watched=frozenset(body.get("watchedAttributes", ())),
        triggers=triggers,
        by_type=all(one.names and not one.ids and one.matches_id is None for one in selectors),
        conditions=tuple(_conditions(body, context, q_context)),
        bound=bound_of(parse_q(unquote(body["q"])), q_context.terms) if "q" in body else None,
        expires_us=read_moment(body.get("expiresAt", "")) or 0,
        throttling_us=round(body.get("throttling", 0) * US),
        interval_us=round(body.get("timeInterval", 0) * US),
        form=form,
        endpoint=endpoint,
        head=_head(tenant, context, form),
        prefix=_prefix(body["id"]),
    )


def type_keys(subscription: Subscription) -> tuple[str, ...]:
    """Return types of which every entity that concerns the subscription has one; none if it may have any."""
    return _types_of(subscription.selectors)


def selected_types(kept: Kept) -> tuple[str, ...]:
    """Return the same of a subscription at rest."""
    return _types_of(tuple(map(_selector, kept.body.get("entities", ()))))


def _types_of(selectors: tuple[Selector, ...]) -> tuple[str, ...]:
    keys = [selector.type_names() for selector in selectors]
    return tuple({name for names in keys for name in names}) if keys and all(keys) else ()


def _conditions(body: Json, context: Context, q_context: Context) -> Iterator[Condition]:
    if "scopeQ" in body:
        yield _compile_scopes(body["scopeQ"])
    if "q" in body:
        yield _compile_q(unquote(body["q"]), _Same(q_context))
    if (geo := body.get("geoQ")) is not None:
        yield _compile_geo(*geo_texts(geo), geo.get("geoproperty", context.terms.expand(LOCATION)))


def _selector(one: Mapping[str, Any]) -> Selector:
    pattern = compile_pattern(one["idPattern"], "idPattern").search if "idPattern" in one else None
    types = parse_types(one["type"])
    parts = types.parts if isinstance(types, AnyOf) else (types,)
    simple = types != ANY and all(isinstance(part, str) and part != ANY for part in parts)
    names = frozenset(part for part in parts if isinstance(part, str)) if simple else frozenset[str]()
    return Selector(types, names, frozenset(one.get("id", ())), pattern)


def _type_names(selection: Selection) -> tuple[str, ...]:
    if isinstance(selection, str):
        return () if selection == ANY else (selection,)
    parts = [_type_names(part) for part in selection.parts]
    if isinstance(selection, AllOf):
        return min(filter(None, parts), key=len, default=())
    return tuple(name for names in parts for name in names) if all(parts) else ()


def _form_of(kept: Kept, context: Context, endpoint: Endpoint, triggers: int) -> Form:
    body = kept.body
    notification = body["notification"]
    view = View(
        members=_members(notification),
        form=FORMS[notification.get("format", "normalized")],
        sys_attrs=notification.get("sysAttrs", False),
        lang=body.get("lang", ""),
        datasets=tuple(body.get("datasetId", ())),
    )
    join = JOINS[notification.get("join", "@none")]
    return _form(
        view,
        _Same(context),
        endpoint.accept,
        Following(join, notification.get("joinLevel", 1) if join else 0),
        (
            notification.get("showChanges", False),
            bool(triggers & (BIT["attributeDeleted"] | BIT["entityUpdated"])),
            endpoint.accept == _JSON_LD or (endpoint.accept == _GEO_JSON and _PLAIN not in endpoint.receiver),
        ),
    )


def _members(notification: Json) -> Members:
    if "attributes" in notification:
        return Members(attrs=tuple(notification["attributes"]))
    pick = parse_members("pick", ",".join(notification["pick"])) if "pick" in notification else ALL
    omit = parse_members("omit", ",".join(notification["omit"])) if "omit" in notification else ALL
    return Members((), pick.pick, omit.omit, (*pick.linked, *omit.linked))


class _Same:
    """A context as part of a key: equal when its URL and its very terms are."""

    __slots__ = ("context",)

    def __init__(self, context: Context) -> None:
        self.context = context

    def __hash__(self) -> int:
        return hash(self.context.url)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Same):
            return NotImplemented
        return self.context.url == other.context.url and self.context.terms is other.context.terms


@lru_cache(maxsize=CACHED_PLANS)
def _form(view: View, same: _Same, media: Media, following: Following, flags: tuple[bool, bool, bool]) -> Form:
    changes, deletions, inside = flags
    return Form(Face(view, same.context, media), following, changes, deletions, inside)


@lru_cache(maxsize=CACHED_PLANS)
def _compile_q(text: str, same: _Same) -> Condition:
    return compile_q(parse_q(text), same.context.terms)


@lru_cache(maxsize=CACHED_PLANS)
def _compile_scopes(text: str) -> Condition:
    test = parse_scopes(text)
    return lambda subject: test(subject.entity.scope)


@lru_cache(maxsize=CACHED_PLANS)
def _compile_geo(georel: str, geometry: str, coordinates: str, iri: str) -> Condition:
    test = shape_test(read_geoq(georel, geometry, coordinates))

    def near(subject: Subject) -> bool:
        shapes = (shape_of(instance.get("value")) for instance in subject.instances(iri))
        return any(shape is not None and test(shape) for shape in shapes)

    return near


def _head(holder: str, context: Context, form: Form) -> str:
    head: dict[str, str] = {"Content-Type": form.face.media}
    if not form.inside:
        head["Link"] = context_link(context.url)
    return _encode(head | whence(holder)).decode()


def _prefix(subscription_id: str) -> bytes:
    return b'","type":"Notification","subscriptionId":' + _encode(subscription_id) + b',"notifiedAt":"'
