"""Asking other servers over HTTP/1.1: connections are kept and bounded, answers are bounded in time and size (RFC 9112)."""  # noqa: E501

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import quote, urlsplit

from stadtwerk.adapters.http_connection import Connection, Reply, Unreachable
from stadtwerk.kernel.limits import (
    HTTP_ANSWER_BYTES,
    HTTP_ANSWER_S,
    HTTP_CONNECT_S,
    HTTP_IDLE,
    HTTP_IDLE_S,
    HTTP_OPEN,
    HTTP_OPEN_PER_HOST,
)

__all__ = ["Bounds", "HttpClient", "Reply", "Unreachable"]

REPEATABLE = frozenset(("GET", "PUT", "DELETE"))
"""Methods that may be sent again when a kept connection turns out to be dead (RFC 9110 section 9.2.2)."""

_KEPT = "%/?#[]@!$&'()*+,;=:~-._"
"""Signs of a URL that stay as they are."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much a client may use: connections, seconds of wall time, bytes of an answer."""

    open: int = HTTP_OPEN
    open_per_host: int = HTTP_OPEN_PER_HOST
    idle: int = HTTP_IDLE
    idle_s: float = HTTP_IDLE_S
    connect_s: float = HTTP_CONNECT_S
    answer_s: float = HTTP_ANSWER_S
    answer_bytes: int = HTTP_ANSWER_BYTES


@dataclass(frozen=True, slots=True)
class Place:
    """Where a URL leads: scheme, host, port, what the Host header says, and the target that is asked for."""

    secure: bool
    host: str
    port: int
    authority: str
    target: str


@dataclass(slots=True)
class _Host:
    """Connections to one server: how many requests are under way or wait, which connections rest."""

    gate: asyncio.Semaphore
    busy: int = 0
    idle: list[Connection] = field(default_factory=list)


class HttpClient:
    """Sends requests; each fails with `Unreachable` when no whole answer comes in time. Redirects are not followed.

    `forbids` tells of an IP address whether nothing may be sent there, whatever name led to it.
    """

    def __init__(
        self,
        bounds: Bounds | None = None,
        tls: ssl.SSLContext | None = None,
        forbids: Callable[[str], bool] = lambda address: False,
    ) -> None:
        self._bounds = bounds or Bounds()
        self._tls, self._forbids = tls, forbids
        self._gate = asyncio.Semaphore(self._bounds.open)
        self._hosts: dict[tuple[bool, str, int], _Host] = {}
        self._sweep: asyncio.TimerHandle | None = None

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes = b"",
        timeout_s: float | None = None,
        repeatable: bool | None = None,
    ) -> Reply:
        """Send a request and return the answer, whatever its status; `timeout_s` bounds the whole, waiting included.

        `repeatable` says that the receiver does not mind the same request twice (default: by the method).
        """
        place = read_url(url)
        request = _written(method, place, headers, body)
        again = method in REPEATABLE if repeatable is None else repeatable
        try:
            async with asyncio.timeout(self._bounds.answer_s if timeout_s is None else timeout_s):
                return await self._in_turn(place, request, again=again)
        except TimeoutError as error:
            raise Unreachable(f"no answer from {place.authority} in time") from error
        except OSError as error:
            raise Unreachable(f"{place.authority}: {error}"[:300]) from error

    async def close(self) -> None:
        """Close the connections that rest; those at work end with their requests."""
        if self._sweep is not None:
            self._sweep.cancel()
            self._sweep = None
        for host in self._hosts.values():
            for connection in host.idle:
                connection.close()
            host.idle.clear()

    async def _in_turn(self, place: Place, request: bytes, *, again: bool) -> Reply:
        key = (place.secure, place.host, place.port)
        host = self._hosts.get(key)
        if host is None:
            host = self._hosts[key] = _Host(asyncio.Semaphore(self._bounds.open_per_host))
        host.busy += 1
        try:
            async with host.gate, self._gate:
                return await self._ask(host, place, request, again=again)
        finally:
            host.busy -= 1
            if not host.busy and not host.idle:
                del self._hosts[key]

    async def _ask(self, host: _Host, place: Place, request: bytes, *, again: bool) -> Reply:
        while host.idle:
            connection = host.idle.pop()
            if not connection.usable:
                continue
            try:
                return await self._exchange(host, connection, request)
            except Unreachable:
                if not (again and connection.silent):
                    raise
        return await self._exchange(host, await self._connect(place), request)

    async def _exchange(self, host: _Host, connection: Connection, request: bytes) -> Reply:
        kept = False
        try:
            reply = await connection.ask(request)
            kept = connection.usable and self._resting() < self._bounds.idle
        finally:
            if not kept:
                connection.close()
        if kept:
            connection.rested_at = asyncio.get_running_loop().time()
            host.idle.append(connection)
            if self._sweep is None:
                self._sweep = asyncio.get_running_loop().call_later(self._bounds.idle_s, self._let_go)
        return reply

    async def _connect(self, place: Place) -> Connection:
        loop = asyncio.get_running_loop()
        tls = self._trust() if place.secure else None
        try:
            async with asyncio.timeout(self._bounds.connect_s):
                _, connection = await loop.create_connection(
                    lambda: Connection(self._bounds.answer_bytes), place.host, place.port, ssl=tls
                )
        except (TimeoutError, UnicodeError) as error:
            raise Unreachable(f"{place.authority} does not take connections") from error
        if self._forbids(connection.peer):
            connection.close()
            raise Unreachable(f"{place.authority} leads to an address that is not sent to")
        return connection

    def _trust(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = ssl.create_default_context()
        return self._tls

    def _resting(self) -> int:
        return sum(len(host.idle) for host in self._hosts.values())

    def _let_go(self) -> None:
        """Close connections that rested too long, and look again later while some rest."""
        loop = asyncio.get_running_loop()
        oldest = loop.time() - self._bounds.idle_s
        for key, host in tuple(self._hosts.items()):
            for connection in host.idle:
                if connection.rested_at <= oldest:
                    connection.close()
            host.idle = [connection for connection in host.idle if connection.usable]
            if not host.busy and not host.idle:
                del self._hosts[key]
        self._sweep = loop.call_later(self._bounds.idle_s, self._let_go) if self._resting() else None


@lru_cache(maxsize=4_096)
def read_url(url: str) -> Place:
    """Take a URL apart; refuses what is not http or https with a host (Unreachable)."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Unreachable(f"{url[:100]!r} is no URL") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or not parts.hostname.isprintable():
        raise Unreachable(f"{url[:100]!r} is no URL of http or https")
    secure = parts.scheme == "https"
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    target = quote(parts.path or "/", _KEPT) + (f"?{quote(parts.query, _KEPT)}" if parts.query else "")
    authority = name if port is None else f"{name}:{port}"
    return Place(secure, parts.hostname, port or (443 if secure else 80), authority, target)


def _written(method: str, place: Place, headers: Mapping[str, str], body: bytes) -> bytes:
    """Write a request; refuses header values that would break out of their line."""
    lines = [f"{method} {place.target} HTTP/1.1", f"Host: {place.authority}"]
    for name, value in headers.items():
        line = f"{name}: {value}"
        if not name or ":" in name or not line.isprintable():
            raise Unreachable(f"{name[:60]!r} cannot be sent as a header")
        lines.append(line)
    if body or method in ("POST", "PUT", "PATCH"):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join((*lines, "\r\n")).encode("latin-1", "replace") + body
