"""Reading what clients write about entities: terms become IRIs, the concise form the normalized one (clauses 4.5, 5.5.4)."""  # noqa: E501

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from stadtwerk.context.entities.document import NULL, VALUE_OF, Attributes, Entity, Instance, at_rest, is_null
from stadtwerk.context.entities.values import KINDS_BY_MEMBER, check_value, is_geometry
from stadtwerk.context.limits import DEPTH_MAX, MEMBERS_MAX
from stadtwerk.context.moments import read_moment
from stadtwerk.context.personal import refuse_personal
from stadtwerk.context.problems import one_fault
from stadtwerk.context.terms import Terms

URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`\ufffd\x00-\x20]+")
_NAME = re.compile(r"[^\s<>\"'=;()\[\]{}|\\^`,\x00-\x1f]+")
ENTITY_MEMBERS = frozenset(
    ("id", "@id", "type", "@type", "scope", "@context", "createdAt", "modifiedAt", "deletedAt", "expiresAt")
)
_GENERATED = frozenset(("createdAt", "modifiedAt", "deletedAt", "instanceId", "@context"))
"""Members of an instance that the broker makes: what a client says of them is passed over."""
_TYPE = ("type", "@type")
_PLAIN = frozenset((int, float, str, bool))
_QUICK = frozenset(("type", "value", "unitCode", "observedAt"))


@dataclass(slots=True)
class Fragment:
    """A part of an entity as a client sent it: types and scopes if it names any, attributes, what it wants gone.

    `gone` are attributes that stand as `urn:ngsi-ld:null`, by IRI and datasetId ("" = default instance).
    """

    types: list[str] = field(default_factory=list)
    scope: list[str] | None = None
    attrs: Attributes = field(default_factory=dict)
    gone: list[tuple[str, str]] = field(default_factory=list)
    expires_at_us: int = 0
    entity_id: str = ""


@dataclass(frozen=True, slots=True)
class Reader:
    """How a body is read: in which terms, at what instant, whether null deletes, whether values stand bare.

    `merging` lets JSON's null stand for members of values that are taken away, as in any merge patch (RFC 7396).
    """

    terms: Terms
    now_us: int
    nulls: bool = False
    simplified: bool = False
    merging: bool = False

    def entity(self, body: Mapping[str, Any]) -> Entity:
        """Read a whole entity; refuses one without id or type, and whatever is malformed (400)."""
        fragment = self.fragment(body)
        if not fragment.entity_id:
            _no("id", "is missing")
        if not fragment.types:
            _no("type", "is missing")
        attrs, scope, now_us = at_rest(fragment.attrs), fragment.scope or [], self.now_us
        return Entity(fragment.entity_id, fragment.types, attrs, scope, now_us, now_us, fragment.expires_at_us)

    def fragment(self, body: Mapping[str, Any]) -> Fragment:
        """Read a part of an entity."""
        if len(body) > MEMBERS_MAX:
            _no("body", f"at most {MEMBERS_MAX} members")
        read = Fragment()
        for name, value in body.items():
            if name in ENTITY_MEMBERS:
                self._member(read, name, value)
            else:
                self._attribute(read, name, value)
        return read

    def attribute(self, name: str, value: Any) -> Fragment:
        """Read one attribute by itself, or as the only member of a fragment: clients send both (clause 5.6.19)."""
        read = Fragment()
        alone = isinstance(value, dict) and list(value) == [name]
        self._attribute(read, name, value[name] if alone else value)
        return read

    def instance(self, name: str, value: Mapping[str, Any]) -> Instance:
        """Read an instance of which only the changed members need stand (partial update); an empty one is refused."""
        if not value:
            _no(name, "nothing to change")
        return self._instance(name, value, 0, partial=True)

    def _member(self, read: Fragment, name: str, value: Any) -> None:
        if name in ("id", "@id"):
            read.entity_id = check_id(value)
        elif name in _TYPE:
            read.types = read_types(value, self.terms)
            refuse_personal(read.types)
        elif name == "scope":
            read.scope = [] if self.nulls and value == NULL else read_scope(value)
        elif name == "expiresAt":
            read.expires_at_us = _instant("expiresAt", value)
            if read.expires_at_us <= self.now_us:
                _no("expiresAt", "lies in the past")

    def _attribute(self, read: Fragment, name: str, value: Any) -> None:
        iri = self._name(name)
        if name == "scope":
            _no(name, "scope is no attribute")
        quick = quick_property(value, self.now_us) if type(value) is dict else None
        if quick is not None and iri not in read.attrs:
            read.attrs[iri] = [quick]
            return
        if value is None:
            _no(name, f"null is no value; {NULL} deletes where that is possible")
        several = isinstance(value, list) and bool(value) and all(map(_is_instance, value))
        found: dict[str, Instance] = {}
        for one in value if several else (value,):
            instance = self._instance(name, one, 0)
            dataset = instance.get("datasetId", "")
            if dataset in found:
                _no(name, f"two instances with the datasetId {dataset or '@none'}")
            if is_null(instance):
                if not self.nulls:
                    _no(name, f"{NULL} stands only where something can be deleted")
                read.gone.append((iri, dataset))
                found[dataset] = {}
                continue
            instance["createdAt"] = instance["modifiedAt"] = self.now_us
            found[dataset] = instance
        if iri in read.attrs:
            _no(name, "the attribute stands twice")
        kept = [instance for instance in found.values() if instance]
        if kept:
            read.attrs[iri] = kept

    def _instance(self, name: str, value: Any, depth: int, *, partial: bool = False) -> Instance:
        if depth > DEPTH_MAX:
            _no(name, f"at most {DEPTH_MAX} attributes of attributes")
        if not isinstance(value, dict):
            return self._bare(name, value)
        kind = self._kind(name, value, partial=partial)
        if not kind:
            return self._bare(name, value)
        instance: Instance = {"type": kind}
        holder = VALUE_OF[kind]
        for member, content in value.items():
            if member == holder:
                instance[member] = check_value(name, kind, content, self.terms, nulls=self.merging)
            elif member not in _TYPE and member not in _GENERATED:
                self._further(instance, name, member, content, depth)
        if holder not in instance and not partial:
            _no(name, f"a {kind} has a {holder}")
        return instance

    def _further(self, instance: Instance, name: str, member: str, content: Any, depth: int) -> None:
        if member in ("observedAt", "expiresAt"):
            if not (self.nulls and content == NULL):
                _instant(f"{name}.{member}", content)
            instance[member] = content
        elif member == "unitCode":
            if not isinstance(content, str) or not content:
                _no(f"{name}.unitCode", "a text")
            instance[member] = content
        elif member == "datasetId":
            instance[member] = check_id(content, f"{name}.datasetId")
        elif member == "objectType":
            instance[member] = read_types(content, self.terms)
        elif content is None:
            _no(f"{name}.{member}", "null is no value")
        else:
            self._sub_attribute(instance, f"{name}.{member}", member, content, depth)

    def _sub_attribute(self, instance: Instance, place: str, member: str, content: Any, depth: int) -> None:
        several = isinstance(content, list) and bool(content) and all(map(_is_instance, content))
        subs = [self._instance(place, one, depth + 1) for one in (content if several else (content,))]
        instance.setdefault("attrs", {})[self._name(member)] = subs

    def _kind(self, name: str, value: Mapping[str, Any], *, partial: bool) -> str:
        """Tell the kind of attribute a JSON object is, "" for a bare value."""
        given = value.get("type", value.get("@type"))
        if isinstance(given, str) and given in VALUE_OF:
            return given
        if is_geometry(value):
            return ""
        members = [member for member in KINDS_BY_MEMBER if member in value]
        if self.simplified and not members:
            return ""
        if given is not None and not (partial and members):
            _no(name, f"{str(given)[:60]!r} is no kind of attribute")
        if not members:
            if partial:
                return "Property"
            _no(name, f"an attribute has one of {', '.join(KINDS_BY_MEMBER)}")
        if len(members) > 1:
            _no(name, f"one of {', '.join(members)}, not several")
        kind = KINDS_BY_MEMBER[members[0]]
        return "GeoProperty" if kind == "Property" and is_geometry(value["value"]) else kind

    def _bare(self, name: str, value: Any) -> Instance:
        """Read a value that stands for itself (concise form)."""
        kind = "GeoProperty" if is_geometry(value) else "Property"
        holder = VALUE_OF[kind]
        return {"type": kind, holder: check_value(name, kind, value, self.terms, nulls=self.merging)}

    def _name(self, name: str) -> str:
        known = self.terms.checked.get(name)
        return self.terms.attribute(check_name(name)) if known is None else known


def quick_property(value: Mapping[str, Any], now_us: int) -> Instance | None:
    """Read the commonest attribute, a Property of one plain value, at once; None for all that needs a closer look."""
    content = value.get("value")
    if type(content) not in _PLAIN or content == NULL or not _QUICK.issuperset(value):
        return None
    instance: Instance = {"type": "Property", "value": content}
    if value.get("type", "Property") != "Property":
        return None
    if "unitCode" in value:
        if not (unit := value["unitCode"]) or type(unit) is not str:
            return None
        instance["unitCode"] = unit
    if "observedAt" in value:
        observed = value["observedAt"]
        if type(observed) is not str or "T" not in observed or read_moment(observed) is None:
            return None
        instance["observedAt"] = observed
    instance["createdAt"] = instance["modifiedAt"] = now_us
    return instance


def _is_instance(value: Any) -> bool:
    """Tell whether a list's item looks like an instance of a multi-attribute and not like a value."""
    if not isinstance(value, dict):
        return False
    kind = value.get("type", value.get("@type"))
    return (isinstance(kind, str) and kind in VALUE_OF) or any(member in value for member in KINDS_BY_MEMBER)


def check_id(value: Any, place: str = "id") -> str:
    """Accept a URI or refuse it (400)."""
    if not isinstance(value, str) or not URI.fullmatch(value):
        _no(place, f"{str(value)[:60]!r} is no URI")
    return value


def check_name(name: str) -> str:
    """Accept the name of an attribute or refuse it (400)."""
    if not _NAME.fullmatch(name) or name.startswith("@"):
        _no(name[:60] or "name", "no name for an attribute")
    return name


def read_types(value: Any, terms: Terms) -> list[str]:
    """Read one type name or several as IRIs, each once."""
    names = value if isinstance(value, list) else [value]
    for name in names:
        if not isinstance(name, str) or not _NAME.fullmatch(name) or name in ("id", "type"):
            _no("type", "the name of a type, or a list of them")
    if not names:
        _no("type", "is empty")
    return list(dict.fromkeys(map(terms.expand, names)))


def read_scope(value: Any) -> list[str]:
    """Read scopes: `/a/b`, or a list of them (clause 4.18)."""
    scopes = value if isinstance(value, list) else [value]
    for scope in scopes:
        if not isinstance(scope, str) or not re.fullmatch(r"/?[^\W\d][\w-]*(?:/[\w-]+)*", scope):
            _no("scope", "names of scopes, such as /Duisburg/Ruhrort")
    return [scope if scope.startswith("/") else f"/{scope}" for scope in dict.fromkeys(scopes)]


def _instant(place: str, value: Any) -> int:
    at_us = read_moment(value) if isinstance(value, str) and "T" in value else None
    if at_us is None:
        _no(place, "a date and time such as 2026-11-26T18:00:00Z")
    return at_us


def _no(place: str, detail: str) -> NoReturn:
    raise one_fault(place, detail)
