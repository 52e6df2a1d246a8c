"""A citizen reports a street light: find the pole, say what is wrong, see what becomes of it; nobody signs in."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from stadtwerk.doors.account import read_form
from stadtwerk.doors.ask import asked_of
from stadtwerk.doors.desk import Desk
from stadtwerk.doors.entrance import NO_STORE, Render
from stadtwerk.doors.languages import language
from stadtwerk.doors.quota import Quotas
from stadtwerk.kernel.access import PUBLIC
from stadtwerk.kernel.clock import US, parse_iso
from stadtwerk.kernel.ids import Entropy, new_command_id
from stadtwerk.kernel.limits import REPORTS_A_MINUTE
from stadtwerk.kernel.refusal import Refused

KIND = "lighting.report-lamp"


class ReportDoor:
    """The pages of a report; who sends it is not asked, and nothing of the request is kept."""

    def __init__(self, desk: Desk, render: Render, static: Path, entropy: Entropy) -> None:
        self._desk, self._render, self._static, self._entropy = desk, render, static, entropy
        self._quotas = Quotas()

    def routes(self) -> list[BaseRoute]:
        """Make the routes of reports, and of the files of all pages for the street."""
        return [
            Route("/report", self._page, methods=["GET"]),
            Route("/report", self._send, methods=["POST"]),
            Route("/report/{id}", self._report, methods=["GET"]),
            Mount("/street", StaticFiles(directory=self._static)),
        ]

    async def _page(self, request: Request) -> Response:
        given = {name: text for name in ("label", "lon", "lat") if (text := request.query_params.get(name, "").strip())}
        if not given:
            return self._show(request, {})
        path = "/lighting/poles/labelled" if "label" in given else "/lighting/poles/near"
        try:
            found = await asked_of(self._desk, path, given)
        except Refused:
            found = {"poles": []}
        return self._show(request, given, poles=found["poles"], problem="" if found["poles"] else "none_found")

    def _show(
        self, request: Request, given: dict[str, str], *, poles: Any = (), problem: str = "", status: int = 200
    ) -> Response:
        query = f"{urlencode(given)}&" if given else ""
        values = {"poles": poles, "label": given.get("label", ""), "query": query, "problem": problem}
        return HTMLResponse(self._render("report", language(request), **values), status, NO_STORE)

    async def _send(self, request: Request) -> Response:
        form = await read_form(request)
        if self._quotas.wait_s("reports", REPORTS_A_MINUTE):
            return self._show(request, {}, problem="busy", status=429)
        system = next(one for one in self._desk.systems if KIND in one.commands)
        try:
            content = msgspec.convert({name: form.get(name) for name in ("lamp", "what")}, system.commands[KIND])
        except msgspec.ValidationError:
            return self._show(request, {}, problem="choose_lamp", status=422)
        command_id = new_command_id(self._desk.clock.now_us(), self._entropy)
        command = await self._desk.submit(command_id=command_id, kind=KIND, content=content, actor=PUBLIC.actor)
        if command.refusal:
            return self._show(request, {}, problem="wrong", status=command.refusal.status)
        found = await asked_of(self._desk, "/lighting/reports/of/{id}", {"id": command_id})
        return RedirectResponse(f"/report/{found['id']}", 303)

    async def _report(self, request: Request) -> Response:
        report = await asked_of(self._desk, "/lighting/reports/{id}", {"id": request.path_params["id"]})
        zone = ZoneInfo(self._desk.about()["timezone"])
        job, lang = report["job"], language(request)
        due = day_words(job["due_at"], zone, lang) if job and job["state"] in ("open", "planned", "reopened") else ""
        page = self._render("reported", lang, report=report, due=due, query="")
        return HTMLResponse(page, headers=NO_STORE)


def clock_words(at: str, zone: ZoneInfo) -> str:
    """Write what the city's clocks show at an instant."""
    return datetime.fromtimestamp(parse_iso(at) / US, zone).strftime("%H:%M")


def day_words(at: str, zone: ZoneInfo, lang: str) -> str:
    """Write the local day of an instant as people of a language do."""
    moment = datetime.fromtimestamp(parse_iso(at) / US, zone)
    return moment.strftime("%d.%m.%Y" if lang == "de" else "%d %b %Y")
