"""Writing entities out: normalized, concise or simplified, in a client's terms (ETSI GS CIM 009 clauses 4.5.1 to 4.5.24)."""  # noqa: E501

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, Literal

import msgspec

from stadtwerk.context.entities.document import VALUE_OF, Entity, Instance
from stadtwerk.context.moments import write_moment
from stadtwerk.context.terms import Terms

_WEIGHT = re.compile(r"[01](?:\.\d{0,3})?")

Form = Literal["normalized", "concise", "simplified"]
_TIMES = ("createdAt", "modifiedAt", "deletedAt")
_APART = frozenset(("type", "objectType", "attrs", "expiresAt", *_TIMES, *VALUE_OF.values()))
"""Members of an instance that are not shown just as they are."""

Json = dict[str, Any]
Follow = Callable[[str, Instance], list[Any] | None]
"""Gives what a relationship (IRI and instance) leads to, shown; ids where nothing is found, None if nothing at all."""
Links = Callable[[Instance], list[Any] | None]


class Look(msgspec.Struct, frozen=True):
    """How an entity is shown; `attrs`, `pick`, `omit` hold IRIs of attributes or names of members (id, type, scope)."""

    form: Form = "normalized"
    sys_attrs: bool = False
    lang: str = ""
    attrs: tuple[str, ...] = ()
    pick: tuple[str, ...] = ()
    omit: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    """Only instances with these datasetIds (`@none` = default)."""

    def shows(self, name: str) -> bool:
        """Tell whether an attribute or member is shown."""
        if self.attrs and name not in ("id", "type", "scope"):
            return name in self.attrs
        if self.pick and name not in self.pick:
            return False
        return name not in self.omit


PLAIN = Look()


def show(entity: Entity, terms: Terms, look: Look = PLAIN, follow: Follow | None = None) -> Json:
    """Return an entity as JSON in the terms of a client, linked entities inside where they are followed."""
    shown = _head(entity, terms, look)
    for iri in entity.attrs:
        if not look.shows(iri):
            continue
        instances = entity.instances(iri)
        if look.datasets:
            instances = [one for one in instances if one.get("datasetId", "@none") in look.datasets]
        if instances:
            links = None if follow is None else partial(follow, iri)
            shown[terms.compact(iri)] = show_attribute(instances, terms, look, links)
    return shown


def _head(entity: Entity, terms: Terms, look: Look) -> Json:
    """Show the members of an entity that are no attributes."""
    shown: Json = {}
    if look.shows("id"):
        shown["id"] = entity.id
    if look.shows("type"):
        shown["type"] = _one_or_all([terms.compact(name) for name in entity.type])
    if entity.scope and look.shows("scope"):
        shown["scope"] = _one_or_all(entity.scope)
    if entity.expires_at_us and look.sys_attrs:
        shown["expiresAt"] = write_moment(entity.expires_at_us)
    if look.sys_attrs and look.form != "simplified":
        for member, at_us in (("createdAt", entity.created_at_us), ("modifiedAt", entity.modified_at_us)):
            if at_us and (not look.pick or member in look.pick):
                shown[member] = write_moment(at_us)
    return shown


def show_attribute(instances: list[Instance], terms: Terms, look: Look, links: Links | None = None) -> Any:
    """Return an attribute: one instance by itself, several as a list (simplified: by datasetId)."""
    if look.form == "simplified" and (len(instances) > 1 or ("datasetId" in instances[0] and not look.datasets)):
        return {"dataset": {one.get("datasetId", "@none"): simple_value(one, terms, look, links) for one in instances}}
    if look.form == "simplified":
        return simple_value(instances[0], terms, look, links)
    return _one_or_all([show_instance(one, terms, look, links) for one in instances])


def show_instance(instance: Instance, terms: Terms, look: Look, links: Links | None = None) -> Any:
    """Return one instance, normalized or concise."""
    kind = instance["type"]
    shown: Json
    if look.lang and kind == "LanguageProperty":
        shown = {"type": "Property", **in_language(instance["languageMap"], look.lang)}
    else:
        holder = VALUE_OF[kind]
        shown = {"type": kind, holder: _value(instance, kind, terms) if kind == "VocabProperty" else instance[holder]}
    if links is not None and (found := links(instance)) is not None:
        known = [one for one in found if not isinstance(one, str)]
        if kind == "ListRelationship":
            shown["entityList"] = known
        else:
            shown["entity"] = _one_or_all(known)
    for member, content in instance.items():
        if member not in _APART:
            shown[member] = content
    if look.sys_attrs:
        shown |= _times(instance)
    if "objectType" in instance:
        shown["objectType"] = _one_or_all([terms.compact(name) for name in instance["objectType"]])
    if "attrs" in instance:
        for iri, subs in instance["attrs"].items():
            shown[terms.compact(iri)] = _one_or_all([show_instance(one, terms, look) for one in subs])
    return concise(shown, kind) if look.form == "concise" else shown


def _times(instance: Instance) -> Json:
    """Show when an instance was made and changed, and when it ends (clause 6.3.11)."""
    shown: Json = {member: write_moment(instance[member]) for member in _TIMES if member in instance}
    return {**shown, "expiresAt": instance["expiresAt"]} if "expiresAt" in instance else shown


def concise(shown: Json, kind: str) -> Any:
    """Leave the kind out where the members tell it; a value without further members stands bare."""
    bare = {name: content for name, content in shown.items() if name != "type"}
    value = bare.get("value")
    if (
        kind in ("Property", "GeoProperty")
        and len(bare) == 1
        and (kind == "GeoProperty" or not isinstance(value, dict))
    ):
        return value
    return bare


def simple_value(instance: Instance, terms: Terms, look: Look, links: Links | None = None) -> Any:
    """Return the value of an instance by itself (simplified form)."""
    kind = instance["type"]
    if links is not None and (found := links(instance)) is not None:
        return found if kind == "ListRelationship" else _one_or_all(found)
    if kind == "LanguageProperty" and look.lang:
        return in_language(instance["languageMap"], look.lang)["value"]
    value = _value(instance, kind, terms)
    if kind in ("LanguageProperty", "VocabProperty", "JsonProperty"):
        return {VALUE_OF[kind]: value}
    return value


def in_language(texts: Any, wanted: str) -> Json:
    """Choose a text of a language map: the wanted language, a near one, `@none`, or any (clause 4.15)."""
    if not isinstance(texts, dict) or not texts:
        return {"value": texts}
    for choice in _by_preference(wanted):
        near = next((tag for tag in texts if tag.split("-")[0].lower() == choice.split("-")[0].lower()), None)
        found = choice if choice in texts else near
        if choice == "*":
            found = next(iter(texts))
        if found is not None:
            return {"value": texts[found], "lang": found}
    tag = next((tag for tag in ("@none", "en") if tag in texts), next(iter(texts)))
    return {"value": texts[tag], "lang": tag}


@lru_cache(maxsize=256)
def _by_preference(wanted: str) -> tuple[str, ...]:
    """Return the languages of a filter, the most wanted first (RFC 9110 section 12.4.2); a weight of 0 rules out."""
    weighed = []
    for part in wanted.split(","):
        tag, _, weight = part.partition(";")
        number = weight.partition("=")[2].strip()
        weighed.append((float(number) if _WEIGHT.fullmatch(number) else 1.0, tag.strip()))
    return tuple(tag for weight, tag in sorted(weighed, key=lambda one: -one[0]) if weight > 0)


def _value(instance: Instance, kind: str, terms: Terms) -> Any:
    value = instance[VALUE_OF[kind]]
    if kind == "VocabProperty":
        return [terms.compact(word) for word in value] if isinstance(value, list) else terms.compact(value)
    return value


def _one_or_all(items: list[Any]) -> Any:
    return items[0] if len(items) == 1 else items
