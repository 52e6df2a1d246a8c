"""A context source registration as it is kept: names as IRIs, all else as it was sent (clauses 5.2.8 to 5.2.11, 5.9)."""  # noqa: E501

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NoReturn
from urllib.parse import urlsplit

import msgspec

from stadtwerk.context.entities.document import NULL
from stadtwerk.context.entities.expand import Reader, check_id, read_scope, read_types
from stadtwerk.context.entities.values import check_geometry
from stadtwerk.context.limits import MEMBERS_MAX
from stadtwerk.context.moments import read_moment, write_moment
from stadtwerk.context.pattern import compile_pattern
from stadtwerk.context.problems import one_fault
from stadtwerk.context.registrations.operations import read_operations
from stadtwerk.context.terms import Terms

Json = dict[str, Any]
"""A registration; `createdAt` and `modifiedAt` are microseconds UTC, properties of the source stand under IRIs."""

TYPE = "ContextSourceRegistration"
MODES = ("inclusive", "exclusive", "redirect", "auxiliary")
KIND = "registration"
"""Kind of kept thing that registrations are."""
PARTS_MAX = 500
"""Most entries of `information`, and most entities or names of one entry."""

_MADE = frozenset(
    ("createdAt", "modifiedAt", "@context", "status", "timesSent", "timesFailed", "lastSuccess", "lastFailure")
)
"""Members that the broker makes: what a client says of them is passed over."""


_decode = msgspec.json.Decoder(dict[str, Any]).decode


def read_registration(content: Mapping[str, Any], terms: Terms, now_us: int) -> Json:
    """Read a registration; refuses what is missing or malformed (400)."""
    if len(content) > MEMBERS_MAX:
        _no("body", f"at most {MEMBERS_MAX} members")
    document: Json = {}
    for name, value in content.items():
        if name in _MADE:
            continue
        known = {"@id": "id", "@type": "type"}.get(name, name)
        read = _READERS.get(known)
        if value is None or (value == NULL and isinstance(value, str)):
            _no(known, "null is no value")
        document[known if read else terms.expand(known)] = read(known, value, terms) if read else value
    for name in ("id", "type", "information", "endpoint"):
        if name not in document:
            _no(name, "is missing")
    _check_whole(document, now_us)
    return document


def change_registration(before: Json, part: Mapping[str, Any], terms: Terms, now_us: int) -> Json:
    """Merge a fragment into a registration, null taking away (clause 5.9.3)."""
    kept = {name: value for name, value in before.items() if name not in _MADE}
    for name, value in part.items():
        if name in ("id", "@id") and value != before["id"]:
            _no("id", "is not the one of the path")
        target = name if name in _READERS else terms.expand(name)
        if value is None or (value == NULL and isinstance(value, str)):
            kept.pop(target, None)
        elif name not in _MADE:
            read = _READERS.get(name)
            kept[target] = read(name, value, terms) if read else value
    for name in ("type", "information", "endpoint"):
        if name not in kept:
            _no(name, "cannot be taken away")
    _check_whole(kept, now_us)
    return {**kept, "createdAt": before["createdAt"], "modifiedAt": now_us}


def show_registration(
    document: Mapping[str, Any], terms: Terms, *, sys_attrs: bool = False, type_lists: bool = False
) -> Json:
    """Write a registration in a client's terms; `type_lists` writes types of entities as lists, even single ones."""
    shown: Json = {}
    for name, value in document.items():
        if name == "information":
            shown[name] = [_show_information(one, terms, type_lists=type_lists) for one in value]
        elif name in ("createdAt", "modifiedAt"):
            if sys_attrs:
                shown[name] = write_moment(value)
        else:
            shown[name if name in _READERS else terms.compact(name)] = value
    return shown


def has_ended(document: Mapping[str, Any], now_us: int) -> bool:
    """Tell whether a registration's time is over."""
    return 0 < (read_moment(document.get("expiresAt", "")) or 0) <= now_us


def living(bodies: Iterable[bytes], now_us: int) -> Iterator[Json]:
    """Give the registrations among kept ones whose time is not over."""
    for body in bodies:
        document = _decode(body)
        if not has_ended(document, now_us):
            yield document


def properties_of(document: Mapping[str, Any]) -> Json:
    """Return the properties that describe the source itself, by IRI (clause 5.2.9)."""
    return {name: value for name, value in document.items() if name not in _READERS and name not in _MADE}


def _show_information(entry: Mapping[str, Any], terms: Terms, *, type_lists: bool) -> Json:
    shown: Json = {}
    if "entities" in entry:
        shown["entities"] = [_show_entity(one, terms, type_lists=type_lists) for one in entry["entities"]]
    for name in ("propertyNames", "relationshipNames"):
        if name in entry:
            shown[name] = [terms.compact(iri) for iri in entry[name]]
    return shown


def _show_entity(entity: Mapping[str, Any], terms: Terms, *, type_lists: bool) -> Json:
    shown = dict(entity)
    if isinstance(names := entity.get("type"), list):
        shown["type"] = [terms.compact(name) for name in names]
    elif names is not None:
        shown["type"] = [terms.compact(names)] if type_lists else terms.compact(names)
    return shown


def _check_whole(document: Json, now_us: int) -> None:
    """Check what holds between members: an exclusive source says exactly which attributes of which entities it has."""
    Reader(Terms({}, {}), now_us).fragment(properties_of(document))
    if (text := document.get("expiresAt")) is not None and (read_moment(text) or 0) <= now_us:
        _no("expiresAt", "lies in the past")
    if document.get("mode") != "exclusive":
        return
    for entry in document["information"]:
        entities = entry.get("entities", ())
        if not entities or not all("id" in entity for entity in entities):
            _no("information", "an exclusive source names each of its entities by id (clause 4.3.6.3)")
        if not entry.get("propertyNames") and not entry.get("relationshipNames"):
            _no("information", "an exclusive source names its attributes (clause 4.3.6.3)")


def _information(place: str, value: Any, terms: Terms) -> list[Json]:
    entries = _list(place, value)
    return [_entry(f"{place}[{number}]", entry, terms) for number, entry in enumerate(entries)]


def _entry(place: str, entry: Any, terms: Terms) -> Json:
    if not isinstance(entry, dict) or not entry or not entry.keys() <= _ENTRY:
        _no(place, f"an object with some of {', '.join(sorted(_ENTRY))}")
    read: Json = {}
    for name, value in entry.items():
        items = _list(f"{place}.{name}", value)
        if name == "entities":
            read[name] = [_entity(f"{place}.{name}", item, terms) for item in items]
        elif all(isinstance(item, str) and item for item in items):
            read[name] = [terms.expand(item) for item in items]
        else:
            _no(f"{place}.{name}", "names of attributes")
    return read


def _entity(place: str, entity: Any, terms: Terms) -> Json:
    if not isinstance(entity, dict) or not entity or not entity.keys() <= {"id", "idPattern", "type"}:
        _no(place, "each an object with type, and id or idPattern")
    read: Json = {}
    if "id" in entity:
        read["id"] = check_id(entity["id"], f"{place}.id")
    if "idPattern" in entity:
        if "id" in entity:
            _no(place, "id or idPattern, not both")
        compile_pattern(_text(f"{place}.idPattern", entity["idPattern"], terms), f"{place}.idPattern")
        read["idPattern"] = entity["idPattern"]
    if "type" in entity:
        names = read_types(entity["type"], terms)
        read["type"] = names if isinstance(entity["type"], list) else names[0]
    return read


def _text(place: str, value: Any, terms: Terms) -> str:
    if not isinstance(value, str) or not value:
        _no(place, "a text")
    return value


def _kind(place: str, value: Any, terms: Terms) -> str:
    if value != TYPE:
        _no(place, f"is {TYPE}")
    return TYPE


def _id(place: str, value: Any, terms: Terms) -> str:
    return check_id(value, place)


def _endpoint(place: str, value: Any, terms: Terms) -> str:
    try:
        parts = urlsplit(value) if isinstance(value, str) and value.isprintable() else None
        good = parts is not None and parts.scheme in ("http", "https") and bool(parts.hostname)
        good = good and (parts.port or 1) > 0 and not parts.query and not parts.fragment  # type: ignore[union-attr]
    except ValueError:
        good = False
    if not good:
        _no(place, "a URL of http or https without query")
    return str(value)


def _mode(place: str, value: Any, terms: Terms) -> str:
    if value not in MODES:
        _no(place, f"one of {', '.join(MODES)}")
    return str(value)


def _operations(place: str, value: Any, terms: Terms) -> list[str]:
    read_operations(value)
    return list(value)


def _moment(place: str, value: Any, terms: Terms) -> str:
    if not isinstance(value, str) or "T" not in value or read_moment(value) is None:
        _no(place, "a date and time such as 2026-11-26T18:00:00Z")
    return value


def _interval(place: str, value: Any, terms: Terms) -> Json:
    if not isinstance(value, dict) or "startAt" not in value or not value.keys() <= {"startAt", "endAt"}:
        _no(place, "startAt, and endAt unless it goes on")
    for name, moment in value.items():
        _moment(f"{place}.{name}", moment, terms)
    return dict(value)


def _geometry(place: str, value: Any, terms: Terms) -> Json:
    check_geometry(place, value)
    return dict(value)


def _pairs(place: str, value: Any, terms: Terms) -> list[Json]:
    pairs = _list(place, value)
    for pair in pairs:
        good = isinstance(pair, dict) and pair.keys() == {"key", "value"}
        if not good or not all(isinstance(part, str) and part and part.isprintable() for part in pair.values()):
            _no(place, "pairs of key and value, both texts")
    return pairs


def _scope(place: str, value: Any, terms: Terms) -> Any:
    read_scope(value)
    return value


def _management(place: str, value: Any, terms: Terms) -> Json:
    if not isinstance(value, dict) or not value.keys() <= {"localOnly", "cacheDuration", "timeout", "cooldown"}:
        _no(place, "some of localOnly, cacheDuration, timeout, cooldown")
    for name in ("timeout", "cooldown"):
        number = value.get(name, 1)
        if isinstance(number, bool) or not isinstance(number, int | float) or number <= 0:
            _no(f"{place}.{name}", "milliseconds, more than 0")
    if not isinstance(value.get("localOnly", False), bool):
        _no(f"{place}.localOnly", "true or false")
    return dict(value)


def _list(place: str, value: Any) -> list[Any]:
    if not isinstance(value, list) or not 0 < len(value) <= PARTS_MAX:
        _no(place, f"a list of 1 to {PARTS_MAX} entries")
    return value


def _no(place: str, detail: str) -> NoReturn:
    raise one_fault(place, detail)


_ENTRY = frozenset(("entities", "propertyNames", "relationshipNames"))
_READERS: Mapping[str, Callable[[str, Any, Terms], Any]] = {
    "id": _id,
    "type": _kind,
    "registrationName": _text,
    "description": _text,
    "information": _information,
    "tenant": _text,
    "observationInterval": _interval,
    "managementInterval": _interval,
    "location": _geometry,
    "observationSpace": _geometry,
    "operationSpace": _geometry,
    "expiresAt": _moment,
    "endpoint": _endpoint,
    "contextSourceInfo": _pairs,
    "contextSourceAlias": _text,
    "scope": _scope,
    "mode": _mode,
    "operations": _operations,
    "refreshRate": _text,
    "management": _management,
}
