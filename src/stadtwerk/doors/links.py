"""New one-time sign-in links, for whoever holds the data folder's key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stadtwerk.doors.problem import encode
from stadtwerk.doors.sign_in import SignIn
from stadtwerk.kernel.access import require


def link_routes(sign_in: SignIn) -> list[Route]:
    """Make the route that issues links."""
    return [Route("/api/links", _new_link(sign_in), methods=["POST"])]


def _new_link(sign_in: SignIn) -> Callable[[Request], Any]:
    async def new_link(request: Request) -> Response:
        require(request.state.principal, "links.house")
        token = await sign_in.new_link_token()
        return Response(encode({"path": f"/sign-in?token={token}"}), 201, media_type="application/json")

    return new_link
