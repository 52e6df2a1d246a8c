"""Where gateways connect: HTTP/1.1 on a socket, with client certificates where TLS is on; everything is bounded."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from stadtwerk.kernel.limits import TALQ_BODIES, TALQ_BODY_BYTES, TALQ_BODY_S, TALQ_CONNECTIONS, TALQ_IDLE_S
from stadtwerk.protocols.talq.http import (
    CONTINUE,
    HEAD_BYTES,
    HEAD_END,
    body_bytes,
    read_request,
    wants_end,
    write_answer,
)
from stadtwerk.protocols.talq.wire import VERSION, VERSION_HEADER, Answer, Refused, Request, error_body, write_body

log = logging.getLogger(__name__)

Names = frozenset[str] | None
"""What a gateway's certificate names, None where no certificates are asked for."""
Handle = Callable[[Request, Names], Awaitable[Answer]]


class Listener:
    """Reads requests and writes what is answered, one after the other on each connection."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        self._bodies = asyncio.Semaphore(TALQ_BODIES)
        self._open = 0

    async def serve(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> None:
        """Listen for ever."""
        server = await asyncio.start_server(self._session, host, port, ssl=tls, limit=HEAD_BYTES)
        async with server:
            await server.serve_forever()

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        try:
            if self._open <= TALQ_CONNECTIONS:
                while await self._exchange(reader, writer):
                    pass
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            if getattr(error, "partial", b"?"):
                log.info("a gateway's connection broke: %s", error)
        finally:
            self._open -= 1
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; False where the connection ends after it."""
        async with asyncio.timeout(TALQ_IDLE_S):
            head = await reader.readuntil(HEAD_END)
        try:
            request = read_request(head)
            length = body_bytes(request.headers, TALQ_BODY_BYTES)
        except Refused as refused:
            headers, body = write_body(error_body(refused))
            told = Answer(refused.status, {**headers, VERSION_HEADER: VERSION}, body)
            await _send(writer, write_answer(told, last=True))
            return False
        async with self._bodies:
            if request.headers.get("expect", "").lower() == "100-continue":
                writer.write(CONTINUE)
            async with asyncio.timeout(TALQ_BODY_S):
                body = await reader.readexactly(length)
            whole = Request(request.method, request.path, request.query, request.headers, body)
            answer = await self._handle(whole, _names(writer))
        last = wants_end(request.headers)
        await _send(writer, write_answer(answer, last=last))
        return not last


async def _send(writer: asyncio.StreamWriter, told: bytes) -> None:
    async with asyncio.timeout(TALQ_BODY_S):
        writer.write(told)
        await writer.drain()


def _names(writer: asyncio.StreamWriter) -> Names:
    """Return the common name and the alternative names of a client's certificate, None without TLS."""
    certificate: dict[str, Any] | None = writer.get_extra_info("peercert")
    return None if certificate is None else frozenset(_named(certificate))


def _named(certificate: dict[str, Any]) -> Iterator[str]:
    for part in certificate.get("subject", ()):
        for key, value in part:
            if key == "commonName":
                yield str(value)
    for _, value in certificate.get("subjectAltName", ()):
        yield str(value)
