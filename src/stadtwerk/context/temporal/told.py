"""What one write told about an entity, as a row of history: its bytes, and the names of the instances in it.

A row is JSON: `type` and `scope` where they changed, `attrs` with the instances that changed, `past` if it was told
about the past (temporal API) and so replaces what was told of the same instant. The row of a new entity is the entity
itself. An instance that ended has null for its value and `deletedAt`. One that was taken out of history
afterwards leaves an empty object, so that those behind it keep their places; if it had replaced earlier ones, its
`observedAt` and `datasetId` stay, so that these do not come back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from stadtwerk.context.entities.change import DELETED, Changes
from stadtwerk.context.entities.document import (
    NULL,
    VALUE_OF,
    Attributes,
    Entity,
    Instance,
    apart,
    find_instance,
    read_entity,
)

_encode = msgspec.json.Encoder().encode
_decode_instances = msgspec.json.Decoder(list[dict[str, Any]]).decode
_DATASET = b'"datasetId"'
_INSTANCE = re.compile(r"urn:ngsi-ld:Instance:(\d{1,18})-(\d{1,9})-(\d{1,9})")
SCOPE = "scope"
"""The scope of an entity evolves like an attribute of this name (clause 4.18)."""

Place = tuple[int, int, int]
"""Where an instance stands: number of the row, of the attribute in it, of the instance in that."""


class Told(msgspec.Struct):
    """A row of history, as far as its instances go."""

    attrs: dict[str, msgspec.Raw] = {}
    scope: list[str] | None = None

    def instances(self, number: int) -> list[Instance]:
        """Return the instances of an attribute, by its number in the row."""
        return _decode_instances(tuple(self.attrs.values())[number])


read_told = msgspec.json.Decoder(Told).decode


def instance_id(place: Place) -> str:
    """Return the URI of an instance."""
    return "urn:ngsi-ld:Instance:{}-{}-{}".format(*place)


def read_instance_id(text: str) -> Place | None:
    """Return where an instance stands, None if this is no instance of ours."""
    found = _INSTANCE.fullmatch(text)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def told_whole(before: Entity, after: Entity, changes: Changes) -> bytes | None:
    """Write an update that `retold` can do again, None if it is another: whole attributes were set, nothing else."""
    if before.type != after.type or before.scope != after.scope or before.expires_at_us != after.expires_at_us:
        return None
    told: dict[str, msgspec.Raw] = {}
    for (iri, dataset), what in changes.items():
        written = after.attrs.get(iri)
        if written is None or dataset or what == DELETED or _DATASET in written:
            return None
        told[iri] = msgspec.Raw(written)
    return _encode({"attrs": told}) if told else None


class _Update(msgspec.Struct):
    """A row of history, as far as doing it again needs it."""

    attrs: dict[str, msgspec.Raw] = {}
    id: str | None = None
    type: list[str] | None = None
    scope: list[str] | None = None
    past: bool = False


_read_update = msgspec.json.Decoder(_Update).decode


def retold(entity: Entity, at_us: int, row: bytes) -> Entity:
    """Return what an entity is after an update, by the update's row: one of `told_whole`, or a whole entity.

    Any other row leaves the entity as it is: what those tell is written with the entity itself.
    """
    update = _read_update(row)
    if update.id is not None:
        return read_entity(row)
    if update.past or update.type is not None or update.scope is not None:
        return entity
    entity.attrs.update(apart(update.attrs))
    entity.modified_at_us = at_us
    return entity


def told_by_update(before: Entity, after: Entity, changes: Changes, at_us: int) -> bytes | None:
    """Write what an update told; None if nothing that history keeps changed."""
    told: dict[str, Any] = {}
    mixed: dict[str, list[tuple[str, str]]] = {}
    for (iri, dataset), what in changes.items():
        written = after.attrs.get(iri)
        if written is not None and not dataset and what != DELETED and _DATASET not in written:
            told[iri] = msgspec.Raw(written)
        else:
            mixed.setdefault(iri, []).append((dataset, what))
    for iri, some in mixed.items():
        told[iri] = _instances_told(before, after, iri, some, at_us) + _whole(told.get(iri))
    row: dict[str, Any] = {"attrs": told} if told else {}
    if before.type != after.type:
        row["type"] = after.type
    if before.scope != after.scope:
        row["scope"] = after.scope
    return _encode(row) if row else None


def told_by_deletion(before: Entity, at_us: int) -> bytes:
    """Write that an entity ended, and all its attributes with it."""
    attrs = {iri: [ended(one, at_us) for one in instances] for iri, instances in before.attributes().items()}
    row: dict[str, Any] = {"attrs": attrs}
    if before.scope:
        row["scope"] = []
    return _encode(row)


def told_about_past(attrs: Attributes, types: Sequence[str], scope: Sequence[str] | None) -> bytes:
    """Write what somebody told about the past."""
    row: dict[str, Any] = {"attrs": attrs, "type": types, "past": True}
    if scope is not None:
        row["scope"] = scope
    return _encode(row)


def ended(instance: Instance, at_us: int) -> Instance:
    """Return what stands for the end of an instance (clause 4.5.0): null, and when."""
    kind = instance["type"]
    gone: Instance = {"type": kind, VALUE_OF[kind]: {"@none": NULL} if kind == "LanguageProperty" else NULL}
    if "datasetId" in instance:
        gone["datasetId"] = instance["datasetId"]
    gone["deletedAt"] = at_us
    return gone


Edit = Callable[[str, Instance], Instance]
"""Turns an instance of an attribute into what it is to be; `taken_out` makes it none."""


def edit_row(body: bytes, edit: Edit, only: tuple[int, int] | None = None, more: Iterable[Instance] = ()) -> bytes:
    """Rewrite a row: every instance, or only one by its place, with further ones behind it."""
    row = msgspec.json.decode(body)
    for number, (iri, instances) in enumerate(row.get("attrs", {}).items()):
        if only is None:
            instances[:] = [edit(iri, one) if "type" in one else one for one in instances]
        elif number == only[0] and only[1] < len(instances):
            instances[only[1]] = edit(iri, instances[only[1]])
            instances.extend(more)
    return _encode(row)


def taken_out(instance: Instance) -> Instance:
    """Return what is left of an instance that is taken out of history."""
    return {member: instance[member] for member in ("observedAt", "datasetId") if member in instance}


def _instances_told(before: Entity, after: Entity, iri: str, some: list[tuple[str, str]], at_us: int) -> list[Instance]:
    old, new = before.instances(iri), after.instances(iri)
    told: list[Instance] = []
    for dataset, what in some:
        if what == DELETED:
            gone = find_instance(old, dataset or None)
            told.extend([ended(gone, at_us)] if gone else [])
        else:
            found = find_instance(new, dataset or None)
            told.extend([found] if found else [])
    return told


def _whole(raw: msgspec.Raw | None) -> list[Instance]:
    return [] if raw is None else _decode_instances(raw)
