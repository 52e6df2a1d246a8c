"""Lists of lamps of others: what one would become, and a city made of it to take away; the city that runs stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Protocol

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stadtwerk.kernel.access import require
from stadtwerk.kernel.limits import LIST_BYTES
from stadtwerk.kernel.refusal import Refused

PERMISSION = "lists.read"
"""Who sets up what operators run may read lists."""

Text = Annotated[str, msgspec.Meta(max_length=200)]


class Asked(msgspec.Struct, frozen=True):
    """What is asked of a list: its file's name, columns by field over the proposal, and the city to make, if any."""

    name: Text = "list.csv"
    columns: Annotated[dict[Text, Text], msgspec.Meta(max_length=50)] = {}
    system: Text = ""
    city: Text = ""
    source: Text = ""
    licence: Text = ""


class Lists(Protocol):
    """Who reads lists beside the city."""

    async def read(self, asked: Asked, body: bytes) -> bytes:
        """Return a preview as JSON, or a city as a zip file."""
        ...


def lamp_list_routes(lists: Lists) -> list[Route]:
    """Make the routes of lists; the list is the body, what is asked stands in the address."""
    return [
        Route("/api/lamp-lists/preview", _read(lists, makes=False), methods=["POST"]),
        Route("/api/lamp-lists/city", _read(lists, makes=True), methods=["POST"]),
    ]


def lamp_list_paths() -> dict[str, Any]:
    """Describe the routes."""
    body = {"required": True, "content": {"application/octet-stream": {"schema": {"type": "string"}}}}
    names = ("name", "system", "city", "source", "licence", "map.id")
    asked = [{"name": name, "in": "query", "schema": {"type": "string", "maxLength": 200}} for name in names]
    refused = {"description": "refused, with the reason"}

    def operation(summary: str, media_type: str) -> dict[str, Any]:
        answer = {"description": "the answer", "content": {media_type: {"schema": {"type": "string"}}}}
        if media_type == "application/json":
            answer = {"description": "the answer", "content": {media_type: {"schema": {"type": "object"}}}}
        responses = {"200": answer, **dict.fromkeys(("401", "403", "413", "422", "503"), refused)}
        return {"summary": summary, "requestBody": body, "parameters": asked, "responses": responses}

    return {
        "/api/lamp-lists/preview": {"post": operation("What a list of lamps would become", "application/json")},
        "/api/lamp-lists/city": {"post": operation("A city folder made of a list of lamps", "application/zip")},
    }


def _read(lists: Lists, *, makes: bool) -> Callable[[Request], Any]:
    async def read(request: Request) -> Response:
        require(request.state.principal, PERMISSION)
        asked = _asked(request)
        if makes != bool(asked.city):
            raise Refused.field("city", "name the city to make, or ask for a preview")
        answer = await lists.read(asked, await _body(request))
        headers = {"Cache-Control": "no-store"}
        if makes:
            headers["Content-Disposition"] = 'attachment; filename="city.zip"'
        return Response(answer, 200, headers, "application/zip" if makes else "application/json")

    return read


def _asked(request: Request) -> Asked:
    """Read the address; `map.power_w=Watt` names the column of a field, `map.power_w=` none."""
    told = dict(request.query_params)
    columns = {name.removeprefix("map."): told.pop(name) for name in list(told) if name.startswith("map.")}
    try:
        return msgspec.convert({**told, "columns": columns}, Asked)
    except msgspec.ValidationError as error:
        raise Refused.field("query", str(error)) from error


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LIST_BYTES:
            raise Refused.of("too-large", "The list is too large", 413, f"at most {LIST_BYTES:,} bytes")
    return bytes(body)
