"""Every request gets a number that answers, problems and logs carry; requests are counted by route and status."""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections import Counter, defaultdict
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stadtwerk import logs
from stadtwerk.kernel.tally import Durations

log = logging.getLogger(__name__)

METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
NO_ROUTE = "(none)"
"""Stands for all paths that lead nowhere: names of strangers' making are not counted one by one."""
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class HttpTally:
    """What was asked over HTTP: requests by method, route and status, and seconds until the answer began by route."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, str, int]] = Counter()
        self.answer_s: defaultdict[str, Durations] = defaultdict(Durations)


class Meter:
    """Numbers, counts and logs requests; the path itself is never logged: it may hold a one-time token."""

    def __init__(self, app: ASGIApp, tally: HttpTally) -> None:
        self._app, self._tally = app, tally
        self._routes: dict[int, str] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, counted."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        number = _number(Headers(scope=scope).get("x-request-id", ""))
        logs.bind(request_id=number)
        began, status = time.perf_counter(), 500

        async def numbered(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._tally.answer_s[self._route(scope)].note(time.perf_counter() - began)
                MutableHeaders(scope=message)["X-Request-ID"] = number
            await send(message)

        try:
            await self._app(scope, receive, numbered)
        finally:
            self._count(scope, status, time.perf_counter() - began)

    def _count(self, scope: Scope, status: int, took_s: float) -> None:
        method = scope["method"] if scope["method"] in METHODS else "OTHER"
        route = self._route(scope)
        self._tally.requests[method, route, status] += 1
        if method not in ("GET", "HEAD", "OPTIONS") or status >= 500:
            fields = {"method": method, "route": route, "status": status, "took_ms": round(took_s * 1000, 1)}
            log.log(logging.WARNING if status >= 500 else logging.INFO, "request answered", extra=fields)

    def _route(self, scope: Scope) -> str:
        """Return the template of the route that answered; the router leaves its endpoint in the scope."""
        endpoint = scope.get("endpoint")
        if endpoint is None:
            return NO_ROUTE
        if not self._routes:
            self._routes = {id(_endpoint(route)): route.path for route in reversed(scope["app"].routes)}
        return self._routes.get(id(endpoint), NO_ROUTE)


def _endpoint(route: Any) -> object:
    """Return what the router puts into the scope: a route's function, or the application of a mount."""
    return getattr(route, "endpoint", None) or route.app


def _number(given: str) -> str:
    """Return the number of a request: the client's own if it is a UUID, else a new one."""
    return given if _UUID.fullmatch(given) else str(uuid.uuid4())
