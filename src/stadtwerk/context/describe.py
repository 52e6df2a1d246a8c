"""What there is: types and attributes of the city and of what others write (ETSI GS CIM 009 clauses 5.7.5 to 5.7.10)."""  # noqa: E501

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np

from stadtwerk.context.entities.holdings import Record
from stadtwerk.context.limits import DOCUMENT_BLOCK
from stadtwerk.context.masks import mask_of
from stadtwerk.context.problems import problem
from stadtwerk.context.q import Path, Term
from stadtwerk.context.rights import Rights
from stadtwerk.context.terms import Terms
from stadtwerk.kernel.entity import Attribute, EntitySource

Json = dict[str, Any]


@dataclass(slots=True)
class Tally:
    """Counts by IRI: entities of each type, kinds of each type's attributes, instances of each attribute."""

    entities: Counter[str] = field(default_factory=Counter)
    kinds: dict[str, dict[str, set[str]]] = field(default_factory=dict)
    instances: Counter[str] = field(default_factory=Counter)

    def note(self, name: str, attribute: str, kind: str) -> None:
        """Note that a type has an attribute of a kind."""
        self.kinds.setdefault(name, {}).setdefault(attribute, set()).add(kind)

    def add(self, other: Tally) -> Tally:
        """Return both counts together."""
        both = Tally(self.entities + other.entities, {}, self.instances + other.instances)
        for tally in (self, other):
            for name, attributes in tally.kinds.items():
                for attribute, kinds in attributes.items():
                    both.kinds.setdefault(name, {}).setdefault(attribute, set()).update(kinds)
        return both


class _Kind(msgspec.Struct):
    type: str


class _Shape(msgspec.Struct):
    """As much of a document as is counted."""

    type: list[str]
    attrs: dict[str, list[_Kind]] = {}
    scope: list[str] = []


_shape = msgspec.json.Decoder(_Shape).decode


def count_documents(records: Iterable[Record], rights: Rights) -> Generator[None, None, Tally]:
    """Count the documents that a caller may read; yields where others may have their turn."""
    tally = Tally()
    for number, record in enumerate(records, 1):
        shape = _shape(record.row)
        if rights.all_read or rights.reads(shape.type, shape.scope):
            tally.entities.update(shape.type)
            for attribute, instances in shape.attrs.items():
                tally.instances[attribute] += len(instances)
                for name in shape.type:
                    for instance in instances:
                        tally.note(name, attribute, instance.type)
        if not number % DOCUMENT_BLOCK:
            yield
    return tally


def count_columns(sources: Mapping[str, EntitySource], home: Terms, rights: Rights) -> Tally:
    """Count the published entities that a caller may read."""
    tally = Tally()
    for source in sources.values():
        name = home.expand(source.entity_type.name)
        if not len(source) or not (rights.all_read or rights.reads((name,))):
            continue
        tally.entities[name] += len(source)
        for attribute in source.entity_type.attributes:
            iri = home.expand(attribute.name)
            tally.note(name, iri, attribute.kind)
            tally.instances[iri] += _instances(source, attribute)
    return tally


def _instances(source: EntitySource, attribute: Attribute) -> int:
    mask = mask_of(Term(Path(attribute.name), "exists"), source, lambda _: attribute)
    return int(np.count_nonzero(mask(slice(0, len(source)))))


class Catalogue:
    """What was counted, told in a client's terms."""

    def __init__(self, tally: Tally, terms: Terms) -> None:
        self._tally, self._terms = tally, terms

    def type_list(self) -> Json:
        """List the names of all types."""
        names = [self._terms.compact(name) for name in self._tally.entities]
        return {"id": "urn:ngsi-ld:EntityTypeList:city", "type": "EntityTypeList", "typeList": names}

    def types(self) -> list[Json]:
        """Describe all types briefly: their names and their attributes' names."""
        compact = self._terms.compact
        return [
            {
                "id": name,
                "type": "EntityType",
                "typeName": compact(name),
                "attributeNames": [compact(attribute) for attribute in self._tally.kinds.get(name, ())],
            }
            for name in self._tally.entities
        ]

    def type_info(self, wanted: str) -> Json:
        """Describe one type: how many entities, which attributes; refuses unknown ones (404)."""
        name = self._terms.expand(wanted)
        if name not in self._tally.entities:
            raise problem("ResourceNotFound", f"no entities of type {wanted[:100]}")
        attributes = self._tally.kinds.get(name, {}).items()
        return {
            "id": name,
            "type": "EntityTypeInfo",
            "typeName": self._terms.compact(name),
            "entityCount": self._tally.entities[name],
            "attributeDetails": [
                {**self._attribute(attribute), "attributeTypes": sorted(kinds)} for attribute, kinds in attributes
            ],
        }

    def attribute_list(self) -> Json:
        """List the names of all attributes."""
        names = [self._terms.compact(name) for name in self._owners()]
        return {"id": "urn:ngsi-ld:AttributeList:city", "type": "AttributeList", "attributeList": names}

    def attributes(self) -> list[Json]:
        """Describe all attributes briefly: which types have them."""
        return [self._with_types(name, owners) for name, owners in self._owners().items()]

    def attribute_info(self, wanted: str) -> Json:
        """Describe one attribute: its kinds, its types, how often it is there; refuses unknown ones (404)."""
        name = self._terms.expand(wanted)
        owners = self._owners().get(name)
        if owners is None:
            raise problem("ResourceNotFound", f"no entity has an attribute {wanted[:100]}")
        kinds = {kind for owner in owners for kind in self._tally.kinds[owner][name]}
        return {
            **self._with_types(name, owners),
            "attributeCount": self._tally.instances[name],
            "attributeTypes": sorted(kinds),
        }

    def _owners(self) -> dict[str, list[str]]:
        owners: dict[str, list[str]] = {}
        for name, attributes in self._tally.kinds.items():
            for attribute in attributes:
                owners.setdefault(attribute, []).append(name)
        return owners

    def _attribute(self, name: str) -> Json:
        return {"id": name, "type": "Attribute", "attributeName": self._terms.compact(name)}

    def _with_types(self, name: str, owners: Iterable[str]) -> Json:
        return {**self._attribute(name), "typeNames": [self._terms.compact(owner) for owner in owners]}
