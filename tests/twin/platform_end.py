"""The platform's end of the lines, played by a test: a broker, a clock that the test steps, a subscriber."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiomqtt

from stadtwerk.protocols import chirpstack
from stadtwerk.twin.gateways import Outgoing

SRC = str(Path(__file__).parents[2] / "src")
PATIENCE_S = 30.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run_module(*arguments: str, log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as file:
        return subprocess.Popen(
            [sys.executable, "-m", *arguments],
            stderr=file,
            stdout=file,
            env={**os.environ, "PYTHONPATH": SRC},
        )


def kill(child: subprocess.Popen[bytes]) -> None:
    child.send_signal(signal.SIGKILL)
    child.wait()


MOSQUITTO = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin")
BROKERS = ["mosquitto", "amqtt"] if MOSQUITTO else ["amqtt"]
AMQTT = """
import asyncio, sys
from amqtt.broker import Broker
async def serve():
    await Broker({
        "listeners": {"default": {"type": "tcp", "bind": "127.0.0.1:" + sys.argv[1]}},
        "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
    }).start()
    await asyncio.Event().wait()
asyncio.run(serve())
"""


class Broker:
    """A broker process of either kind on a free port, open to everybody on this machine."""

    def __init__(self, folder: Path, kind: str) -> None:
        self.port, self._folder, self._kind = free_port(), folder, kind
        self.child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._folder.mkdir(exist_ok=True)
        config = self._folder / "mosquitto.conf"
        config.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n")
        mosquitto, amqtt = [str(MOSQUITTO), "-c", str(config)], [sys.executable, "-c", AMQTT, str(self.port)]
        with (self._folder / "broker.log").open("ab") as log:
            arguments = mosquitto if self._kind == "mosquitto" else amqtt
            self.child = subprocess.Popen(arguments, stdout=log, stderr=log)

    def kill(self) -> None:
        if self.child is not None:
            kill(self.child)
            self.child = None


class Platform:
    """Steps the twin's clock, counts and keeps what it publishes, and sends it commands."""

    def __init__(self, broker: Broker, resume_us: int) -> None:
        self._broker, self._resume_us = broker, resume_us
        self._lines: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
        self._line: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._client: aiomqtt.Client | None = None
        self.clock_port = free_port()
        self.messages: list[Outgoing] = []
        self.now_us = resume_us

    @property
    def subscribed(self) -> bool:
        return self._client is not None

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[Platform]:
        async def arrived(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(json.dumps({"resume_us": max(self._resume_us, self.now_us)}).encode() + b"\n")
            await self._lines.put((reader, writer))

        server = await asyncio.start_server(arrived, "127.0.0.1", self.clock_port)
        listening = asyncio.create_task(self._listen())
        try:
            yield self
        finally:
            listening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await listening
            if self._line is not None:
                self._line[1].close()
            server.close()

    async def _listen(self) -> None:
        while True:
            with contextlib.suppress(aiomqtt.MqttError):
                client = aiomqtt.Client("127.0.0.1", self._broker.port, identifier="judge", clean_session=False)
                async with client:
                    await client.subscribe(
                        [(filter_, 1) for filter_ in (chirpstack.UPLINKS, chirpstack.COLUMNS, chirpstack.STATS)]
                    )
                    self._client = client
                    async for message in client.messages:
                        assert isinstance(message.payload, bytes)
                        self.messages.append(Outgoing(0, message.topic.value, message.payload, 1))
            self._client = None
            await asyncio.sleep(0.1)

    async def next_line(self) -> None:
        """Wait until the twin opens its line."""
        self._line = await asyncio.wait_for(self._lines.get(), PATIENCE_S)

    async def step(self, seconds: int = 1) -> int:
        """Let the twin step; return how many messages it says it has sent on this line."""
        assert self._line is not None
        reader, writer = self._line
        sent = 0
        for _ in range(seconds):
            report = json.loads(await asyncio.wait_for(reader.readline(), PATIENCE_S))
            assert report["now_us"] == self.now_us + 1_000_000
            self.now_us, sent = report["now_us"], report["sent"]
            writer.write(json.dumps({"processed_us": self.now_us}).encode() + b"\n")
        return int(sent)

    async def until(self, told: Callable[[], bool]) -> None:
        """Wait for something that is on its way."""
        async with asyncio.timeout(PATIENCE_S):
            while not told():  # noqa: ASYNC110 - it is told by another process
                await asyncio.sleep(0.01)

    async def publish(self, topic: str, body: bytes) -> None:
        await self.until(lambda: self.subscribed)
        assert self._client is not None
        await self._client.publish(topic, body, qos=1)
