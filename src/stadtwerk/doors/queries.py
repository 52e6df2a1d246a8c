"""Questions over HTTP: each query of each system is a GET below /api."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stadtwerk.doors.commands import JSON, decode
from stadtwerk.doors.desk import Desk
from stadtwerk.doors.params import converted
from stadtwerk.doors.problem import encode, read_json
from stadtwerk.doors.question import Question
from stadtwerk.doors.then import ask_then, instant, only_now
from stadtwerk.kernel.access import require
from stadtwerk.kernel.system import Query, System


def query_routes(desk: Desk) -> list[Route]:
    """Make the routes of all systems' queries, and of the city itself."""
    routes = [
        Route("/api/session", _session, methods=["GET"]),
        Route("/api/city", _city(desk), methods=["GET"]),
    ]
    asked = [
        Route(f"/api{query.path}", _ask(desk, system, query), methods=["POST" if query.posted else "GET"])
        for system in desk.systems
        for query in system.queries
    ]
    return routes + asked


def _ask(desk: Desk, system: System, query: Query) -> Callable[[Request], Any]:
    async def ask(request: Request) -> Response:
        require(request.state.principal, f"{system.name}.read")
        if query.posted:
            only_now(request)
            content = decode(await read_json(request), query.params)
            return Response(encode(await asyncio.to_thread(desk.ask, system, query.run, content)), media_type=JSON)
        given = {**request.query_params, **request.path_params}
        at_us = instant(request, desk)
        given.pop("at", None)
        params = converted(given, query.params)
        if at_us is not None:
            return await ask_then(desk, Question(at_us, "query", given, system.name, query.path))
        answer = await asyncio.to_thread(desk.ask, system, query.run, params)
        if query.binary:
            return Response(answer, media_type="application/octet-stream")
        return Response(encode(answer), media_type=JSON)

    return ask


async def _session(request: Request) -> Response:
    principal = request.state.principal
    require(principal, "session.read")
    return Response(encode(principal), media_type=JSON)


def _city(desk: Desk) -> Callable[[Request], Any]:
    async def city(request: Request) -> Response:
        require(request.state.principal, "city.read")
        return Response(encode(desk.about()), media_type=JSON)

    return city
