"""Entities and attributes as clients write them, for the OpenAPI description (ETSI GS CIM 009 clauses 4.5, 5.2.4 to 5.2.7)."""  # noqa: E501

from __future__ import annotations

from stadtwerk.doors.ngsild.openapi_parts import MOMENT, SHAPE, TEXT, Json

_OBJECT = r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`\ufffd\u0000-\u0020]+"
URI_WRITTEN: Json = {"type": "string", "pattern": f"^{_OBJECT}$"}
"""A URI as bodies have it: letters of any alphabet may stand in it."""
_NO_NAME = r"\s<>\"'=;()\[\]{}|\\^`,\u0000-\u001f"
_ATTRIBUTE_NAME = f"^(@context|[^@{_NO_NAME}][^{_NO_NAME}]*)$"
_TYPE_NAME: Json = {"type": "string", "pattern": f"^[^{_NO_NAME}]+$"}
TYPES: Json = {"anyOf": [_TYPE_NAME, {"type": "array", "minItems": 1, "items": _TYPE_NAME}]}
_SCOPE: Json = {"type": "string", "pattern": r"^/?[A-Za-z][A-Za-z0-9_-]*(/[A-Za-z0-9_-]+)*$"}
_WORDS: Json = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
_ANY_VALUE: Json = {"type": ["string", "number", "boolean", "array", "object"]}
_BESIDE: Json = {"observedAt": MOMENT, "datasetId": URI_WRITTEN, "unitCode": TEXT}


def _kind(kind: str, member: str, value: Json) -> Json:
    """Describe a kind of attribute, its members beside the value being open: sub-attributes have any name."""
    properties = {"type": {"const": kind}, member: value, **_BESIDE}
    return {"type": "object", "title": kind, "required": [member], "properties": properties}


_URI_OR_SOME: Json = {"anyOf": [URI_WRITTEN, {"type": "array", "items": URI_WRITTEN}]}
_KINDS = (
    _kind("Property", "value", _ANY_VALUE),
    _kind("GeoProperty", "value", SHAPE),
    _kind("Relationship", "object", _URI_OR_SOME),
    _kind("LanguageProperty", "languageMap", {"type": "object", "additionalProperties": _WORDS}),
    _kind("VocabProperty", "vocab", _WORDS),
    _kind("JsonProperty", "json", {}),
    _kind("ListProperty", "valueList", {"type": "array"}),
    _kind("ListRelationship", "objectList", {"type": "array"}),
)
INSTANCE: Json = {"anyOf": list(_KINDS)}
"""One attribute in the normalized form; in the concise one `type` is left out (clause 4.5.3)."""
_CONCISE: Json = {"anyOf": [{"type": ["string", "number", "boolean", "array"]}, SHAPE, *_KINDS]}
"""An attribute: normalized, concise, a bare value, or several instances in a list."""

_MEMBERS: Json = {
    "id": URI_WRITTEN,
    "type": TYPES,
    "scope": {"anyOf": [_SCOPE, {"type": "array", "items": _SCOPE}]},
    "expiresAt": MOMENT,
}
FRAGMENT: Json = {
    "type": "object",
    "description": "a part of an entity: attributes under names of terms or IRIs",
    "properties": _MEMBERS,
    "propertyNames": {"pattern": _ATTRIBUTE_NAME},
    "additionalProperties": _CONCISE,
}
ENTITY: Json = {**FRAGMENT, "description": "an entity with its attributes", "required": ["id", "type"]}
PART: Json = {
    "type": "object",
    "minProperties": 1,
    "description": "the members of one instance of an attribute that change; the others stay",
    "properties": _BESIDE,
}
_INSTANCES: Json = {"anyOf": [INSTANCE, {"type": "array", "items": INSTANCE}]}
PAST: Json = {
    **FRAGMENT,
    "description": "an entity's past: each attribute with its instances, each with its observedAt",
    "additionalProperties": _INSTANCES,
}
EVOLUTION: Json = {**PAST, "required": ["id", "type"]}

BENCH: Json = {
    "id": "urn:ngsi-ld:Bench:ruhrort-17",
    "type": "Bench",
    "seats": 4,
    "status": {"type": "Property", "value": "ok", "observedAt": "2026-11-24T08:00:00Z"},
    "location": {"type": "Point", "coordinates": [6.7361, 51.4551]},
}
SEATS: Json = {"seats": {"type": "Property", "value": 5}}
PAST_BENCH: Json = {
    "id": "urn:ngsi-ld:Bench:ruhrort-18",
    "type": "Bench",
    "seats": [
        {"type": "Property", "value": 3, "observedAt": "2026-11-20T08:00:00Z"},
        {"type": "Property", "value": 4, "observedAt": "2026-11-21T08:00:00Z"},
    ],
}
