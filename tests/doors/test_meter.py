"""Requests are numbered and counted by the route's template, never by the path."""

from __future__ import annotations

import asyncio
import logging
import re
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from stadtwerk.doors.meter import HttpTally, Meter
from stadtwerk.doors.problem import on_crash, on_http, on_refused
from stadtwerk.kernel.refusal import Refused

UUID = "123e4567-e89b-12d3-a456-426614174000"


async def hello(request: Request) -> Response:
    return PlainTextResponse("hello")


async def refuse(request: Request) -> Response:
    raise Refused.of("no", "No", 409)


async def crash(request: Request) -> Response:
    raise ValueError("inside")


@pytest.fixture
def tally() -> HttpTally:
    return HttpTally()


class Client:
    """Asks an application without a socket."""

    def __init__(self, app: Starlette) -> None:
        self._transport = httpx.ASGITransport(app, raise_app_exceptions=False)

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(transport=self._transport, base_url="http://city") as client:
                return await client.request(method, path, **more)

        return asyncio.run(ask())

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.request("GET", path, **more)


@pytest.fixture
def client(tally: HttpTally) -> Client:
    routes = [Route("/hello/{name}", hello), Route("/refuse", refuse, methods=["POST"]), Route("/crash", crash)]
    app = Starlette(
        routes=routes,
        middleware=[Middleware(Meter, tally=tally)],
        exception_handlers={Refused: on_refused, HTTPException: on_http, Exception: on_crash},
    )
    return Client(app)


def test_requests_are_counted_by_template(client: Client, tally: HttpTally) -> None:
    for path in ("/hello/a", "/hello/b", "/nowhere/1", "/nowhere/2", "/refuse"):
        client.get(path)
    client.request("BREW", "/hello/a")
    assert dict(tally.requests) == {
        ("GET", "/hello/{name}", 200): 2,
        ("GET", "(none)", 404): 2,
        ("GET", "/refuse", 405): 1,
        ("OTHER", "/hello/{name}", 405): 1,
    }
    assert tally.answer_s["/hello/{name}"].n == 3


def test_each_request_has_a_number_of_its_own_or_the_clients(client: Client) -> None:
    numbers = [client.get("/hello/a").headers["x-request-id"] for _ in range(2)]
    assert numbers[0] != numbers[1]
    assert re.fullmatch("[0-9a-f-]{36}", numbers[0])
    assert client.get("/hello/a", headers={"X-Request-ID": UUID}).headers["x-request-id"] == UUID
    forged = client.get("/hello/a", headers={"X-Request-ID": "1\x20spoof event=x"}).headers["x-request-id"]
    assert "spoof" not in forged


@pytest.mark.parametrize(
    ("method", "path", "status"), [("POST", "/refuse", 409), ("GET", "/crash", 500), ("GET", "/nowhere", 404)]
)
def test_a_problem_names_its_request(client: Client, tally: HttpTally, method: str, path: str, status: int) -> None:
    answer = client.request(method, path, headers={"X-Request-ID": UUID})
    assert answer.status_code == status
    assert answer.json()["instance"] == f"urn:uuid:{UUID}"
    assert answer.headers["x-request-id"] == UUID
    assert sum(tally.requests.values()) == 1
    assert next(iter(tally.requests))[2] == status


def test_writes_and_faults_are_logged_by_template(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="stadtwerk.doors.meter"):
        client.get("/hello/a?token=abcdefgh")
        client.request("POST", "/refuse?token=abcdefgh")
        client.get("/crash")
    said = [
        (record.levelname, record.route, record.status) for record in caplog.records if record.name.endswith("meter")
    ]  # type: ignore[attr-defined]
    assert said == [("INFO", "/refuse", 409), ("WARNING", "/crash", 500)]
    assert "abcdefgh" not in caplog.text
