"""Notifications over MQTT: published at the broker of the endpoint's URI (ETSI GS CIM 009 clauses 7.1, 7.2)."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import aiomqtt
import msgspec

from stadtwerk.context.subscriptions.endpoint import Endpoint, Network, NotTaken, is_denied

BROKERS = 256
"""Most brokers connected at once; the one unused longest gives way."""
IDLE_S = 30.0
"""How long an unused connection is kept, seconds of wall time."""
CONNECT_S = 5.0
"""Longest a broker may take to accept a connection, seconds of wall time."""

_VERSIONS = {"mqtt3.1.1": aiomqtt.ProtocolVersion.V311, "mqtt5.0": aiomqtt.ProtocolVersion.V5}
_decode = msgspec.json.Decoder(dict[str, str]).decode
_encode = msgspec.json.Encoder().encode


@dataclass(slots=True)
class _Line:
    """A connection to a broker; one message at a time."""

    gate: asyncio.Lock = field(default_factory=asyncio.Lock)
    client: aiomqtt.Client | None = None
    used_at: float = 0.0


class MqttNotifications:
    """Sends notifications to mqtt and mqtts endpoints; a connection is kept while it is used."""

    def __init__(self, denied: Sequence[Network] = ()) -> None:
        self._denied = tuple(denied)
        self._lines: dict[tuple[str, str], _Line] = {}
        self._sweep: asyncio.Task[None] | None = None

    async def send(self, endpoint: Endpoint, head: str, body: bytes) -> None:
        """Publish a notification; raises NotTaken when the broker did not take it."""
        settings = dict(endpoint.notifier)
        parts = urlsplit(endpoint.uri)
        version = settings.get("MQTT-Version", "mqtt5.0")
        key = (f"{parts.scheme}://{parts.netloc}", version)
        line = self._lines.setdefault(key, _Line())
        topic, qos = unquote(parts.path).lstrip("/"), int(settings.get("MQTT-QoS", "0"))
        message = _message(head, endpoint.receiver, body)
        try:
            async with asyncio.timeout(endpoint.timeout_s), line.gate:
                await self._publish(line, parts, version, topic=topic, qos=qos, message=message)
        except (aiomqtt.MqttError, OSError, TimeoutError, ValueError) as fault:
            await _hang_up(line)
            raise NotTaken(f"{parts.hostname}: {fault or 'no answer in time'}") from fault
        line.used_at = asyncio.get_running_loop().time()
        if self._sweep is None or self._sweep.done():
            self._sweep = asyncio.get_running_loop().create_task(self._let_go())

    async def close(self) -> None:
        """Let all connections go."""
        if self._sweep is not None:
            self._sweep.cancel()
        for line in self._lines.values():
            await _hang_up(line)
        self._lines.clear()

    async def _publish(
        self, line: _Line, parts: SplitResult, version: str, *, topic: str, qos: int, message: bytes
    ) -> None:
        if line.client is not None:
            try:
                await line.client.publish(topic, message, qos)
            except aiomqtt.MqttError:
                # The broker went away since: it is asked once more on a new connection.
                await _hang_up(line)
            else:
                return
        await self._connect(line, parts, version)
        if line.client is not None:
            await line.client.publish(topic, message, qos)

    async def _connect(self, line: _Line, parts: SplitResult, version: str) -> None:
        host, secure = str(parts.hostname), parts.scheme == "mqtts"
        port = parts.port or (8883 if secure else 1883)
        if self._denied:
            found = await asyncio.get_running_loop().getaddrinfo(host, port)
            if any(is_denied(str(address[4][0]), self._denied) for address in found):
                raise OSError("leads to an address that is not sent to")
        options: dict[str, Any] = {
            "port": port,
            "protocol": _VERSIONS[version],
            "timeout": CONNECT_S,
            "username": unquote(parts.username) if parts.username else None,
            "password": unquote(parts.password) if parts.password else None,
            "tls_context": ssl.create_default_context() if secure else None,
        }
        client = aiomqtt.Client(host, **options)
        await client.__aenter__()
        line.client = client
        if len(self._lines) > BROKERS:
            oldest = min(self._lines, key=lambda key: self._lines[key].used_at)
            await _hang_up(self._lines.pop(oldest))

    async def _let_go(self) -> None:
        """Hang up connections that nobody uses, while there are any."""
        while self._lines:
            await asyncio.sleep(IDLE_S)
            now = asyncio.get_running_loop().time()
            for key, line in tuple(self._lines.items()):
                if not line.gate.locked() and now - line.used_at > IDLE_S:
                    del self._lines[key]
                    await _hang_up(line)


def _message(head: str, receiver: tuple[tuple[str, str], ...], body: bytes) -> bytes:
    """Put headers and body into one message (clause 7.2)."""
    metadata: Mapping[str, str] = {**_decode(head), **dict(receiver)}
    return b'{"metadata":%b,"body":%b}' % (_encode(metadata), body)


async def _hang_up(line: _Line) -> None:
    client, line.client = line.client, None
    if client is not None:
        with suppress(aiomqtt.MqttError, TimeoutError):
            await client.__aexit__(None, None, None)
