"""How the city is doing, for people, for orchestrators and for Prometheus; and whom to tell of a weakness."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from stadtwerk.doors.problem import encode
from stadtwerk.kernel.access import may, require
from stadtwerk.kernel.refusal import Refused

JSON = "application/json"
NO_STORE = {"Cache-Control": "no-store"}
DETAILS = "operations.read"
"""The permission that opens limits, processes, findings and metrics."""


class Monitor(Protocol):
    """What the doors need of whoever watches the city."""

    def status(self) -> str:
        """Return ok, degraded or failing."""
        ...

    def health(self, *, detailed: bool) -> dict[str, Any]:
        """Tell how the city is doing."""
        ...

    def findings(self, lang: str) -> dict[str, Any]:
        """Tell what is wrong and what to do, in words; may block on the disk."""
        ...

    def metrics(self, accept: str) -> tuple[bytes, str]:
        """Return the figures as text, and its media type."""
        ...

    def security_txt(self) -> str:
        """Return whom to tell of a weakness (RFC 9116)."""
        ...


def operation_routes(monitor: Monitor, sbom: Path, policy: Path) -> list[Route]:
    """Make the routes of operations; `sbom` and `policy` are files that may not be there."""
    return [
        Route("/api/health", _health(monitor), methods=["GET"]),
        Route("/api/health/findings", _findings(monitor), methods=["GET"]),
        Route("/health/live", _live, methods=["GET"]),
        Route("/health/ready", _ready(monitor), methods=["GET"]),
        Route("/metrics", _metrics(monitor), methods=["GET"]),
        Route("/.well-known/security.txt", _security(monitor), methods=["GET"]),
        Route("/.well-known/sbom", _file(sbom, "application/vnd.cyclonedx+json; version=1.6"), methods=["GET"]),
        Route("/security-policy", _file(policy, "text/markdown; charset=utf-8"), methods=["GET"]),
    ]


def _health(monitor: Monitor) -> Callable[[Request], Any]:
    async def health(request: Request) -> Response:
        require(request.state.principal, "health.read")
        told = monitor.health(detailed=may(request.state.principal, DETAILS))
        return Response(encode(told), 200, NO_STORE, JSON)

    return health


def _findings(monitor: Monitor) -> Callable[[Request], Any]:
    async def findings(request: Request) -> Response:
        require(request.state.principal, DETAILS)
        lang = request.query_params.get("lang", "en")
        if lang not in ("de", "en"):
            raise Refused.field("lang", "de or en")
        return Response(encode(await asyncio.to_thread(monitor.findings, lang)), 200, NO_STORE, JSON)

    return findings


async def _live(request: Request) -> Response:
    """Answer at all: then the loop turns."""
    return Response(b'{"status":"ok"}', 200, NO_STORE, JSON)


def _ready(monitor: Monitor) -> Callable[[Request], Any]:
    async def ready(request: Request) -> Response:
        failing = monitor.status() == "failing"
        headers = {**NO_STORE, **({"Retry-After": "5"} if failing else {})}
        return Response(encode({"status": "failing" if failing else "ok"}), 503 if failing else 200, headers, JSON)

    return ready


def _metrics(monitor: Monitor) -> Callable[[Request], Any]:
    async def metrics(request: Request) -> Response:
        require(request.state.principal, DETAILS)
        body, media = monitor.metrics(request.headers.get("accept", ""))
        return Response(body, 200, {**NO_STORE, "Content-Type": media})

    return metrics


def _security(monitor: Monitor) -> Callable[[Request], Any]:
    async def security(request: Request) -> Response:
        return PlainTextResponse(monitor.security_txt())

    return security


def _file(path: Path, media: str) -> Callable[[Request], Any]:
    async def serve(request: Request) -> Response:
        try:
            return Response(await asyncio.to_thread(path.read_bytes), 200, {"Content-Type": media})
        except OSError as error:
            raise Refused.of("not-built", "This file was not built", 404, f"{path.name} is not there") from error

    return serve
