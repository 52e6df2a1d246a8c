"""Where the platform listens for LwM2M: plain CoAP, so on the machine itself unless somebody says otherwise."""

from __future__ import annotations

import ipaddress
from typing import NamedTuple

from stadtwerk.kernel.refusal import Refused


class Address(NamedTuple):
    """An IP address and a UDP port."""

    host: str
    port: int

    @property
    def reached(self) -> Address:
        """Return the address under which this machine reaches it: where all interfaces listen, loopback."""
        loopback = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - is looked up, not listened on
        return Address(loopback.get(self.host, self.host), self.port)

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def read_address(text: str, *, plain: bool) -> Address:
    """Read `10.8.0.1:5683` or `[::1]:5683`; refused are names, wrong ports, and others than loopback unless `plain`.

    What lamps and platform say here is neither encrypted nor signed: whoever reaches the port can be a lamp.
    """
    host, _, port = text.rpartition(":")
    try:
        ip = ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError as error:
        raise Refused.field("lwm2m", "an IP address and a port, such as 127.0.0.1:5683") from error
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 1 << 16):
        raise Refused.field("lwm2m", "an IP address and a port from 1 to 65535")
    if not (ip.is_loopback or plain):
        raise Refused.field(
            "lwm2m", f"{ip} is not the machine itself, and LwM2M is plain here: add --lwm2m-plain in a closed network"
        )
    return Address(str(ip), int(port))
