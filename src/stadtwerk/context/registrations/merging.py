"""One entity out of what several sources say about it: the newer instance wins (ETSI GS CIM 009 clause 4.5.5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from stadtwerk.context.entities.document import Entity, Instance, find_instance
from stadtwerk.context.entities.expand import Reader
from stadtwerk.context.moments import read_moment
from stadtwerk.context.registrations.source import EVERY, Names


def read_foreign(body: Mapping[str, Any], reader: Reader) -> Entity:
    """Read an entity as another broker shows it, its times of creation and change included; refuses malformed ones."""
    body = {name: value for name, value in body.items() if name != "@context"}
    entity = reader.entity(body)
    entity.created_at_us = _instant(body.get("createdAt"))
    entity.modified_at_us = _instant(body.get("modifiedAt"))
    for name, value in body.items():
        iri = reader.terms.expand(name)
        if iri not in entity.attrs:
            continue
        given = [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]
        instances = entity.instances(iri)
        for instance in instances:
            told = find_instance(given, instance.get("datasetId")) or {}
            instance["createdAt"] = _instant(told.get("createdAt"))
            instance["modifiedAt"] = _instant(told.get("modifiedAt"))
        entity.put(iri, instances)
    return entity


def without(entity: Entity, names: Names) -> Entity | None:
    """Return an entity without attributes that are held elsewhere, None for EVERY."""
    if names == EVERY:
        return None
    kept = entity.copy()
    kept.attrs = {iri: raw for iri, raw in entity.attrs.items() if iri not in names}
    return kept


def only(entity: Entity, names: Names) -> Entity:
    """Return an entity with no other attributes than some, all for EVERY."""
    if names == EVERY:
        return entity
    kept = entity.copy()
    kept.attrs = {iri: raw for iri, raw in entity.attrs.items() if iri in names}
    return kept


def merge_entities(parts: Iterable[Entity], extras: Iterable[Entity] = ()) -> Entity | None:
    """Merge what sources say about one entity, earlier ones winning ties; `extras` only add what nobody has."""
    merged: Entity | None = None
    for part in parts:
        merged = part.copy() if merged is None else _joined(merged, part)
    for part in extras:
        if merged is None:
            merged = part.copy()
            continue
        merged.type += [name for name in part.type if name not in merged.type]
        for iri, raw in part.attrs.items():
            merged.attrs.setdefault(iri, raw)
    return merged


def _joined(into: Entity, part: Entity) -> Entity:
    into.type += [name for name in part.type if name not in into.type]
    into.scope += [scope for scope in part.scope if scope not in into.scope]
    into.created_at_us = min(filter(None, (into.created_at_us, part.created_at_us)), default=0)
    into.modified_at_us = max(into.modified_at_us, part.modified_at_us)
    for iri, raw in part.attrs.items():
        if iri in into.attrs:
            into.put(iri, _newest(into.instances(iri), part.instances(iri)))
        else:
            into.attrs[iri] = raw
    return into


def _newest(known: list[Instance], given: Iterable[Instance]) -> list[Instance]:
    for instance in given:
        before = find_instance(known, instance.get("datasetId"))
        if before is None:
            known.append(instance)
        elif _age(instance) > _age(before):
            known[known.index(before)] = instance
    return known


def _age(instance: Instance) -> tuple[int, int]:
    """Return by what instances are compared: when it was observed, then when it was changed."""
    return read_moment(instance.get("observedAt", "")) or 0, instance.get("modifiedAt", 0)


def _instant(value: Any) -> int:
    return (read_moment(value) or 0) if isinstance(value, str) else 0
