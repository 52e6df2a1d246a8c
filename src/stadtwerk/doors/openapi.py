"""The doors' own description: OpenAPI 3.1, made from the systems' types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from stadtwerk import __version__
from stadtwerk.kernel.command_view import CommandView
from stadtwerk.kernel.limits import PAGE_ROWS, WAIT_S
from stadtwerk.kernel.refusal import Refusal
from stadtwerk.kernel.system import Query, System

_REF = "#/components/schemas/{name}"
_ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "UUID or ULID made by the client; the same key again gives the same command",
    "schema": {"type": "string", "pattern": "^[0-9A-Za-z][0-9A-Za-z-]{7,63}$"},
}
_AT = {
    "name": "at",
    "in": "query",
    "description": "the answer as it was at this instant (RFC 3339), within the record",
    "schema": {"type": "string", "format": "date-time"},
}
_WAIT = {
    "name": "wait",
    "in": "query",
    "description": "hold the answer until the outcome, for example 2s",
    "schema": {"type": "integer", "minimum": 0, "maximum": WAIT_S},
}


def document(systems: tuple[System, ...], more_paths: Mapping[str, Any]) -> dict[str, Any]:
    """Describe all routes of the API."""
    commands = {kind: content for system in systems for kind, content in system.commands.items()}
    types = [Refusal, CommandView, *commands.values()]
    schemas, components = msgspec.json.schema_components(types, ref_template=_REF)
    # Systems do not know of each other and may call their commands alike; then the schemas have longer names.
    contents = dict(zip(commands, schemas[2:], strict=True))
    for name in [name for name in components if name.endswith("Target")]:
        components[name] = _one_of_its_fields(components[name])
    paths: dict[str, Any] = dict(_city_paths())
    for system in systems:
        for kind, content in system.commands.items():
            paths[f"/api/commands/{kind}"] = {"post": _command(str(content.__doc__), contents[kind])}
        for query in system.queries:
            paths[f"/api{query.path}"] = (
                {"post": _posted(query, components)} if query.posted else {"get": _query(query)}
            )
    return {
        "openapi": "3.1.0",
        "info": {"title": "stadtwerk", "version": __version__, "license": {"name": "Apache-2.0"}},
        "paths": {**paths, **more_paths},
        "components": {
            "schemas": components,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"key": []}],
    }


def _one_of_its_fields(schema: dict[str, Any]) -> dict[str, Any]:
    """Say of a type of optional fields that exactly one of them is given."""
    fields = {name: field["anyOf"][0] for name, field in schema["properties"].items()}
    return {**schema, "properties": fields, "minProperties": 1, "maxProperties": 1}


def _answer(description: str, schema: Any, kind: str = "application/json") -> dict[str, Any]:
    return {"description": description, "content": {kind: {"schema": schema}}}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": _REF.format(name=name)}


def _operation(summary: str, status: str, answer: dict[str, Any], **more: Any) -> dict[str, Any]:
    refused = _answer("refused, with the reason", _ref("Refusal"), "application/problem+json")
    return {"summary": summary, "responses": {status: answer, "default": refused}, **more}


def _command(summary: str, content: dict[str, Any]) -> dict[str, Any]:
    body = {"required": True, "content": {"application/json": {"schema": content}}}
    answer = _answer("taken on; the outcome comes on the stream", _ref("CommandView"))
    return _operation(summary, "202", answer, parameters=[_KEY, _WAIT], requestBody=body)


def _query(query: Query) -> dict[str, Any]:
    _, components = msgspec.json.schema_components([query.params], ref_template=_REF)
    schema = components[query.params.__name__]
    parameters = [
        {"name": name, "in": "path" if f"{{{name}}}" in query.path else "query", "schema": field}
        | ({"required": True} if name in schema.get("required", ()) else {})
        for name, field in schema["properties"].items()
    ]
    parameters.append(_AT)
    kind = "application/octet-stream" if query.binary else "application/json"
    answer = _answer("the answer", {} if query.binary else {"type": "object"}, kind)
    return _operation(query.summary, "200", answer, parameters=parameters)


def _posted(query: Query, components: dict[str, Any]) -> dict[str, Any]:
    """Describe a question that comes in a body; its types go to the others'."""
    schema, own = msgspec.json.schema_components([query.params], ref_template=_REF)
    components |= own
    body = {"required": True, "content": {"application/json": {"schema": schema[0]}}}
    return _operation(query.summary, "200", _answer("the answer", {"type": "object"}), requestBody=body)


def _city_paths() -> dict[str, Any]:
    view, obj = _ref("CommandView"), {"type": "object"}
    number = {"type": "integer", "minimum": 1, "maximum": PAGE_ROWS}
    page = [
        {"name": "limit", "in": "query", "schema": number},
        {"name": "before", "in": "query", "schema": {"type": "integer", "minimum": 0, "maximum": 1 << 53}},
    ]
    outcome = {"name": "outcome", "in": "query", "schema": {"enum": ["pending", "confirmed", "expired"]}}
    commands = {"type": "object", "properties": {"commands": {"type": "array", "items": view}}}
    ok = _answer("the answer", obj)
    return {
        "/api/session": {"get": _operation("Who am I", "200", ok)},
        "/api/city": {"get": _operation("The city and its clock", "200", ok)},
        "/api/systems": {"get": _operation("The city's systems, what they take and show", "200", ok)},
        **_operation_paths(ok),
        "/api/commands": {
            "get": _operation("Newest commands", "200", _answer("a page", commands), parameters=[*page, _AT])
        },
        "/api/commands/{id}": {"get": _operation("One command", "200", _answer("it", view), parameters=[_ID, _AT])},
        "/api/commands/{id}/targets": {
            "get": _operation("A command's targets by outcome", "200", ok, parameters=[_ID, outcome, _AT])
        },
    }


def _operation_paths(ok: dict[str, Any]) -> dict[str, Any]:
    lang = {"name": "lang", "in": "query", "schema": {"enum": ["de", "en"]}}
    figures = _answer("Prometheus text or OpenMetrics", {"type": "string"}, "text/plain")
    contact = _answer("RFC 9116", {"type": "string"}, "text/plain")
    ready = _operation("Whether the city takes requests", "200", ok, security=[])
    ready["responses"]["503"] = _answer("not now", {"type": "object"})
    return {
        "/api/health": {"get": _operation("How the core is doing", "200", ok, security=[])},
        "/api/health/findings": {"get": _operation("What is wrong and what to do", "200", ok, parameters=[lang])},
        "/health/live": {"get": _operation("Whether the core's loop turns", "200", ok, security=[])},
        "/health/ready": {"get": ready},
        "/metrics": {"get": _operation("Figures for Prometheus", "200", figures)},
        "/.well-known/security.txt": {"get": _operation("Whom to tell of a weakness", "200", contact, security=[])},
    }
