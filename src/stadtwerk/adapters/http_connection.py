"""One connection to another HTTP server: one question at a time, an answer that stays within its bounds (RFC 9112)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, cast

import httptools


class Unreachable(Exception):  # noqa: N818 - the other side is not there; nothing of ours broke
    """No whole answer came; the text says why."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What another server answered; names of headers in small letters."""

    status: int
    headers: dict[str, str]
    body: bytes


class Connection(asyncio.Protocol):
    """Speaks HTTP/1.1 on one socket; `usable` tells whether another question may follow."""

    def __init__(self, answer_bytes: int) -> None:
        self._answer_bytes = answer_bytes
        self._transport: asyncio.Transport | None = None
        self._parser: Any = None
        self._answer: asyncio.Future[Reply] | None = None
        self._headers: dict[str, str] = {}
        self._parts: list[bytes] = []
        self._size = 0
        self._head_read = False
        self.silent = True
        """Whether nothing of an answer to the last question has come."""
        self.rested_at = 0.0
        self._open = False

    @property
    def usable(self) -> bool:
        """Tell whether the connection stands and has nothing under way."""
        return self._open and self._answer is None and self._transport is not None and not self._transport.is_closing()

    @property
    def peer(self) -> str:
        """Return the IP address of the other side."""
        return str(self._transport.get_extra_info("peername")[0]) if self._transport is not None else ""

    async def ask(self, request: bytes) -> Reply:
        """Send a request and wait for the answer."""
        if self._transport is None:
            raise Unreachable("the connection is closed")
        self._answer = asyncio.get_running_loop().create_future()
        self._parser = httptools.HttpResponseParser(self)
        self.silent = True
        self._begin()
        self._transport.write(request)
        try:
            return await self._answer
        finally:
            self._answer = None

    def close(self) -> None:
        """Close the connection, dropping what is under way."""
        self._open = False
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note the socket."""
        self._transport = cast("asyncio.Transport", transport)
        self._open = True

    def connection_lost(self, exc: Exception | None) -> None:
        """End what was under way: an answer without a length ends with its connection."""
        self._open, self._transport = False, None
        whole = exc is None and self._head_read and not {"content-length", "transfer-encoding"} & self._headers.keys()
        if whole:
            self._finish()
        else:
            self._fail("the connection ended before the answer did")

    def data_received(self, data: bytes) -> None:
        """Read a piece of the answer; anything unasked ends the connection."""
        if self._answer is None or self._answer.done():
            self.close()
            return
        self.silent = False
        self._size += len(data)
        if self._size > self._answer_bytes:
            self._give_up("the answer is too large")
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._give_up("the answer is no HTTP")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Note a header; several of one name become a list."""
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        before = self._headers.get(key)
        self._headers[key] = text if before is None else f"{before}, {text}"

    def on_headers_complete(self) -> None:
        """Note that the body begins."""
        self._head_read = True

    def on_body(self, body: bytes) -> None:
        """Note a piece of the body."""
        self._parts.append(body)

    def on_message_complete(self) -> None:
        """Hand over the answer; an interim one (1xx) is passed over."""
        if self._parser.get_status_code() < 200:
            self._begin()
            return
        if not self._parser.should_keep_alive():
            self._open = False
        self._finish()

    def _begin(self) -> None:
        self._headers, self._parts, self._size, self._head_read = {}, [], 0, False

    def _finish(self) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(Reply(self._parser.get_status_code(), self._headers, b"".join(self._parts)))

    def _fail(self, reason: str) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(Unreachable(reason))

    def _give_up(self, reason: str) -> None:
        self._fail(reason)
        self.close()
