"""The HTTP door put together."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from stadtwerk.doors.headers import SafeHeaders
from stadtwerk.doors.meter import HttpTally, Meter
from stadtwerk.doors.problem import encode, on_crash, on_http, on_refused
from stadtwerk.doors.sign_in import SignIn, WhoIsIt
from stadtwerk.kernel.refusal import Refused


def make_door(
    routes: Sequence[BaseRoute], openapi: dict[str, object], sign_in: SignIn, policy: str, *, tally: HttpTally
) -> Starlette:
    """Make the ASGI application of all routes, with sign-in, safe headers and problem answers."""
    described = encode(openapi)

    async def describe(request: Request) -> Response:
        return Response(described, media_type="application/json")

    return Starlette(
        routes=[*routes, Route("/openapi.json", describe, methods=["GET"])],
        middleware=[
            Middleware(Meter, tally=tally),
            Middleware(SafeHeaders, policy=policy),
            Middleware(WhoIsIt, sign_in=sign_in),
            Middleware(GZipMiddleware, minimum_size=2000, compresslevel=4),
        ],
        exception_handlers={Refused: on_refused, HTTPException: on_http, Exception: on_crash},
    )
