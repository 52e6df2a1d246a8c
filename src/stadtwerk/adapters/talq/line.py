"""The line to one gateway: its own HTTP server, asked one thing after the other, again when it does not answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import urlencode

from stadtwerk.adapters.http_connection import Reply, Unreachable
from stadtwerk.kernel.limits import TALQ_WAITING
from stadtwerk.protocols.talq.client import Client
from stadtwerk.protocols.talq.wire import Answer, Request

TIMEOUT_S = 8.0
"""How long a gateway may take to answer."""
RETRIES_S = (0.5, 1.0, 2.0)
"""Pauses before a request that was not answered is sent again: three times, as TALQ's cmsNumberOfRetries has it."""


class Http(Protocol):
    """What carries requests to other servers."""

    async def send(
        self, method: str, url: str, *, headers: dict[str, str], body: bytes, timeout_s: float, repeatable: bool
    ) -> Reply:
        """Send a request and return the answer; `Unreachable` when no whole one comes in time."""
        ...


class Line:
    """Asks one gateway; at most so many requests wait."""

    def __init__(self, http: Http, client: Client) -> None:
        self._http, self._client = http, client
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def ask(self, uri: str, make: Callable[[Client], Request], *statuses: int, retry: bool = True) -> Any:
        """Ask and return the answer's JSON; `Unreachable` without an answer or with too many waiting.

        Refused for another status. The same request is sent again with the same talqRequestId.
        """
        if self._waiting >= TALQ_WAITING:
            raise Unreachable(f"{self._waiting} requests wait for this gateway")
        self._waiting += 1
        try:
            async with self._turn:
                request = make(self._client)
                return self._client.read(await self._answer(uri, request, RETRIES_S if retry else ()), *statuses)
        finally:
            self._waiting -= 1

    async def _answer(self, uri: str, request: Request, pauses_s: tuple[float, ...]) -> Answer:
        url = f"{uri.rstrip('/')}{request.path}" + (f"?{urlencode(request.query)}" if request.query else "")
        headers = {name: value for name, value in request.headers.items() if name != "content-length"}
        for pause_s in (*pauses_s, None):
            try:
                reply = await self._http.send(
                    request.method, url, headers=headers, body=request.body, timeout_s=TIMEOUT_S, repeatable=True
                )
            except Unreachable:
                if pause_s is None:
                    raise
                await asyncio.sleep(pause_s)
            else:
                return Answer(reply.status, reply.headers, reply.body)
        raise AssertionError
