"""The UDP port: datagrams that are no CoAP, too long or too many are counted and go no further."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any

from aiocoap import Context, Message
from aiocoap.error import UnparsableMessage
from aiocoap.resource import Resource
from aiocoap.util import socknumbers

from stadtwerk.adapters.lwm2m.address import Address

DATAGRAM_BYTES = 1_280
"""Longest datagram taken: the IPv6 minimum MTU, above what CoAP asks to stay below (RFC 7252, 4.6)."""
REQUESTS_A_SECOND = 1_000
"""Most requests taken in a second: a whole city after a power cut registers within a minute. The CoAP library keeps
each for 247 s to know it again, so this also bounds its memory."""

SetAside = Callable[[str, bytes], None]
"""Told the reason and the bytes of what was not taken."""


async def open_door(address: Address, site: Resource, set_aside: SetAside) -> Context:
    """Listen on an address; requests go to the site, the rest past it to whoever asked for it."""
    context = await Context.create_server_context(site, bind=tuple(address), transports=["udp6"])
    wire = context.request_interfaces[0].token_interface.message_interface
    wire.datagram_msg_received = _Guard(wire.datagram_msg_received, set_aside).take
    _hear_no_errors(wire.transport.get_extra_info("socket"))
    return context


def _hear_no_errors(wire: socket.socket) -> None:
    """Take no notice of ICMP: uvloop stops to read a socket that has an error to tell.

    Else any stranger who closes his port before our answer comes would leave the city deaf.
    """
    wire.setsockopt(socket.IPPROTO_IPV6, socknumbers.IPV6_RECVERR, 0)
    wire.setsockopt(socket.IPPROTO_IP, socknumbers.IP_RECVERR, 0)


class _Guard:
    """Stands before the library: it sees every datagram first."""

    def __init__(self, pass_on: Callable[..., None], set_aside: SetAside) -> None:
        self._pass_on, self._set_aside = pass_on, set_aside
        self._second = 0
        self._requests = 0

    def take(self, data: bytes, more: Any, flags: int, sender: Any) -> None:
        """Pass a datagram on, or set it aside."""
        if len(data) > DATAGRAM_BYTES:
            self._set_aside("coap-size", data)
            return
        try:
            message = _decode(data)
        except (UnparsableMessage, ValueError):
            self._set_aside("coap-datagram", data)
            return
        if message.code.is_request() and not self._room():
            self._set_aside("coap-flood", data)
            return
        self._pass_on(data, more, flags, sender)

    def _room(self) -> bool:
        second = int(asyncio.get_running_loop().time())
        if second != self._second:
            self._second, self._requests = second, 0
        self._requests += 1
        return self._requests <= REQUESTS_A_SECOND


def _decode(data: bytes) -> Message:
    """Decode a datagram as the library does, but for tokens above eight bytes, which it takes (RFC 7252, 3)."""
    message = Message.decode(data)
    if data[0] & 0xF > 8:
        raise UnparsableMessage
    return message
