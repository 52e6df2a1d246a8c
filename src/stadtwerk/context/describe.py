"""What there is: the types and attributes of the city (ETSI GS CIM 009 clauses 5.7.5 to 5.7.10)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from stadtwerk.context.library import Context
from stadtwerk.context.masks import mask_of
from stadtwerk.context.names import foreign_name, meaning
from stadtwerk.context.problems import problem
from stadtwerk.context.q import Path, Term
from stadtwerk.kernel.entity import Attribute, EntitySource

Json = dict[str, Any]


class Catalogue:
    """The published types that have entities, named as a client's @context names them."""

    def __init__(self, sources: Mapping[str, EntitySource], home: Context) -> None:
        self._sources, self._home = sources, home

    def type_list(self, context: Context) -> Json:
        """List the names of all types."""
        names = [self._name(source.entity_type.name, context) for source in self._present()]
        return {"id": "urn:ngsi-ld:EntityTypeList:city", "type": "EntityTypeList", "typeList": names}

    def types(self, context: Context) -> list[Json]:
        """Describe all types briefly: their names and their attributes' names."""
        return [
            {
                **self._head(source.entity_type.name, "EntityType", context),
                "typeName": self._name(source.entity_type.name, context),
                "attributeNames": [self._name(a.name, context) for a in source.entity_type.attributes],
            }
            for source in self._present()
        ]

    def type_info(self, name: str, context: Context) -> Json:
        """Describe one type: how many entities, which attributes; refuses unknown ones (404)."""
        ours = meaning(context, self._home)(name)
        for source in self._present():
            if source.entity_type.name == ours:
                return {
                    **self._head(ours, "EntityTypeInfo", context),
                    "typeName": self._name(ours, context),
                    "entityCount": len(source),
                    "attributeDetails": [self._attribute(a, context) for a in source.entity_type.attributes],
                }
        raise problem("ResourceNotFound", f"no entities of type {name[:100]}")

    def attribute_list(self, context: Context) -> Json:
        """List the names of all attributes."""
        names = [self._name(name, context) for name in self._attributes()]
        return {"id": "urn:ngsi-ld:AttributeList:city", "type": "AttributeList", "attributeList": names}

    def attributes(self, context: Context) -> list[Json]:
        """Describe all attributes briefly: which types have them."""
        return [self._with_types(name, owners, context) for name, owners in self._attributes().items()]

    def attribute_info(self, name: str, context: Context) -> Json:
        """Describe one attribute: its kinds, its types, how many entities have it; refuses unknown ones (404)."""
        ours = meaning(context, self._home)(name)
        owners = self._attributes().get(ours)
        if owners is None:
            raise problem("ResourceNotFound", f"no entity has an attribute {name[:100]}")
        found = [attribute for source in owners for attribute in _named(source, ours)]
        return {
            **self._with_types(ours, owners, context),
            "attributeCount": sum(
                _instances(source, attribute) for source in owners for attribute in _named(source, ours)
            ),
            "attributeTypes": sorted({attribute.kind for attribute in found}),
        }

    def _present(self) -> Iterable[EntitySource]:
        return (source for source in self._sources.values() if len(source))

    def _attributes(self) -> dict[str, list[EntitySource]]:
        owners: dict[str, list[EntitySource]] = {}
        for source in self._present():
            for attribute in source.entity_type.attributes:
                owners.setdefault(attribute.name, []).append(source)
        return owners

    def _attribute(self, attribute: Attribute, context: Context) -> Json:
        head = self._head(attribute.name, "Attribute", context)
        return {**head, "attributeName": self._name(attribute.name, context), "attributeTypes": [attribute.kind]}

    def _with_types(self, name: str, owners: Sequence[EntitySource], context: Context) -> Json:
        names = [self._name(source.entity_type.name, context) for source in owners]
        head = self._head(name, "Attribute", context)
        return {**head, "attributeName": self._name(name, context), "typeNames": names}

    def _head(self, name: str, kind: str, context: Context) -> Json:
        return {"id": self._home.terms.expand(name), "type": kind}

    def _name(self, name: str, context: Context) -> str:
        return foreign_name(name, context, self._home)


def _named(source: EntitySource, name: str) -> list[Attribute]:
    return [attribute for attribute in source.entity_type.attributes if attribute.name == name]


def _instances(source: EntitySource, attribute: Attribute) -> int:
    mask = mask_of(Term(Path(attribute.name), "exists"), source, lambda _: attribute)
    return int(np.count_nonzero(mask(slice(0, len(source)))))
