"""An entity as it is kept: names as IRIs, every attribute a list of instances, each attribute JSON at rest (clause 4.5).

An attribute is a list of instances, at most one for each `datasetId`. An instance is a dict with the members of NGSI-LD
under their own names (`type`, `value`, `object`, `observedAt`, `unitCode`, `datasetId` ...), its sub-attributes below
`attrs` in the same form, and `createdAt`, `modifiedAt` as microseconds UTC:

    {"type": "Property", "value": 21.5, "unitCode": "CEL", "observedAt": "2026-11-26T18:00:00Z", "createdAt": 1795..., "modifiedAt": 1795..., "attrs": {"https://.../accuracy": [{"type": "Property", "value": 0.1}]}}
"""  # noqa: E501 - an example reads best in one line

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

Instance = dict[str, Any]
"""One instance of an attribute."""
Attributes = dict[str, list[Instance]]
"""Attributes by IRI."""

VALUE_OF: Mapping[str, str] = {
    "Property": "value",
    "GeoProperty": "value",
    "Relationship": "object",
    "LanguageProperty": "languageMap",
    "VocabProperty": "vocab",
    "JsonProperty": "json",
    "ListProperty": "valueList",
    "ListRelationship": "objectList",
}
"""Which member of an instance holds its value, by kind of attribute (clause 4.5)."""

NULL = "urn:ngsi-ld:null"
"""What stands for `delete this` in a fragment (clause 4.5.0)."""

_decode = msgspec.json.Decoder(list[dict[str, Any]]).decode
_encode = msgspec.json.Encoder().encode


class Entity(msgspec.Struct, gc=False):
    """An entity; each attribute stays JSON until somebody looks at it (`instances`).

    One that holdings give is the one they hold: whoever wants to change it takes a `copy`.
    """

    id: str
    type: list[str]
    attrs: dict[str, bytes] = {}
    scope: list[str] = []
    created_at_us: int = 0
    modified_at_us: int = 0
    expires_at_us: int = 0

    def instances(self, iri: str) -> list[Instance]:
        """Return the instances of an attribute, none if it has none; a fresh copy."""
        written = self.attrs.get(iri)
        return [] if written is None else _decode(written)

    def put(self, iri: str, instances: list[Instance]) -> None:
        """Set an attribute; no instances take it away."""
        if instances:
            self.attrs[iri] = _encode(instances)
        else:
            self.attrs.pop(iri, None)

    def attributes(self) -> Attributes:
        """Return all attributes, decoded."""
        return {iri: _decode(written) for iri, written in self.attrs.items()}

    def copy(self) -> Entity:
        """Return a copy whose attributes can be set without touching this one."""
        return Entity(
            self.id,
            list(self.type),
            dict(self.attrs),
            list(self.scope),
            self.created_at_us,
            self.modified_at_us,
            self.expires_at_us,
        )


class _Row(msgspec.Struct, omit_defaults=True):
    """An entity in one piece, as stores have it."""

    id: str
    type: list[str]
    attrs: dict[str, msgspec.Raw] = {}
    scope: list[str] = []
    created_at_us: int = 0
    modified_at_us: int = 0
    expires_at_us: int = 0


_read_row = msgspec.json.Decoder(_Row).decode


def read_entity(row: bytes) -> Entity:
    """Take an entity out of its row."""
    read = _read_row(row)
    return Entity(
        read.id,
        [sys.intern(name) for name in read.type],
        apart(read.attrs),
        read.scope,
        read.created_at_us,
        read.modified_at_us,
        read.expires_at_us,
    )


def apart(raws: Mapping[str, msgspec.Raw]) -> dict[str, bytes]:
    """Take attributes out of the row they were read from, so that it need not stay; many entities share their names."""
    return {sys.intern(iri): bytes(raw) for iri, raw in raws.items()}


def write_entity(entity: Entity) -> bytes:
    """Write an entity as its row."""
    attrs = {iri: msgspec.Raw(written) for iri, written in entity.attrs.items()}
    instants = entity.created_at_us, entity.modified_at_us, entity.expires_at_us
    return _encode(_Row(entity.id, entity.type, attrs, entity.scope, *instants))


def at_rest(attributes: Attributes) -> dict[str, bytes]:
    """Write attributes as they are kept."""
    return {iri: _encode(instances) for iri, instances in attributes.items()}


def find_instance(instances: Iterable[Instance], dataset: str | None) -> Instance | None:
    """Return the instance of a dataset, None standing for the default one."""
    return next((one for one in instances if one.get("datasetId") == dataset), None)


def is_null(instance: Instance) -> bool:
    """Tell whether an instance asks to be deleted: its value, or all of its languages, is null (clause 4.5.0)."""
    value = instance.get(VALUE_OF[instance["type"]])
    return value == NULL or (isinstance(value, dict) and value.get("@none") == NULL and len(value) == 1)
