"""The head of the journal, for everybody: how long it is, how it ends, signed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stadtwerk.kernel.access import require


class Head(Protocol):
    """Knows how the journal ends."""

    def head(self) -> str:
        """Return the signed checkpoint."""
        ...

    @property
    def verifier_key(self) -> str:
        """Return the public key that signs it."""
        ...


def head_routes(head: Head) -> list[Route]:
    """Make the routes of the journal's head and of the key that signs it."""
    return [
        Route("/api/journal/head", _text(head.head), methods=["GET"]),
        Route("/.well-known/stadtwerk-head", _text(head.head), methods=["GET"]),
        Route("/api/journal/key", _text(lambda: head.verifier_key + "\n"), methods=["GET"]),
    ]


def _text(make: Callable[[], str]) -> Callable[[Request], Any]:
    async def answer(request: Request) -> Response:
        require(request.state.principal, "head.read")
        return Response(make(), media_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-cache"})

    return answer
