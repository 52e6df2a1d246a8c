"""Reading what clients write about subscriptions: names become IRIs, all is checked (clauses 5.2.12 to 5.2.14)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NoReturn
from urllib.parse import unquote

import msgspec

from stadtwerk.context.entities.document import NULL
from stadtwerk.context.entities.expand import check_id
from stadtwerk.context.geoq import read_geoq
from stadtwerk.context.limits import MEMBERS_MAX, SUBSCRIPTION_PARTS
from stadtwerk.context.members import NAME, parse_members
from stadtwerk.context.moments import read_moment
from stadtwerk.context.pattern import compile_pattern
from stadtwerk.context.problems import one_fault
from stadtwerk.context.q_parser import parse_q
from stadtwerk.context.query import FORMS, JOINS
from stadtwerk.context.scopes import parse_scopes
from stadtwerk.context.selection import ANY, parse_types
from stadtwerk.context.subscriptions.endpoint import read_endpoint
from stadtwerk.context.terms import Terms

Json = dict[str, Any]
"""A subscription as it is kept: as it was sent, but with IRIs for names, and nothing that the broker makes."""

TYPE = "Subscription"
TRIGGERS = (
    "entityCreated",
    "entityUpdated",
    "entityDeleted",
    "attributeCreated",
    "attributeUpdated",
    "attributeDeleted",
)
DEFAULT_TRIGGERS = ("attributeCreated", "attributeUpdated")
OWN = frozenset(("id", "type", "scope", "createdAt", "modifiedAt", "deletedAt", "expiresAt"))
"""Members of an entity that are no attributes: their names stay what they are."""
SELECTION = re.compile(r"[^\s,|;()\"<>]+")
"""A name in a selection of types."""
_MADE = frozenset(("@context", "status", "createdAt", "modifiedAt", "timesSent", "timesFailed"))
"""Members that the broker makes: what a client says of them is passed over."""
_MADE_OF_NOTIFICATION = frozenset(
    ("status", "timesSent", "timesFailed", "lastNotification", "lastSuccess", "lastFailure")
)
_FLAGS = ("sysAttrs", "showChanges")


def read_subscription(content: Mapping[str, Any], terms: Terms, now_us: int) -> Json:
    """Read a subscription; refuses what is missing or malformed (400)."""
    body = _members(content, terms)
    _check_whole(body)
    _check_end(body, now_us)
    return body


def change_subscription(before: Json, part: Mapping[str, Any], terms: Terms, now_us: int) -> Json:
    """Merge a fragment into a subscription, null taking away (clause 5.8.2)."""
    gone = {name for name, value in part.items() if value is None or (value == NULL and isinstance(value, str))}
    fresh = _members({name: value for name, value in part.items() if name not in gone}, terms)
    if fresh.get("id", before["id"]) != before["id"]:
        _no("id", "is not the one of the path")
    after = {name: value for name, value in {**before, **fresh}.items() if name not in gone}
    _check_whole(after)
    _check_end(fresh, now_us)
    return after


def _members(content: Mapping[str, Any], terms: Terms) -> Json:
    if len(content) > MEMBERS_MAX:
        _no("body", f"at most {MEMBERS_MAX} members")
    body: Json = {}
    for name, value in content.items():
        known = {"@id": "id", "@type": "type"}.get(name, name)
        if known in _MADE:
            continue
        read = _READERS.get(known)
        if read is None:
            _no(known[:100], "no member of a subscription")
        if value is None:
            _no(known, "null is no value")
        body[known] = read(known, value, terms)
    return body


def _check_whole(body: Json) -> None:
    """Check what holds between members."""
    for name in ("type", "notification"):
        if name not in body:
            _no(name, "is missing")
    if "entities" not in body and "watchedAttributes" not in body:
        _no("entities", "a subscription names entities or watchedAttributes")
    if "timeInterval" not in body:
        return
    for name in ("throttling", "watchedAttributes"):
        if name in body:
            _no(name, "not together with timeInterval")
    if "entities" not in body:
        _no("entities", "a subscription with timeInterval names entities")


def _check_end(body: Json, now_us: int) -> None:
    if "expiresAt" in body and (read_moment(body["expiresAt"]) or 0) <= now_us:
        _no("expiresAt", "lies in the past")


def _type(place: str, value: Any, terms: Terms) -> str:
    if value != TYPE:
        _no(place, f"is {TYPE}")
    return TYPE


def _id(place: str, value: Any, terms: Terms) -> str:
    return check_id(value, place)


def _text(place: str, value: Any, terms: Terms | None = None) -> str:
    if not isinstance(value, str) or not value:
        _no(place, "a text")
    return value


def _flag(place: str, value: Any, terms: Terms | None = None) -> bool:
    if not isinstance(value, bool):
        _no(place, "true or false")
    return value


def _seconds(place: str, value: Any, terms: Terms) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value <= 1e9:
        _no(place, "seconds, above 0")
    return value


def _moment(place: str, value: Any, terms: Terms) -> str:
    if not isinstance(value, str) or "T" not in value or read_moment(value) is None:
        _no(place, "a date and time such as 2026-11-26T18:00:00Z")
    return value


def _list(place: str, value: Any) -> list[Any]:
    if not isinstance(value, list) or not 0 < len(value) <= SUBSCRIPTION_PARTS:
        _no(place, f"a list of 1 to {SUBSCRIPTION_PARTS}")
    return value


def _names(place: str, value: Any, terms: Terms) -> list[str]:
    return [terms.expand(_name(place, one)) for one in _list(place, value)]


def _name(place: str, value: Any) -> str:
    if not isinstance(value, str) or not NAME.fullmatch(value) or value in ("id", "type", "scope"):
        _no(place, "names of attributes")
    return value


def _triggers(place: str, value: Any, terms: Terms) -> list[str]:
    if any(one not in TRIGGERS for one in _list(place, value)):
        _no(place, f"some of {', '.join(TRIGGERS)}")
    return list(value)


def _entities(place: str, value: Any, terms: Terms) -> list[Json]:
    return [_selector(f"{place}[{number}]", one, terms) for number, one in enumerate(_list(place, value))]


def _selector(place: str, one: Any, terms: Terms) -> Json:
    """Read an EntitySelector (clause 5.2.33)."""
    if not isinstance(one, dict) or not one.keys() <= {"id", "idPattern", "type"}:
        _no(place, "an object with type, and id or idPattern")
    text = _text(f"{place}.type", one.get("type"))
    parse_types(text)
    read: Json = {"type": SELECTION.sub(lambda found: _meant(found.group(), terms), text)}
    if "id" in one:
        ids = one["id"] if isinstance(one["id"], list) else [one["id"]]
        read["id"] = [check_id(single, f"{place}.id") for single in _list(f"{place}.id", ids)]
    if "idPattern" in one:
        compile_pattern(_text(f"{place}.idPattern", one["idPattern"]), f"{place}.idPattern")
        read["idPattern"] = one["idPattern"]
    return read


def _meant(name: str, terms: Terms) -> str:
    return name if name == ANY or name in OWN else terms.expand(name)


def _q(place: str, value: Any, terms: Terms) -> str:
    parse_q(unquote(_text(place, value)))
    return str(value)


def _scopes(place: str, value: Any, terms: Terms) -> str:
    parse_scopes(_text(place, value))
    return str(value)


def _geo(place: str, value: Any, terms: Terms) -> Json:
    """Read a GeoQuery (clause 5.2.13)."""
    if not isinstance(value, dict) or not value.keys() <= {"georel", "geometry", "coordinates", "geoproperty"}:
        _no(place, "an object with georel, geometry, coordinates and geoproperty")
    if not {"georel", "geometry", "coordinates"} <= value.keys():
        _no(place, "has georel, geometry and coordinates")
    read_geoq(*geo_texts(value))
    read = dict(value)
    if "geoproperty" in value:
        read["geoproperty"] = terms.expand(_name(f"{place}.geoproperty", value["geoproperty"]))
    return read


def geo_texts(value: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return relation, geometry and coordinates of a GeoQuery as a URL would have them."""
    coordinates = value["coordinates"]
    text = coordinates if isinstance(coordinates, str) else msgspec.json.encode(coordinates).decode()
    return _text("geoQ.georel", value["georel"]), _text("geoQ.geometry", value["geometry"]), text


def _datasets(place: str, value: Any, terms: Terms) -> list[str]:
    given = value if isinstance(value, list) else [value]
    return [one if one == "@none" else check_id(one, place) for one in _list(place, given)]


def _notification(place: str, value: Any, terms: Terms) -> Json:
    """Read NotificationParams (clause 5.2.14)."""
    if not isinstance(value, dict):
        _no(place, "an object with an endpoint")
    read: Json = {}
    for name, content in value.items():
        if name in _MADE_OF_NOTIFICATION:
            continue
        part = _PARTS.get(name)
        if part is None:
            _no(f"{place}.{name[:100]}", "no member of a notification")
        if content is None or (content == NULL and isinstance(content, str)):
            _no(f"{place}.{name}", "null is no value")
        read[name] = part(f"{place}.{name}", content, terms)
    if "endpoint" not in read:
        _no(f"{place}.endpoint", "is missing")
    if read.get("showChanges") and FORMS[read.get("format", "normalized")] == "simplified":
        _no(f"{place}.showChanges", "not together with a simplified format")
    _check_projection(place, read)
    return read


def _check_projection(place: str, read: Json) -> None:
    if "attributes" in read and ("pick" in read or "omit" in read):
        _no(f"{place}.attributes", "not together with pick or omit")
    for name in sorted(set(read.get("pick", ())).intersection(read.get("omit", ()))):
        _no(f"{place}.omit", f"{name} is also picked")


def _endpoint(place: str, value: Any, terms: Terms) -> Json:
    read_endpoint(value, place)
    return dict(value)


def _format(place: str, value: Any, terms: Terms) -> str:
    if value not in FORMS:
        _no(place, f"one of {', '.join(FORMS)}")
    return str(value)


def _join(place: str, value: Any, terms: Terms) -> str:
    if value not in JOINS:
        _no(place, f"one of {', '.join(JOINS)}")
    return str(value)


def _level(place: str, value: Any, terms: Terms) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= SUBSCRIPTION_PARTS:
        _no(place, "a whole number from 1")
    return value


def _projection(place: str, value: Any, terms: Terms) -> list[str]:
    kind = "pick" if place.endswith("pick") else "omit"
    texts = [_text(place, one) for one in _list(place, value)]
    parse_members("pick" if kind == "pick" else "omit", ",".join(texts), place)
    return [NAME.sub(lambda found: _meant(found.group(), terms), text) for text in texts]


def _no(place: str, detail: str) -> NoReturn:
    raise one_fault(place, detail)


_Read = Callable[[str, Any, Terms], Any]

_READERS: Mapping[str, _Read] = {
    "id": _id,
    "type": _type,
    "subscriptionName": _text,
    "description": _text,
    "entities": _entities,
    "watchedAttributes": _names,
    "notificationTrigger": _triggers,
    "timeInterval": _seconds,
    "throttling": _seconds,
    "q": _q,
    "scopeQ": _scopes,
    "geoQ": _geo,
    "csf": _text,
    "lang": _text,
    "datasetId": _datasets,
    "isActive": _flag,
    "expiresAt": _moment,
    "jsonldContext": _id,
    "notification": _notification,
}
_PARTS: Mapping[str, _Read] = {
    "attributes": _names,
    "pick": _projection,
    "omit": _projection,
    "format": _format,
    "join": _join,
    "joinLevel": _level,
    "endpoint": _endpoint,
    **dict.fromkeys(_FLAGS, _flag),
}
