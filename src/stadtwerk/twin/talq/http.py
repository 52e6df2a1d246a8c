"""HTTP/1.1 as a gateway speaks it: a server that answers one request after the other, and a line to another server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from stadtwerk.protocols.talq.http import (
    HEAD_BYTES,
    HEAD_END,
    body_bytes,
    read_answer,
    read_request,
    wants_end,
    write_answer,
    write_request,
)
from stadtwerk.protocols.talq.wire import BODY_BYTES, Answer, Refused, Request
from stadtwerk.twin.log import Log

ANSWER_S = 30.0
"""Longest a message may take, seconds of wall time."""
TROUBLES = (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, Refused)
"""What a broken or talking-nonsense line raises."""

Handle = Callable[[Request], Answer | None]
"""Answers a request; None ends the connection without a word."""


class Server:
    """Listens on a free port of this machine."""

    def __init__(self, handle: Handle, log: Log) -> None:
        self._handle, self._log = handle, log
        self._server: asyncio.Server | None = None

    async def open(self) -> int:
        """Listen, and return the port."""
        self._server = await asyncio.start_server(self._session, "127.0.0.1", 0, limit=HEAD_BYTES)
        return int(self._server.sockets[0].getsockname()[1])

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._exchange(reader, writer):
                pass
        except asyncio.IncompleteReadError:
            pass
        except TROUBLES as error:
            self._log("talq-line-ended", level="warning", error=f"{error!r}"[:200])
        finally:
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; False where the connection ends after it."""
        head = read_request(await reader.readuntil(HEAD_END))
        async with asyncio.timeout(ANSWER_S):
            body = await reader.readexactly(body_bytes(head.headers, BODY_BYTES))
        answer = self._handle(Request(head.method, head.path, head.query, head.headers, body))
        if answer is None:
            return False
        writer.write(write_answer(answer))
        await writer.drain()
        return not wants_end(head.headers)


class Line:
    """A connection to a server on this machine, opened when it is needed."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._open: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: Request) -> Answer:
        """Send a request and return its answer; one of TROUBLES without one."""
        if self._open is None:
            self._open = await asyncio.open_connection("127.0.0.1", self._port, limit=HEAD_BYTES)
        reader, writer = self._open
        async with asyncio.timeout(ANSWER_S):
            writer.write(write_request(request, f"127.0.0.1:{self._port}"))
            await writer.drain()
            head = read_answer(await reader.readuntil(HEAD_END))
            body = await reader.readexactly(body_bytes(head.headers, BODY_BYTES))
        return Answer(head.status, head.headers, body)

    def hang_up(self) -> None:
        """End the connection."""
        if self._open is not None:
            self._open[1].close()
            self._open = None
