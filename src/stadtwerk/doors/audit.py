"""The audit: who did what and why, newest first; as pages, or as JSON lines to take away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Annotated, Any, Protocol

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from stadtwerk.doors.commands import JSON
from stadtwerk.doors.params import converted
from stadtwerk.doors.problem import encode
from stadtwerk.kernel.access import require
from stadtwerk.kernel.limits import PAGE_ROWS

Text = Annotated[str, msgspec.Meta(max_length=200)]


class AuditQuestion(msgspec.Struct, frozen=True, rename={"since": "from", "until": "to"}):
    """What is asked of the journal: whose deeds, which kinds (`access.*`), about what, when, as of which instant."""

    actor: Text = ""
    kind: Text = ""
    entity: Text = ""
    since: Text = ""
    until: Text = ""
    at: Text = ""
    before: Annotated[int, msgspec.Meta(ge=0, le=1 << 53)] = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_ROWS)] = 50


class Auditor(Protocol):
    """Looks through the journal."""

    def page(self, asked: AuditQuestion) -> Mapping[str, Any]:
        """Return entries, newest first, and the number before which to go on (0: the beginning is reached)."""
        ...


def audit_routes(auditor: Auditor) -> list[Route]:
    """Make the routes of the audit."""
    return [
        Route("/api/audit", _page(auditor), methods=["GET"]),
        Route("/api/audit.jsonl", _lines(auditor), methods=["GET"]),
    ]


def _asked(request: Request) -> AuditQuestion:
    require(request.state.principal, "audit.see")
    return converted(dict(request.query_params), AuditQuestion)


def _page(auditor: Auditor) -> Callable[[Request], Any]:
    async def page(request: Request) -> Response:
        return Response(encode(await asyncio.to_thread(auditor.page, _asked(request))), media_type=JSON)

    return page


def _lines(auditor: Auditor) -> Callable[[Request], Any]:
    async def lines(request: Request) -> StreamingResponse:
        asked = msgspec.structs.replace(_asked(request), limit=PAGE_ROWS)
        await asyncio.to_thread(auditor.page, asked)  # what is wrong with the question is said before the first line
        headers = {"Content-Disposition": 'attachment; filename="audit.jsonl"', "Cache-Control": "no-store"}
        return StreamingResponse(_all(auditor, asked), 200, headers, "application/jsonl")

    return lines


async def _all(auditor: Auditor, asked: AuditQuestion) -> AsyncIterator[bytes]:
    while True:
        page = await asyncio.to_thread(auditor.page, asked)
        for entry in page["entries"]:
            yield encode(entry) + b"\n"
        if not page["next"]:
            return
        asked = msgspec.structs.replace(asked, before=page["next"])
