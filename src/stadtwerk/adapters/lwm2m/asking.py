"""What the server asks of a client: read, write, observe, so many at once and none for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiocoap import Code, Context, Message
from aiocoap.error import Error
from aiocoap.numbers.constants import Reliable

from stadtwerk.protocols.lwm2m import content
from stadtwerk.protocols.lwm2m.model import Path, Values
from stadtwerk.protocols.lwm2m.registry import Client

AT_ONCE = 64
"""Most requests that wait for an answer."""
ANSWER_S = 20.0
"""Longest wait for an answer: three retransmissions of CoAP and their pauses (RFC 7252, 4.8)."""

Answer = tuple[int, bytes] | None
"""Content format and bytes of an answer, None where the client gave none or said no."""


class Asking:
    """Requests over one CoAP context."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def read(self, client: Client, path: Path) -> Answer:
        """Read an object instance."""
        return _answer(await self._ask(_request(Code.GET, client, path)))

    async def write(self, client: Client, path: Path, values: Values) -> Code | None:
        """Write resources of an instance in one request (Write, partial update); None without an answer."""
        request = _request(Code.POST, client, path)
        number = content.preferred(client.registration.offer.formats)
        request.opt.content_format, request.opt.accept = number, None
        request.payload = content.encode(number, values, path)
        answer = await self._ask(request)
        return None if answer is None else answer.code

    @asynccontextmanager
    async def observe(self, client: Client, path: Path) -> AsyncIterator[AsyncIterator[Answer]]:
        """Observe an instance: the first answer and each notification, of which the newest counts, until it ends."""
        message = _request(Code.GET, client, path)
        message.opt.observe = 0
        request = self._context.request(message, handle_blockwise=False)
        try:
            yield self._notes(request)
        finally:
            if not request.observation.cancelled:
                request.observation.cancel()

    async def _notes(self, request: Any) -> AsyncIterator[Answer]:
        notes = aiter(request.observation)
        try:
            async with self._slots:
                first = await asyncio.wait_for(request.response, ANSWER_S)
            yield _answer(first)
            while True:
                yield _answer(await anext(notes))
        except (Error, TimeoutError, StopAsyncIteration):
            return

    async def _ask(self, message: Message) -> Message | None:
        async with self._slots:
            try:
                return await asyncio.wait_for(self._context.request(message, handle_blockwise=False).response, ANSWER_S)
            except (Error, TimeoutError):
                return None


def _request(code: Code, client: Client, path: Path) -> Message:
    offer = client.registration.offer
    request = Message(code=code, transport_tuning=Reliable)
    request.remote = client.address
    root = tuple(part for part in offer.root.split("/") if part)
    request.opt.uri_path = root + tuple(str(path).strip("/").split("/"))
    request.opt.accept = content.preferred(offer.formats)
    return request


def _answer(message: Message | None) -> Answer:
    if message is None or not message.code.is_successful() or message.opt.content_format is None:
        return None
    return int(message.opt.content_format), bytes(message.payload)
