"""The registration interface: clients come (POST /rd), stay (POST /rd/place) and go (DELETE /rd/place)."""

from __future__ import annotations

from typing import Protocol

from aiocoap import Code, Message
from aiocoap.resource import Resource

from stadtwerk.kernel.clock import Clock
from stadtwerk.protocols.lwm2m.model import LAMP
from stadtwerk.protocols.lwm2m.registration import read_register, read_update
from stadtwerk.protocols.lwm2m.registry import Client, Registry
from stadtwerk.protocols.malformed import Malformed


class House(Protocol):
    """Who wants to know of clients."""

    def knows(self, name: str) -> bool:
        """Tell whether a client of this name may come."""
        ...

    def came(self, client: Client) -> None:
        """Hear that a client registered or said that it is still there."""
        ...

    def left(self, client: Client) -> None:
        """Hear that a client is registered no more."""
        ...

    def set_aside(self, reason: str, body: bytes) -> None:
        """Hear of a request that was not taken."""
        ...


class Registrations(Resource):  # type: ignore[misc]
    """Answers what clients ask of the server; all else there is not found."""

    def __init__(self, registry: Registry, house: House, clock: Clock) -> None:
        super().__init__()
        self._registry, self._house, self._clock = registry, house, clock

    async def needs_blockwise_assembly(self, request: Message) -> bool:
        """Take no request in pieces: what a lamp says of itself fits into one datagram."""
        return False

    async def render_post(self, request: Message) -> Message:
        """Register or update a client; 4.00 says what is wrong, 4.03 who is unknown, 4.04 that it must register."""
        if request.opt.block1 is not None and request.opt.block1.more:
            return self._no(request, Code.REQUEST_ENTITY_TOO_LARGE, Malformed("lwm2m-block", "one datagram at most"))
        try:
            match request.opt.uri_path:
                case ("rd",):
                    return self._register(request)
                case ("rd", place):
                    return self._update(request, place)
        except Malformed as error:
            full = error.code == "lwm2m-full"
            return self._no(request, Code.SERVICE_UNAVAILABLE if full else Code.BAD_REQUEST, error)
        return Message(code=Code.NOT_FOUND)

    async def render_delete(self, request: Message) -> Message:
        """Let a client go."""
        path = request.opt.uri_path
        client = self._registry.leave(path[1]) if len(path) == 2 and path[0] == "rd" else None
        if client is None:
            return Message(code=Code.NOT_FOUND)
        self._house.left(client)
        return Message(code=Code.DELETED)

    def _register(self, request: Message) -> Message:
        told = read_register(request.opt.uri_query, request.payload)
        if not self._house.knows(told.endpoint):
            return self._no(request, Code.FORBIDDEN, Malformed("lwm2m-unknown-device", "no lamp of this city"))
        if not told.offer.instances(LAMP):
            return self._no(request, Code.BAD_REQUEST, Malformed("lwm2m-no-lamp", f"no instance of object {LAMP}"))
        client = self._registry.register(told, request.remote, self._clock.now_us())
        self._house.came(client)
        answer = Message(code=Code.CREATED)
        answer.opt.location_path = ("rd", client.place)
        return answer

    def _update(self, request: Message, place: str) -> Message:
        update = read_update(request.opt.uri_query, request.payload)
        client = self._registry.update(place, update, request.remote, self._clock.now_us())
        if client is None:
            return Message(code=Code.NOT_FOUND)
        self._house.came(client)
        return Message(code=Code.CHANGED)

    def _no(self, request: Message, code: Code, why: Malformed) -> Message:
        self._house.set_aside(why.code, request.payload)
        return Message(code=code, payload=str(why).encode())
