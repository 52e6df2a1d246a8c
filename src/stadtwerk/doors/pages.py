"""The pages and their files: control room, sign-in, browser libraries, map tiles."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from stadtwerk.doors.sign_in import COOKIE, SESSION_S, SignIn
from stadtwerk.kernel.access import may


def page_routes(control_room: Path, vendor: Path, tiles: Path, sign_in: SignIn) -> list[BaseRoute]:
    """Make the routes of the control room: its folder of files, the libraries, the map's tiles."""
    return [
        Route("/", _home(control_room / "index.html"), methods=["GET"]),
        Route("/sign-in", _sign_in(control_room / "sign_in.html", sign_in), methods=["GET"]),
        Route("/sign-out", _sign_out, methods=["POST"]),
        Route("/tiles/map.pmtiles", _tiles(tiles), methods=["GET"]),
        Mount("/static", StaticFiles(directory=control_room)),
        Mount("/vendor", StaticFiles(directory=vendor, check_dir=False)),
    ]


def _home(page: Path) -> Callable[[Request], Any]:
    async def home(request: Request) -> Response:
        if not may(request.state.principal, "lighting.read"):
            return RedirectResponse("/sign-in", 303)
        return FileResponse(page, headers={"Cache-Control": "no-cache"})

    return home


def _sign_in(page: Path, sign_in: SignIn) -> Callable[[Request], Any]:
    async def enter(request: Request) -> Response:
        token = request.query_params.get("token")
        session = await sign_in.redeem(token) if token else None
        if session is None:
            status = 401 if token else 200
            return FileResponse(page, status, headers={"Cache-Control": "no-store"})
        answer = RedirectResponse("/", 303)
        answer.set_cookie(COOKIE, session, max_age=SESSION_S, httponly=True, samesite="strict")
        return answer

    return enter


async def _sign_out(request: Request) -> Response:
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return answer


def _tiles(tiles: Path) -> Callable[[Request], Any]:
    async def serve(request: Request) -> Response:
        return FileResponse(tiles, media_type="application/vnd.pmtiles")

    return serve
