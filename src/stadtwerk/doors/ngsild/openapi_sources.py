"""Context sources and entity maps, for the OpenAPI description (ETSI GS CIM 009 clauses 5.2.9, 5.9, 5.10, 5.14, 5.15)."""  # noqa: E501

from __future__ import annotations

from stadtwerk.context.registrations.document import MODES
from stadtwerk.context.registrations.operations import GROUPS, NAMES
from stadtwerk.context.registrations.span import RELATIONS, TIMES
from stadtwerk.doors.ngsild.openapi_parts import (
    DONE,
    LINK,
    LOCAL,
    MOMENT,
    PAGE,
    READ,
    ROOT,
    SHAPE,
    SYS_ATTRS,
    TEXT,
    TOTAL,
    WRITE,
    Json,
    Parameter,
    created,
    in_path,
    operation,
    parameter,
    plain,
    shown,
    written,
)
from stadtwerk.doors.ngsild.openapi_values import TYPES, URI_WRITTEN

_ID = in_path("registrationId", "URN of the registration")
_MAP_ID = in_path("entityMapId", "URN of the entity map")
_NAMES: Json = {"type": "array", "minItems": 1, "items": TEXT}
_INFORMATION: Json = {
    "type": "object",
    "minProperties": 1,
    "additionalProperties": False,
    "properties": {
        "entities": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "minProperties": 1,
                "additionalProperties": False,
                "properties": {"id": URI_WRITTEN, "idPattern": TEXT, "type": TYPES},
            },
        },
        "propertyNames": _NAMES,
        "relationshipNames": _NAMES,
    },
}
_INTERVAL: Json = {
    "type": "object",
    "required": ["startAt"],
    "additionalProperties": False,
    "properties": {"startAt": MOMENT, "endAt": MOMENT},
}
_PAIR: Json = {
    "type": "object",
    "required": ["key", "value"],
    "additionalProperties": False,
    "properties": {"key": TEXT, "value": TEXT},
}
_POSITIVE: Json = {"type": "number", "exclusiveMinimum": 0}
_MEMBERS: Json = {
    "id": URI_WRITTEN,
    "type": {"const": "ContextSourceRegistration"},
    "registrationName": TEXT,
    "description": TEXT,
    "information": {"type": "array", "minItems": 1, "items": _INFORMATION},
    "tenant": TEXT,
    "observationInterval": _INTERVAL,
    "managementInterval": _INTERVAL,
    **dict.fromkeys(("location", "observationSpace", "operationSpace"), SHAPE),
    "expiresAt": MOMENT,
    "endpoint": {"type": "string", "pattern": "^https?://[^/? #][^? #]*$"},
    "contextSourceInfo": {"type": "array", "minItems": 1, "items": _PAIR},
    "contextSourceAlias": TEXT,
    "mode": {"enum": list(MODES)},
    "operations": {"type": "array", "minItems": 1, "items": {"enum": sorted({*GROUPS, *NAMES})}},
    "refreshRate": TEXT,
    "management": {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "localOnly": {"type": "boolean"},
            "cacheDuration": {},
            "timeout": _POSITIVE,
            "cooldown": _POSITIVE,
        },
    },
}
_REGISTRATION: Json = {
    "type": "object",
    "description": "members beside these are properties of the source itself",
    "required": ["type", "information", "endpoint"],
    "properties": _MEMBERS,
}
_CHANGE: Json = {
    "type": "object",
    "description": "null takes a member away",
    "properties": {
        name: schema if name in ("id", "type", "information", "endpoint") else {"anyOf": [schema, {"type": "null"}]}
        for name, schema in _MEMBERS.items()
    },
}
_EXAMPLE: Json = {
    "type": "ContextSourceRegistration",
    "information": [{"entities": [{"type": "BikeHireDockingStation"}]}],
    "endpoint": "https://neighbour.example",
}
_TIME: tuple[Parameter, ...] = (
    ("timerel", {"enum": list(RELATIONS)}, "relation of the source's interval to timeAt"),
    ("timeAt", MOMENT, "the instant, or the first of those between"),
    ("endTimeAt", MOMENT, "the end of between"),
    ("timeproperty", {"enum": list(TIMES)}, "which interval of the source counts"),
)
_IDENTITY: Json = {
    "type": "object",
    "required": ["id", "type", "contextSourceAlias", "contextSourceUptime", "contextSourceTimeAt"],
    "properties": {
        "id": {"type": "string", "format": "uri"},
        "type": {"const": "ContextSourceIdentity"},
        "contextSourceAlias": TEXT,
        "contextSourceUptime": {"type": "string", "pattern": "^PT[0-9]+S$"},
        "contextSourceTimeAt": MOMENT,
    },
}
_MAP: Json = {
    "type": "object",
    "required": ["id", "type", "expiresAt", "entityMap", "linkedMaps"],
    "properties": {
        "id": {"type": "string", "format": "uri"},
        "type": {"const": "EntityMap"},
        "expiresAt": MOMENT,
        "entityMap": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
        "linkedMaps": {"type": "object"},
    },
}


def source_paths(selecting: tuple[Parameter, ...]) -> Json:
    """Describe registrations, the city as a source, and entity maps; `selecting` says which are asked for."""
    return {
        **_registrations(selecting),
        f"{ROOT}/info/sourceIdentity": {
            "get": operation(
                "How this broker calls itself", {"200": plain(_IDENTITY, "its name in Via headers")}, public=True
            )
        },
        f"{ROOT}/entityMaps/{{entityMapId}}": _maps(),
    }


def _registrations(selecting: tuple[Parameter, ...]) -> Json:
    told: Json = {"type": "object", "required": ["id", "type", "information", "endpoint"]}
    listed = shown({"type": "array", "items": told}, headers={"Link": LINK, "NGSILD-Results-Count": TOTAL})
    names = ("attrs", TEXT, "only sources of these attributes")
    place = ("geoproperty", TEXT, "which place of a source: location, observationSpace or operationSpace")
    filters = (*selecting, names, place, *_TIME, *PAGE, SYS_ATTRS)
    asked = [parameter(*one) for one in filters]
    return {
        f"{ROOT}/csourceRegistrations": {
            "get": operation("Find registered context sources", {"200": listed}, parameters=asked, public=True),
            "post": operation(
                "Register a context source",
                {"201": created()},
                body=written(_REGISTRATION, _EXAMPLE),
                refused=(*WRITE, "409"),
            ),
        },
        f"{ROOT}/csourceRegistrations/{{registrationId}}": {
            "get": operation(
                "Retrieve a registration",
                {"200": shown(told)},
                parameters=[_ID, parameter(*SYS_ATTRS)],
                public=True,
            ),
            "patch": operation(
                "Change a registration",
                {"204": DONE},
                parameters=[_ID],
                body=written(_CHANGE, {"description": "bicycles for hire"}, merge=True),
                refused=(*WRITE, "409"),
            ),
            "delete": operation("Delete a registration", {"204": DONE}, parameters=[_ID], refused=WRITE),
        },
    }


def _maps() -> Json:
    asked = [_MAP_ID, parameter(*LOCAL)]
    end: Json = {"type": "object", "properties": {"expiresAt": MOMENT}}
    return {
        "get": operation(
            "Retrieve an entity map", {"200": plain(_MAP, "the map")}, parameters=asked, refused=READ, public=True
        ),
        "patch": operation(
            "Move the end of an entity map",
            {"204": DONE},
            parameters=asked,
            body=written(end, {"expiresAt": "2026-12-01T00:00:00Z"}, merge=True),
            refused=WRITE,
        ),
        "delete": operation("Delete an entity map", {"204": DONE}, parameters=asked, refused=WRITE),
    }
