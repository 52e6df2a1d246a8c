"""The @context documents that are here, for the OpenAPI description (ETSI GS CIM 009 clauses 5.13, 6.29, 6.30)."""

from __future__ import annotations

from stadtwerk.doors.ngsild.openapi_parts import (
    DONE,
    FLAG,
    ROOT,
    TEXT,
    WRITE,
    Json,
    created,
    in_path,
    operation,
    parameter,
    shown,
)

_ID = in_path("contextId", "local name or URL", TEXT)
_DETAILS = parameter("details", FLAG, "describe instead of naming or serving it")
_DOCUMENT: Json = {
    "type": "object",
    "description": "a JSON-LD document; only its @context is kept",
    "required": ["@context"],
}
_ENTRY: Json = {"type": "object", "required": ["URL", "localId", "kind"]}
_KINDS: Json = {"enum": ["Hosted", "Cached", "ImplicitlyCreated"]}
_EXAMPLE: Json = {"@context": {"seats": "https://example.org/seats"}}


def context_paths() -> Json:
    """Describe how @context documents are listed, served, hosted and deleted."""
    listed: Json = {"type": "array", "items": {"anyOf": [{"type": "string", "format": "uri"}, _ENTRY]}}
    body = {"schema": _DOCUMENT, "example": _EXAMPLE}
    kind = parameter("kind", _KINDS, "only these")
    reload = parameter("reload", FLAG, "fetch a document that lies elsewhere anew instead of forgetting it")
    return {
        f"{ROOT}/jsonldContexts": {
            "get": operation(
                "List the @context documents that are here",
                {"200": shown(listed)},
                parameters=[_DETAILS, kind],
                public=True,
            ),
            "post": operation(
                "Host an @context document",
                {"201": created()},
                body={"required": True, "content": dict.fromkeys(("application/json", "application/ld+json"), body)},
                refused=WRITE,
            ),
        },
        f"{ROOT}/jsonldContexts/{{contextId}}": {
            "get": operation(
                "Serve an @context document",
                {"200": shown({"anyOf": [_DOCUMENT, _ENTRY]})},
                parameters=[_ID, _DETAILS],
                public=True,
            ),
            "delete": operation("Forget an @context document", {"204": DONE}, parameters=[_ID, reload], refused=WRITE),
        },
    }
