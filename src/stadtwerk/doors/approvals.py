"""Commands that wait for a second person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stadtwerk.doors.commands import JSON
from stadtwerk.doors.desk import Desk
from stadtwerk.doors.problem import encode
from stadtwerk.doors.then import only_now
from stadtwerk.kernel.access import may, require
from stadtwerk.kernel.command import Command


class Waiting(Protocol):
    """Knows what waits."""

    def held(self) -> Sequence[Command]:
        """Return the commands that wait for a second person, oldest first."""
        ...


def approval_routes(desk: Desk, waiting: Waiting) -> list[Route]:
    """Make the route of what waits; approving and rejecting are commands."""
    return [Route("/api/approvals", _approvals(desk, waiting), methods=["GET"])]


def _approvals(desk: Desk, waiting: Waiting) -> Callable[[Request], Any]:
    async def approvals(request: Request) -> Response:
        me = request.state.principal
        require(me, "commands.read")
        only_now(request)
        rows = [
            {
                "command": desk.view(command),
                "mine": command.actor == me.actor,
                "can_decide": command.actor != me.actor and may(me, "access.approve") and may(me, command.kind),
            }
            for command in waiting.held()
        ]
        return Response(encode({"waiting": rows}), media_type=JSON)

    return approvals
