"""The gateways' line to the broker: QoS 1, buffered while the broker is away, nothing dropped unseen."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import aiomqtt

from stadtwerk.protocols import chirpstack
from stadtwerk.twin.gateways import Outgoing
from stadtwerk.twin.log import Log

IN_FLIGHT = 64
"""Messages sent and not yet acknowledged."""
BUFFER_MESSAGES = 2_000
"""Messages a gateway keeps while the broker is away; the oldest give way and are counted."""
BACK_OFF_S = (0.25, 0.5, 1.0, 2.0, 5.0)
"""Waits before connecting again; the last one repeats."""
ACK_TIMEOUT_S = 20.0

_library_log = logging.getLogger(__name__)
_library_log.addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is and who we are to it."""

    port: int
    user: str | None = None
    password: str | None = None
    host: str = "127.0.0.1"


class Link:
    """A queue for each gateway and one connection that empties them."""

    def __init__(self, broker: Broker, gateways: int, *, hear: Callable[[str, bytes], None], log: Log) -> None:
        self._broker, self._hear, self._log = broker, hear, log
        self._queues: list[deque[Outgoing]] = [deque() for _ in range(gateways)]
        self._order: deque[int] = deque()
        self._waiting = asyncio.Event()
        self._drained = asyncio.Event()
        self._drained.set()
        self._open = 0
        self.acknowledged = self.dropped = self.connections = 0

    def offer(self, messages: Iterable[Outgoing]) -> None:
        """Queue messages behind their gateways' others."""
        for message in messages:
            queue = self._queues[message.gateway]
            queue.append(message)
            if len(queue) > BUFFER_MESSAGES:
                queue.popleft()
                self.dropped += 1
            else:
                self._order.append(message.gateway)
                self._open += 1
        if self._open:
            self._waiting.set()
            self._drained.clear()

    async def drained(self) -> None:
        """Wait until every message offered is acknowledged."""
        await self._drained.wait()

    @property
    def waiting(self) -> int:
        """Messages offered and not yet acknowledged."""
        return self._open

    async def run(self) -> None:
        """Stay connected for ever."""
        failures = 0
        while True:
            try:
                async with self._client() as client:
                    await client.subscribe(chirpstack.COMMANDS, qos=1)
                    self.connections += 1
                    failures = 0
                    self._log("broker-connected", connections=self.connections, waiting=self._open)
                    await self._serve(client)
            except* (aiomqtt.MqttError, OSError) as group:
                error = group.exceptions[0]
                self._log(
                    "broker-lost", level="warning", error=str(error)[:200], waiting=self._open, dropped=self.dropped
                )
            await asyncio.sleep(BACK_OFF_S[min(failures, len(BACK_OFF_S) - 1)])
            failures += 1

    def _client(self) -> aiomqtt.Client:
        return aiomqtt.Client(
            self._broker.host,
            self._broker.port,
            username=self._broker.user,
            password=self._broker.password,
            identifier="stadtwerk-twin",
            timeout=ACK_TIMEOUT_S,
            logger=_library_log,
            max_inflight_messages=IN_FLIGHT,
            max_queued_incoming_messages=10_000,
        )

    async def _serve(self, client: aiomqtt.Client) -> None:
        """Read and publish until the connection breaks."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen(client))
            for _ in range(IN_FLIGHT):
                tasks.create_task(self._publish(client))

    async def _listen(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            body = message.payload if isinstance(message.payload, bytes) else b""
            self._hear(message.topic.value, body)

    async def _publish(self, client: aiomqtt.Client) -> None:
        while True:
            while not self._order:
                self._waiting.clear()
                await self._waiting.wait()
            gateway = self._order.popleft()
            message = self._queues[gateway].popleft()
            try:
                await client.publish(message.topic, message.body, qos=1)
            except BaseException:
                self._queues[gateway].appendleft(message)
                self._order.appendleft(gateway)
                raise
            self.acknowledged += 1
            self._open -= 1
            if not self._open:
                self._drained.set()
