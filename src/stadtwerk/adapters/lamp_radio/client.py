"""The lamps' MQTT connection: listens to uplinks, sends downlinks at QoS 1, comes back after every loss."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import aiomqtt

from stadtwerk.adapters.lamp_radio.downlink import downlinks, frames
from stadtwerk.protocols import chirpstack, lampgroup, lampplan, lampradio

log = logging.getLogger(__name__)

INFLIGHT = 64
"""Most downlinks on their way to the broker at once."""
RETRY_S = (0.2, 0.5, 1.0, 2.0)
"""Pauses before a new try to reach the broker; the last one repeats."""
SEND_S = 10.0
"""How long the broker may take to acknowledge a downlink."""

OnMessage = Callable[[str, bytes], Awaitable[None]]


class LampRadio:
    """One connection to the broker for all lamps."""

    def __init__(self, port: int, user: str, password: str) -> None:
        self._address = {"hostname": "127.0.0.1", "port": port, "username": user, "password": password}
        self._client: aiomqtt.Client | None = None
        self._slots = asyncio.Semaphore(INFLIGHT)
        self.received = 0

    @property
    def connected(self) -> bool:
        """Tell whether the broker is reached."""
        return self._client is not None

    async def run(self, on_message: OnMessage) -> None:
        """Listen for ever; `on_message` is awaited message by message, so that a full inbox slows the radio down."""
        failures = 0
        while True:
            try:
                async with self._session() as client:
                    failures = 0
                    async for message in client.messages:
                        self.received += 1
                        body = message.payload
                        if isinstance(body, bytes):
                            await on_message(str(message.topic), body)
            except aiomqtt.MqttError as error:
                pause_s = RETRY_S[min(failures, len(RETRY_S) - 1)]
                failures += 1
                log.warning("broker not reached, again in %s s: %s", pause_s, error)
                await asyncio.sleep(pause_s)

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[aiomqtt.Client]:
        client = aiomqtt.Client(identifier="stadtwerk-core", clean_session=False, **self._address)  # type: ignore[arg-type]
        async with client:
            await client.subscribe([(chirpstack.UPLINKS, 1), (chirpstack.COLUMNS, 1), (chirpstack.STATS, 1)])
            self._client = client
            self.received = 0
            try:
                yield client
            finally:
                self._client = None

    async def call(self, command: lampradio.LampCommand, groups: Sequence[str], devices: Sequence[int]) -> bool:
        """Send a command to multicast groups and single devices; True once the broker has taken all of it."""
        return await self._send(downlinks(command, groups, devices))

    async def program(self, parts: Sequence[bytes], groups: Sequence[str], devices: Sequence[int]) -> bool:
        """Send the parts of a plan in their order; True once the broker has taken all of them."""
        for part in parts:
            if not await self._send(frames(lampplan.PROGRAM_PORT, part, groups, devices)):
                return False
        return True

    async def tell_group(self, group: str, parts: Sequence[lampgroup.Part]) -> bool:
        """Send a policy, or its end, to a street's group; True once the broker has taken all of it."""
        data = map(lampgroup.encode_part, parts)
        return await self._send([one for part in data for one in frames(lampgroup.POLICY_PORT, part, (group,), ())])

    async def _send(self, messages: Sequence[tuple[str, bytes]]) -> bool:
        results = await asyncio.gather(*(self._publish(topic, body) for topic, body in messages))
        return all(results)

    async def _publish(self, topic: str, body: bytes) -> bool:
        async with self._slots:
            client = self._client
            if client is None:
                return False
            try:
                await client.publish(topic, body, qos=1, timeout=SEND_S)
            except aiomqtt.MqttError as error:
                log.warning("downlink not taken: %s", error)
                return False
            return True
