"""The control room's page and its files: browser libraries, map tiles."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from stadtwerk.kernel.access import PUBLIC, may
from stadtwerk.kernel.refusal import Refused


def page_routes(control_room: Path, vendor: Path, tiles: Path) -> list[BaseRoute]:
    """Make the routes of the control room: its folder of files, the libraries, the map's tiles."""
    return [
        Route("/", _home(control_room / "index.html"), methods=["GET"]),
        Route("/tiles/map.pmtiles", _tiles(tiles), methods=["GET"]),
        Mount("/static", StaticFiles(directory=control_room)),
        Mount("/vendor", StaticFiles(directory=vendor, check_dir=False)),
    ]


def _home(page: Path) -> Callable[[Request], Any]:
    async def home(request: Request) -> Response:
        if not may(request.state.principal, "lighting.read"):
            inside = "/crew/" if may(request.state.principal, "crew.read") else "/account"
            return RedirectResponse("/sign-in" if request.state.principal == PUBLIC else inside, 303)
        return FileResponse(page, headers={"Cache-Control": "no-cache"})

    return home


def _tiles(tiles: Path) -> Callable[[Request], Any]:
    def serve(request: Request) -> Response:
        if not tiles.exists():
            raise Refused.of("no-map", "This city has no map", 404, "Lamps are shown without streets.")
        return FileResponse(tiles, media_type="application/vnd.pmtiles")

    return serve
