"""The description of the doors for accounts, approvals, audit and the journal's head."""

from __future__ import annotations

from typing import Any

import msgspec

from stadtwerk.doors.audit import AuditQuestion
from stadtwerk.doors.people import Opening

_ANSWER = {"description": "the answer", "content": {"application/json": {"schema": {"type": "object"}}}}
_REFUSED = {
    "description": "refused, with the reason",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Refusal"}}},
}
_TEXT = {"description": "a signed note", "content": {"text/plain": {"schema": {"type": "string"}}}}
_LINES = {"description": "JSON lines", "content": {"application/jsonl": {"schema": {"type": "string"}}}}


def people_paths() -> dict[str, Any]:
    """Describe the routes."""
    account = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    opening = msgspec.json.schema_components([Opening])[1]["Opening"]
    body = {"required": True, "content": {"application/json": {"schema": opening}}}
    asked = msgspec.json.schema_components([AuditQuestion])[1]["AuditQuestion"]["properties"]
    question = [{"name": name, "in": "query", "schema": schema} for name, schema in asked.items()]
    return {
        "/api/people": {"get": _operation("Accounts, by pseudonym")},
        "/api/people/open": {"post": _operation("Open names, noted in the journal", requestBody=body)},
        "/api/people/{id}/link": {
            "post": _operation("A one-time link for an account", status="201", parameters=[account])
        },
        "/api/approvals": {"get": _operation("Commands that wait for a second person")},
        "/api/audit": {"get": _operation("Who did what and why, newest first", parameters=question)},
        "/api/audit.jsonl": {"get": _operation("The same, all of it", answer=_LINES, parameters=question)},
        "/api/journal/head": {"get": _note("The journal's length and last seal, signed")},
        "/api/journal/key": {"get": _note("The key that signs the journal's head")},
        "/.well-known/stadtwerk-head": {"get": _note("The journal's head, where strangers look")},
    }


def _note(summary: str) -> dict[str, Any]:
    return _operation(summary, answer=_TEXT, security=[])


def _operation(summary: str, *, status: str = "200", answer: Any = _ANSWER, **more: Any) -> dict[str, Any]:
    return {"summary": summary, "responses": {status: answer, "default": _REFUSED}, **more}
