"""The other side of `bench/notify.py`: takes notifications, answers at once, tells what came: `receiver.py PORT`."""

from __future__ import annotations

import asyncio
import sys
import time
from datetime import datetime
from typing import Any, ClassVar

import msgspec
import uvloop

_TAKEN = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Notification(msgspec.Struct):
    """What is looked at in a notification."""

    id: str
    subscriptionId: str  # noqa: N815 - the standard's name
    notifiedAt: str  # noqa: N815
    data: list[dict[str, Any]]


_decode = msgspec.json.Decoder(Notification).decode
_encode = msgspec.json.Encoder().encode


class Receiver(asyncio.Protocol):
    """Reads POSTs with a length, one after the other; GET tells what came and begins anew."""

    came: ClassVar[list[tuple[str, int, str, float]]] = []
    """Subscription, serial number, notification, seconds from the change to the arrival."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note the socket."""
        self._transport: Any = transport
        self._buffer = b""

    def data_received(self, data: bytes) -> None:
        """Take all whole requests."""
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end]
            if head.startswith(b"GET"):
                self._tell()
                return
            at = head.lower().find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0])
            if len(self._buffer) < end + 4 + length:
                return
            self._take(self._buffer[end + 4 : end + 4 + length])
            self._buffer = self._buffer[end + 4 + length :]
            self._transport.write(_TAKEN)

    def _take(self, body: bytes) -> None:
        told = _decode(body)
        late_s = time.time() - datetime.fromisoformat(told.notifiedAt).timestamp()
        serial = int(told.data[0]["serial"]["value"])
        self.came.append((told.subscriptionId, serial, told.id, late_s))

    def _tell(self) -> None:
        body = _encode({"cpu_s": time.process_time(), "came": self.came})
        self.came.clear()
        self._transport.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


async def serve(port: int) -> None:
    """Receive until somebody ends it."""
    server = await asyncio.get_running_loop().create_server(Receiver, "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
