"""What the parts of the NGSI-LD door's OpenAPI 3.1 description share: names, refusals, parameters, operations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stadtwerk.context.geometry import SHAPES
from stadtwerk.context.limits import OFFSET_MAX, PAGE_DEFAULT, PAGE_MAX
from stadtwerk.doors.ngsild.http import JSON_MEDIA

Json = dict[str, Any]
Parameter = tuple[str, Json, str]
"""Name, schema, description."""

ROOT = "/ngsi-ld/v1"
NAME = r"[A-Za-z_][A-Za-z0-9_]*"
URI = r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9._~:/?#@!$&'()*+;=%-]+"
NAMES: Json = {"type": "string", "pattern": f"^{NAME}(,{NAME})*$"}
URIS: Json = {"type": "string", "pattern": f"^{URI}(,{URI})*$"}
TEXT: Json = {"type": "string", "minLength": 1}
FLAG: Json = {"type": "boolean"}
MOMENT: Json = {"type": "string", "format": "date-time"}
COUNT: Json = {"type": "integer", "minimum": 0}
SHAPE: Json = {
    "type": "object",
    "required": ["type", "coordinates"],
    "properties": {"type": {"enum": list(SHAPES)}, "coordinates": {"type": "array"}},
}
LOCAL: Parameter = ("local", FLAG, "only what is kept here, nothing of other context sources")
PAGE: tuple[Parameter, ...] = (
    ("limit", {"type": "integer", "minimum": 0, "maximum": PAGE_MAX, "default": PAGE_DEFAULT}, "most of a page"),
    ("offset", {"type": "integer", "minimum": 0, "maximum": OFFSET_MAX, "default": 0}, "how many before the page"),
    ("count", FLAG, "tell how many there are, in NGSILD-Results-Count"),
)
SYS_ATTRS: Parameter = ("options", {"enum": ["sysAttrs"]}, "show times of creation and change")
TOTAL: Json = {"description": "how many match, when counted", "schema": COUNT}
LINK: Json = {"description": "the @context, and the next and previous page", "schema": {"type": "string"}}

_WHY = {
    "400": "malformed (InvalidRequest) or wrong (BadRequestData), with all faults",
    "401": "nobody known may do this: say who you are",
    "403": "your rights do not open this; too complex a query; too much at once",
    "404": "no such thing, or no such tenant",
    "405": "not without a name",
    "406": "no media type that this resource offers",
    "409": "it exists already (AlreadyExists), or another context source holds it (Conflict)",
    "413": "the body is too large",
    "414": "the query string is too long",
    "415": "the body is of another media type",
    "422": "part of NGSI-LD that this city does not do; personal data; the city's own entities",
    "429": "your key's quota is used up",
    "502": "a context source answered what makes no sense",
    "503": "too much is still to be told of earlier writes",
    "504": "an @context is not here (LdContextNotAvailable), or a context source does not answer",
    "508": "a registration leads back here",
}
READ = ("400", "403", "404", "406", "414", "422", "429", "504")
"""How reading is refused."""
WRITE = ("400", "401", "403", "404", "414", "422", "429", "503", "504")
"""How writing is refused."""
BODY = ("413", "415")
"""How a body is refused."""
SPREAD = ("409", "502", "508")
"""How writing is refused that other context sources may have to do with."""

_PROBLEM: Json = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "faults": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "detail"],
                "properties": {"field": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}
_HEADERS = {
    "401": {"WWW-Authenticate": {"description": "how to say who you are", "schema": {"type": "string"}}},
    "405": {"Allow": {"description": "the methods there are", "schema": {"type": "string"}}},
    "429": {"Retry-After": {"description": "seconds to wait", "schema": COUNT}},
    "503": {"Retry-After": {"description": "seconds to wait", "schema": COUNT}},
}


def refusals(statuses: Sequence[str]) -> Json:
    """Describe answers that say no (RFC 9457)."""
    content = {"application/problem+json": {"schema": _PROBLEM}}
    return {
        status: {"description": _WHY[status], "content": content}
        | ({"headers": _HEADERS[status]} if status in _HEADERS else {})
        for status in sorted(statuses)
    }


def parameter(name: str, schema: Json, description: str) -> Json:
    """Describe a parameter of the query string."""
    return {"name": name, "in": "query", "schema": schema, "description": description}


def in_path(name: str, description: str, schema: Json | None = None) -> Json:
    """Describe a part of a path, a URI unless a schema says otherwise."""
    schema = schema or {"type": "string", "pattern": f"^{URI}$"}
    return {"name": name, "in": "path", "required": True, "schema": schema, "description": description}


def operation(
    summary: str,
    answers: Mapping[str, Json],
    *,
    parameters: Sequence[Json] = (),
    body: Json | None = None,
    refused: Sequence[str] = READ,
    public: bool = False,
) -> Json:
    """Describe an operation: who may, what goes in, what comes back; a body brings its own refusals."""
    statuses = {*refused, *(BODY if body else ())}
    described = {
        "summary": summary,
        "tags": ["NGSI-LD"],
        "security": [] if public else [{"key": []}],
        "parameters": list(parameters),
        "responses": {**answers, **refusals(sorted(statuses))},
    }
    return described | ({"requestBody": body} if body else {})


def written(schema: Json, example: Any, *, merge: bool = False) -> Json:
    """Describe a JSON body, its @context named in a Link header (application/json) or inside (application/ld+json)."""
    plain = {"schema": schema, "example": example}
    content = dict.fromkeys(("application/json", *(["application/merge-patch+json"] if merge else [])), plain)
    return {"required": True, "content": content | {"application/ld+json": _with_context(schema, example)}}


def _with_context(schema: Json, example: Any) -> Json:
    """Describe an object, or each object of a list, that carries its @context."""
    if schema["type"] == "array":
        inner = _with_context(schema["items"], example[0])
        return {"schema": {**schema, "items": inner["schema"]}, "example": [inner["example"]]}
    context = {"anyOf": [{"type": "string", "format": "uri"}, {"type": ["object", "array", "null"]}]}
    told = {
        **schema,
        "required": [*schema.get("required", ()), "@context"],
        "properties": {**schema.get("properties", {}), "@context": context},
    }
    return {"schema": told, "example": {**example, "@context": {"ex": "https://example.org/"}}}


def shown(schema: Json, description: str = "the answer", headers: Json | None = None) -> Json:
    """Describe an answer in JSON or JSON-LD, as the client accepts it."""
    content = {media: {"schema": schema} for media in JSON_MEDIA}
    return {"description": description, "content": content} | ({"headers": headers} if headers else {})


def plain(schema: Json, description: str) -> Json:
    """Describe an answer in JSON."""
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def created(description: str = "made") -> Json:
    """Describe the answer that something is there now, and where."""
    location = {"description": "path of what was made", "required": True, "schema": {"type": "string"}}
    return {"description": description, "headers": {"Location": location}}


DONE: Json = {"description": "done"}
