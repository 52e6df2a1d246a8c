"""Subscriptions to entities and to registrations, for the OpenAPI description (ETSI GS CIM 009 clauses 5.2.12, 5.8, 5.11)."""  # noqa: E501

from __future__ import annotations

from stadtwerk.context.query import FORMS, JOINS
from stadtwerk.context.subscriptions.endpoint import SCHEMES
from stadtwerk.context.subscriptions.reading import TRIGGERS
from stadtwerk.doors.ngsild.openapi_parts import (
    COUNT,
    DONE,
    FLAG,
    LINK,
    MOMENT,
    PAGE,
    READ,
    ROOT,
    SYS_ATTRS,
    TEXT,
    TOTAL,
    WRITE,
    Json,
    created,
    in_path,
    operation,
    parameter,
    plain,
    shown,
    written,
)
from stadtwerk.doors.ngsild.openapi_values import URI_WRITTEN

_ID = in_path("subscriptionId", "URN of the subscription")
_SECONDS: Json = {"type": "number", "exclusiveMinimum": 0, "maximum": 1_000_000_000}
_MILLISECONDS: Json = {"type": "number", "exclusiveMinimum": 0, "maximum": 3_600_000}
_TEXTS: Json = {"type": "array", "minItems": 1, "items": TEXT}
_PAIRS: Json = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["key", "value"],
        "additionalProperties": False,
        "properties": {"key": TEXT, "value": {"type": ["string", "number", "boolean", "array", "object", "null"]}},
    },
}
_ENDPOINT: Json = {
    "type": "object",
    "required": ["uri"],
    "additionalProperties": False,
    "properties": {
        "uri": {"type": "string", "pattern": f"^({'|'.join(SCHEMES)})://[^/ ].*$"},
        "accept": {"enum": ["application/json", "application/ld+json", "application/geo+json"]},
        "timeout": _MILLISECONDS,
        "cooldown": _MILLISECONDS,
        "receiverInfo": _PAIRS,
        "notifierInfo": _PAIRS,
    },
}
_COUNTED: Json = {name: {} for name in ("status", "timesSent", "timesFailed")}
"""What the broker makes itself, and passes over when a client says it."""
_NOTIFICATION: Json = {
    "type": "object",
    "required": ["endpoint"],
    "additionalProperties": False,
    "properties": {
        "endpoint": _ENDPOINT,
        "format": {"enum": list(FORMS)},
        "attributes": _TEXTS,
        "pick": _TEXTS,
        "omit": _TEXTS,
        "join": {"enum": list(JOINS)},
        "joinLevel": {"type": "integer", "minimum": 1},
        "sysAttrs": FLAG,
        "showChanges": FLAG,
        **_COUNTED,
        **{name: {} for name in ("lastNotification", "lastSuccess", "lastFailure")},
    },
}
_SELECTOR: Json = {
    "type": "object",
    "required": ["type"],
    "additionalProperties": False,
    "properties": {
        "type": TEXT,
        "id": {"anyOf": [URI_WRITTEN, {"type": "array", "minItems": 1, "items": URI_WRITTEN}]},
        "idPattern": TEXT,
    },
}
_GEO_QUERY: Json = {"type": "object", "required": ["georel", "geometry", "coordinates"]}
_MEMBERS: Json = {
    "id": URI_WRITTEN,
    "type": {"const": "Subscription"},
    "subscriptionName": TEXT,
    "description": TEXT,
    "entities": {"type": "array", "minItems": 1, "items": _SELECTOR},
    "watchedAttributes": _TEXTS,
    "notificationTrigger": {"type": "array", "minItems": 1, "items": {"enum": list(TRIGGERS)}},
    "timeInterval": _SECONDS,
    "throttling": _SECONDS,
    "q": TEXT,
    "scopeQ": TEXT,
    "geoQ": _GEO_QUERY,
    "csf": TEXT,
    "lang": TEXT,
    "datasetId": {},
    "isActive": FLAG,
    "expiresAt": MOMENT,
    "jsonldContext": URI_WRITTEN,
    "notification": _NOTIFICATION,
    **_COUNTED,
    "createdAt": {},
    "modifiedAt": {},
}
_WANTED: Json = {"anyOf": [{"required": ["entities"]}, {"required": ["watchedAttributes"]}]}
_EXAMPLE: Json = {
    "type": "Subscription",
    "entities": [{"type": "Bench"}],
    "notification": {"endpoint": {"uri": "https://receiver.example/notify"}},
}
_NULLABLE: Json = {
    name: schema if name in ("id", "type") or not schema else {"anyOf": [schema, {"type": "null"}]}
    for name, schema in _MEMBERS.items()
}
_LETTERS: Json = {
    "type": "object",
    "required": ["due", "delivered", "dead", "pending", "deadLetters"],
    "properties": {
        **dict.fromkeys(("due", "delivered", "dead", "pending"), COUNT),
        "deadLetters": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["number", "writtenAt", "givenUpAt", "tries", "reason", "notification"],
                "properties": {"writtenAt": MOMENT, "givenUpAt": MOMENT, "tries": COUNT, "reason": {"type": "string"}},
            },
        },
    },
}


def subscription_paths() -> Json:
    """Describe subscriptions to entities, and to registrations of context sources."""
    sources = {**_MEMBERS, "temporalQ": {"type": "object"}}
    changed = {**_NULLABLE, "temporalQ": {"type": ["object", "null"]}}
    return {
        **_paths("subscriptions", "to entities", _MEMBERS, _NULLABLE),
        **_paths("csourceSubscriptions", "to registrations", sources, changed),
    }


def _paths(name: str, what: str, members: Json, changed: Json) -> Json:
    body = {"type": "object", "required": ["type", "notification"], "additionalProperties": False}
    told: Json = {"type": "object", "required": ["id", "type", "notification", "status"]}
    one = f"{ROOT}/{name}/{{subscriptionId}}"
    options, page = parameter(*SYS_ATTRS), [parameter(*one) for one in PAGE]
    listed = shown({"type": "array", "items": told}, headers={"Link": LINK, "NGSILD-Results-Count": TOTAL})
    whole, part = {**body, **_WANTED, "properties": members}, {"type": "object", "properties": changed}
    refused, read = (*WRITE, "409"), (*READ, "401")
    return {
        f"{ROOT}/{name}": {
            "get": operation(f"List subscriptions {what}", {"200": listed}, parameters=[*page, options], refused=read),
            "post": operation(f"Subscribe {what}", {"201": created()}, body=written(whole, _EXAMPLE), refused=refused),
        },
        one: {
            "get": operation(
                f"Retrieve a subscription {what}", {"200": shown(told)}, parameters=[_ID, options], refused=read
            ),
            "patch": operation(
                f"Change a subscription {what}",
                {"204": DONE},
                parameters=[_ID],
                body=written({**part, "additionalProperties": False}, {"isActive": False}, merge=True),
                refused=WRITE,
            ),
            "delete": operation(f"End a subscription {what}", {"204": DONE}, parameters=[_ID], refused=WRITE),
        },
        f"{one}/deadLetters": _dead_letters(read),
    }


def _dead_letters(read: tuple[str, ...]) -> Json:
    """Describe what the city adds to the standard: notifications that were given up."""
    again: Json = {"type": "object", "required": ["sentAgain"], "properties": {"sentAgain": COUNT}}
    return {
        "get": operation(
            "List notifications that were given up, and why",
            {"200": plain(_LETTERS, "the oldest, and how the figures add up")},
            parameters=[_ID],
            refused=read,
        ),
        "post": operation(
            "Send notifications that were given up again",
            {"200": plain(again, "how many are sent again")},
            parameters=[_ID],
            refused=WRITE,
        ),
    }
