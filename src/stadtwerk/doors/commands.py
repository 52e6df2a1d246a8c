"""Commands over HTTP: 202 and an id at once, the outcome on the stream, or waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stadtwerk import logs
from stadtwerk.doors import params
from stadtwerk.doors.desk import Desk
from stadtwerk.doors.problem import encode, problem, read_json
from stadtwerk.doors.question import Question
from stadtwerk.doors.then import ask_then, instant
from stadtwerk.kernel.access import require
from stadtwerk.kernel.command import OUTCOMES, Command
from stadtwerk.kernel.ids import Entropy, check_command_id, new_command_id
from stadtwerk.kernel.limits import PAGE_ROWS
from stadtwerk.kernel.refusal import Fault, Refused, invalid

JSON = "application/json"


def decode(body: bytes, kind: type[Any]) -> Any:
    """Read a command's content; refuses what is not JSON (400) or not this command (422)."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        detail, _, where = str(error).partition(" - at `$")
        raise Refused(invalid((Fault(where.strip("`.") or "body", detail),))) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused.of("json", "This is not JSON", 400, str(error)) from error


def command_routes(desk: Desk, entropy: Entropy) -> list[Route]:
    """Make the routes of all systems' commands."""
    routes = [
        Route("/api/commands", _list(desk), methods=["GET"]),
        Route("/api/commands/{id}", _one(desk), methods=["GET"]),
        Route("/api/commands/{id}/targets", _targets(desk), methods=["GET"]),
    ]
    posts = [
        Route(f"/api/commands/{kind}", _post(desk, entropy, kind, content), methods=["POST"])
        for system in desk.systems
        for kind, content in system.commands.items()
    ]
    return posts + routes


def _post(desk: Desk, entropy: Entropy, kind: str, content_type: type[Any]) -> Callable[[Request], Any]:
    async def post(request: Request) -> Response:
        principal = request.state.principal
        require(principal, kind)
        wait_s = params.wait_s(request)
        given = request.headers.get("idempotency-key")
        command_id = new_command_id(desk.clock.now_us(), entropy) if given is None else check_command_id(given)
        logs.bind(command_id=command_id)
        content = decode(await read_json(request), content_type)
        for permission in desk.needs(kind, content):
            require(principal, permission)
        command = await desk.submit(command_id=command_id, kind=kind, content=content, actor=principal.actor)
        if command.state == "refused" and command.refusal:
            return problem(command.refusal)
        await _wait(desk, command, wait_s)
        location = {"Location": f"/api/commands/{command.id}"}
        return Response(encode(desk.view(command)), 202, location, JSON)

    return post


async def _wait(desk: Desk, command: Command, wait_s: float) -> None:
    """Hold the answer open until the command is closed or the time is over."""
    if not wait_s:
        return

    async def closed() -> None:
        while command.open:
            await desk.live.ticked()

    try:
        await asyncio.wait_for(closed(), wait_s)
    except TimeoutError:
        return


def _list(desk: Desk) -> Callable[[Request], Any]:
    async def commands(request: Request) -> Response:
        require(request.state.principal, "commands.read")
        limit = params.integer(request, "limit", 50, low=1, high=PAGE_ROWS)
        before = params.integer(request, "before", 0, low=0, high=1 << 53) or None
        if (at_us := instant(request, desk)) is not None:
            return await ask_then(desk, Question(at_us, "commands", {"limit": f"{limit}", "before": f"{before or 0}"}))
        views = [desk.view(command) for command in desk.latest(limit, before)]
        return Response(encode({"commands": views}), media_type=JSON)

    return commands


def _find(desk: Desk, request: Request) -> Command:
    require(request.state.principal, "commands.read")
    command_id = request.path_params["id"]
    command = desk.find(command_id)
    if command is None:
        raise Refused.of("unknown-command", "There is no such command", 404, f"no command {command_id!r}")
    return command


def _one(desk: Desk) -> Callable[[Request], Any]:
    async def one(request: Request) -> Response:
        if (at_us := instant(request, desk)) is not None:
            require(request.state.principal, "commands.read")
            return await ask_then(desk, Question(at_us, "command", {"id": request.path_params["id"]}))
        return Response(encode(desk.view(_find(desk, request))), media_type=JSON)

    return one


def _targets(desk: Desk) -> Callable[[Request], Any]:
    async def targets(request: Request) -> Response:
        require(request.state.principal, "commands.read")
        outcome = request.query_params.get("outcome", "pending")
        codes = ("no_answer", "superseded") if outcome == "expired" else (outcome,)
        if not set(codes) <= set(OUTCOMES):
            raise Refused.field("outcome", f"one of expired, {', '.join(OUTCOMES)}")
        if (at_us := instant(request, desk)) is not None:
            given = {"id": request.path_params["id"], "outcome": outcome}
            return await ask_then(desk, Question(at_us, "targets", given))
        command = _find(desk, request)
        reasons = {code: desk.target_names(command, code) for code in codes}
        lamps = [name for names in reasons.values() for name in names]
        answer = {"lamps": lamps, "reasons": {k: len(v) for k, v in reasons.items()}}
        return Response(encode(answer), media_type=JSON)

    return targets
