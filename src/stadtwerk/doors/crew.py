"""A crew's phone: today's tour as a page that a browser keeps for the road, photos, and the worker that keeps it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import msgspec
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from stadtwerk.doors.ask import asked_of
from stadtwerk.doors.commands import JSON
from stadtwerk.doors.desk import Desk
from stadtwerk.doors.entrance import Render
from stadtwerk.doors.languages import language
from stadtwerk.doors.problem import encode, problem
from stadtwerk.doors.report import clock_words, day_words
from stadtwerk.kernel.access import PUBLIC, require
from stadtwerk.kernel.ids import Entropy, check_command_id, new_command_id
from stadtwerk.kernel.limits import PHOTO_BYTES
from stadtwerk.kernel.refusal import Refused

FRESH = {"Cache-Control": "no-cache"}
KIND = "lighting.add-photo"


class PhotoStore(Protocol):
    """Where photos lie, by the hash of their bytes."""

    def keep(self, body: bytes) -> str:
        """Keep a photo without its metadata and return its hash; refuses what is no photo."""
        ...

    def find(self, name: str) -> Path | None:
        """Return where a photo lies, None if it is not here."""
        ...


class CrewDoor:
    """What crews see and send; beginning and finishing jobs are commands of the API like any other."""

    def __init__(self, desk: Desk, render: Render, photos: PhotoStore, entropy: Entropy, static: Path) -> None:
        self._desk, self._render, self._photos, self._entropy = desk, render, photos, entropy
        self._static = static

    def routes(self) -> list[Route]:
        """Make the routes of crews."""
        return [
            Route("/crew", self._enter, methods=["GET"]),
            Route("/crew/", self._crews, methods=["GET"]),
            Route("/crew/sw.js", self._worker, methods=["GET"]),
            Route("/crew/photos/{photo}", self._photo, methods=["GET"]),
            Route("/crew/jobs/{job}/photos", self._add_photo, methods=["POST"]),
            Route("/crew/{crew}", self._tour, methods=["GET"]),
        ]

    async def _enter(self, request: Request) -> Response:
        return RedirectResponse("/crew/", 303)

    async def _worker(self, request: Request) -> Response:
        return FileResponse(self._static / "sw.js", media_type="text/javascript", headers=FRESH)

    async def _crews(self, request: Request) -> Response:
        if request.state.principal == PUBLIC:
            return RedirectResponse("/sign-in", 303)
        require(request.state.principal, "crew.read")
        crews = (await asked_of(self._desk, "/lighting/crews", {}))["crews"]
        return self._page("crews", request, crews=crews)

    async def _tour(self, request: Request) -> Response:
        if request.state.principal == PUBLIC:
            return RedirectResponse("/sign-in", 303)
        require(request.state.principal, "crew.read")
        crew_id = request.path_params["crew"]
        answer = await asked_of(self._desk, "/lighting/tours", {})
        tour = next((one for one in answer["tours"] if one["crew"].id == crew_id), None)
        if tour is None:
            raise Refused.of("unknown-crew", "There is no such crew", 404, f"no crew {crew_id!r} in this city")
        zone, lang = ZoneInfo(self._desk.about()["timezone"]), language(request)
        for stop in tour["stops"]:
            stop["from"], stop["to"] = (clock_words(stop[name], zone) for name in ("arrive_at", "leave_at"))
            due = stop["job"]["due_at"]
            stop["due"] = f"{day_words(due, zone, lang)}, {clock_words(due, zone)}"
        pause = clock_words(tour["break_at"], zone) if tour["break_at"] else ""
        return self._page("crew", request, tour=tour, day=day_words(tour["begin_at"], zone, lang), pause=pause)

    def _page(self, page: str, request: Request, **values: Any) -> Response:
        return HTMLResponse(self._render(page, language(request), query="", **values), headers=FRESH)

    async def _add_photo(self, request: Request) -> Response:
        principal, job = request.state.principal, request.path_params["job"]
        require(principal, KIND)
        given = request.headers.get("idempotency-key")
        command_id = (
            new_command_id(self._desk.clock.now_us(), self._entropy) if given is None else check_command_id(given)
        )
        body = await _body(request)
        await asked_of(self._desk, "/lighting/jobs/{id}", {"id": job})
        name = await asyncio.to_thread(self._photos.keep, body)
        content_type = next(one.commands[KIND] for one in self._desk.systems if KIND in one.commands)
        content = msgspec.convert({"job": job, "photo": name}, content_type)
        command = await self._desk.submit(command_id=command_id, kind=KIND, content=content, actor=principal.actor)
        if command.refusal:
            return problem(command.refusal)
        return Response(encode({"photo": name}), 202, media_type=JSON)

    async def _photo(self, request: Request) -> Response:
        require(request.state.principal, "crew.read")
        path = await asyncio.to_thread(self._photos.find, request.path_params["photo"])
        if path is None:
            raise Refused.of("unknown-photo", "There is no such photo", 404, "it is not in this data folder")
        return FileResponse(path, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=31536000"})


async def _body(request: Request) -> bytes:
    """Read a photo within the limit; refuses more (413)."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > PHOTO_BYTES:
            raise Refused.of("too-large", "The photo is too large", 413, f"at most {PHOTO_BYTES} bytes")
    return bytes(body)
