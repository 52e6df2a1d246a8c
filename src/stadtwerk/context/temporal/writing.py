"""Reading what clients write about the past: many instances of an attribute, each by itself (clauses 5.2.20, 5.6.11, 5.6.12)."""  # noqa: E501

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from stadtwerk.context.entities.document import Attributes, Entity, Instance
from stadtwerk.context.entities.expand import ENTITY_MEMBERS, Reader
from stadtwerk.context.limits import MEMBERS_MAX
from stadtwerk.context.problems import one_fault
from stadtwerk.context.temporal.told import SCOPE, Place


@dataclass(slots=True)
class Evolution:
    """What somebody told about an entity's past."""

    entity_id: str = ""
    types: list[str] = field(default_factory=list)
    scope: list[str] | None = None
    attrs: Attributes = field(default_factory=dict)


def read_evolution(reader: Reader, body: Mapping[str, Any]) -> Evolution:
    """Read the temporal representation of an entity, or a part of it; refuses what is malformed (400)."""
    if len(body) > MEMBERS_MAX:
        raise one_fault("body", f"at most {MEMBERS_MAX} members")
    head = reader.fragment({name: value for name, value in body.items() if name in ENTITY_MEMBERS})
    read = Evolution(head.entity_id, head.types, head.scope)
    for name, value in body.items():
        if name not in ENTITY_MEMBERS:
            for one in value if isinstance(value, list) else (value,):
                _instance(read, reader, name, one)
    return read


def told_again(head: Entity, chosen: Mapping[str, Sequence[Place]], instances: Mapping[Place, Instance]) -> Evolution:
    """Put a part of an entity's past into the form in which it can be told of another (clause 5.16.1.4)."""
    attrs = {
        iri: [instances[place] for place in places if place in instances]
        for iri, places in chosen.items()
        if iri != SCOPE
    }
    return Evolution(head.id, list(head.type), list(head.scope) or None, attrs)


def _instance(read: Evolution, reader: Reader, name: str, value: Any) -> None:
    if not isinstance(value, dict):
        raise one_fault(name, "a list of instances of an attribute")
    for iri, instances in reader.attribute(name, value).attrs.items():
        read.attrs.setdefault(iri, []).extend(instances)
