"""One lamp on the network: it registers, stays registered, answers the server and tells it what changes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from aiocoap import Code, Context, Message
from aiocoap.error import Error
from aiocoap.resource import ObservableResource

from stadtwerk.kernel.clock import US
from stadtwerk.protocols.lwm2m import content, tlv
from stadtwerk.protocols.lwm2m.model import Path, parse_path
from stadtwerk.protocols.lwm2m.registration import FORMAT, Registration, write_register
from stadtwerk.protocols.malformed import Malformed
from stadtwerk.twin.lwm2m.controller import OFFER, Controller, NotAllowed

OBSERVATIONS_MAX = 8
"""Most observations one lamp takes on."""
RETRY_US = 5 * US
"""Pause before a new try to register."""
ANSWER_S = 20.0
"""Longest wait for the server, of the wall's seconds."""


class Objects(ObservableResource):  # type: ignore[misc]
    """The lamp's objects under CoAP: GET reads and observes, PUT and POST write, POST executes (Core 1.1, 6.3, 6.4)."""

    def __init__(self, controller: Controller) -> None:
        super().__init__()
        self._controller = controller
        self.deserted = False
        """Whether the server dropped an observation: then it may not know the lamp any more."""
        self.asked_to_update = False

    async def needs_blockwise_assembly(self, request: Message) -> bool:
        """Answer in one datagram, always."""
        return False

    async def add_observation(self, request: Message, serverobservation: Any) -> None:
        """Take an observation on while there is room."""
        if len(self._observations) < OBSERVATIONS_MAX:
            await super().add_observation(request, serverobservation)

    def update_observation_count(self, newcount: int) -> None:
        """Notice that the server is interested no longer."""
        self.deserted = self.deserted or newcount == 0

    async def render(self, request: Message) -> Message:
        """Answer a request; what is wrong with it has its code."""
        try:
            path = parse_path("/" + "/".join(request.opt.uri_path))
            return self._answer(request, path)
        except Malformed as error:
            return Message(code=Code.BAD_REQUEST, payload=str(error).encode())
        except KeyError:
            return Message(code=Code.NOT_FOUND)
        except NotAllowed:
            return Message(code=Code.METHOD_NOT_ALLOWED)

    def _answer(self, request: Message, path: Path) -> Message:
        if request.code == Code.GET:
            return self._read(request, path)
        if request.code in (Code.PUT, Code.POST) and request.opt.content_format is not None and path.instance >= 0:
            self._controller.write(content.decode(int(request.opt.content_format), request.payload, path))
            return Message(code=Code.CHANGED)
        if request.code == Code.POST and path.resource >= 0:
            self.asked_to_update = self._controller.execute(path) or self.asked_to_update
            return Message(code=Code.CHANGED)
        raise NotAllowed

    def _read(self, request: Message, path: Path) -> Message:
        number = tlv.FORMAT if request.opt.accept is None else int(request.opt.accept)
        if number not in content.CODECS:
            return Message(code=Code.NOT_ACCEPTABLE)
        payload = content.encode(number, self._controller.read(path), path)
        return Message(code=Code.CONTENT, payload=payload, content_format=number)


class Endpoint:
    """A lamp's port, and its registration at the server."""

    def __init__(self, name: str, controller: Controller, server: tuple[str, int]) -> None:
        self._name, self._controller, self._server = name, controller, server
        self._context: Context | None = None
        self._objects = Objects(controller)
        self._place: tuple[str, ...] = ()
        self._next_us = 0
        self._task: asyncio.Task[None] | None = None

    @property
    def registered(self) -> bool:
        """Tell whether the server took the lamp in."""
        return bool(self._place)

    def step(self, now_us: int, *, able: bool) -> None:
        """Live on: begin windows, register or update when it is time; without power or radio the port is closed."""
        self._controller.tick()
        if self._task is not None and not self._task.done():
            return
        if not able:
            if self._context is not None:
                self._task = asyncio.create_task(self._close())
            return
        objects = self._objects
        if now_us >= self._next_us or (self._place and (objects.deserted or objects.asked_to_update)):
            self._next_us = now_us + RETRY_US
            objects.deserted = objects.asked_to_update = False
            self._task = asyncio.create_task(self._stay(now_us))

    def notify(self) -> None:
        """Tell those who observe what is now."""
        self._objects.updated_state()

    async def _stay(self, now_us: int) -> None:
        """Update the registration; register where there is none, or none any more."""
        if self._context is None:
            self._context = await Context.create_server_context(self._objects, bind=self._here(), transports=["udp6"])
        context = self._context
        answer = await self._ask(context, self._place) if self._place else None
        if answer is None or not answer.code.is_successful():
            self._place = ()
            queries, body = write_register(Registration(self._name, self._controller.lifetime_s, offer=OFFER))
            answer = await self._ask(context, ("rd",), queries, body)
            if answer is None or answer.code != Code.CREATED:
                return
            self._place = tuple(answer.opt.location_path)
        self._next_us = now_us + self._controller.lifetime_s * US // 2

    async def _ask(
        self, context: Context, path: tuple[str, ...], queries: Sequence[str] = (), body: bytes = b""
    ) -> Message | None:
        host, port = self._server
        request = Message(code=Code.POST, payload=body, content_format=FORMAT if body else None)
        request.unresolved_remote = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        request.opt.uri_path, request.opt.uri_query = path, tuple(queries)
        try:
            return await asyncio.wait_for(context.request(request, handle_blockwise=False).response, ANSWER_S)
        except (Error, TimeoutError):
            return None

    def _here(self) -> tuple[str, int]:
        loopback = self._server[0] in ("127.0.0.1", "::1")
        return (self._server[0] if loopback else "::", 0)

    async def _close(self) -> None:
        context, self._context, self._place, self._next_us = self._context, None, (), 0
        if context is not None:
            await context.shutdown()
