"""Kill -9 while notifications are on their way: after every start all that was acknowledged is told, in order, by name."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from path.running import free_port
from stadtwerk.adapters.http_client import HttpClient, Unreachable

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
SUBSCRIPTIONS = 4
_TAKEN = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Receiver:
    """Takes notifications; now and then it reads one and hangs up without an answer, as a crash would."""

    def __init__(self, rng: random.Random) -> None:
        self.came: list[tuple[str, int, str]] = []
        """Subscription, value told, name of the notification."""
        self.port = free_port()
        self._rng = rng
        self._open: set[asyncio.StreamWriter] = set()

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Take what comes meanwhile."""
        async with await asyncio.start_server(self._serve, "127.0.0.1", self.port):
            yield
        for writer in tuple(self._open):
            writer.close()
        while self._open:  # noqa: ASYNC110 - they end by themselves
            await asyncio.sleep(0.01)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
                told = msgspec.json.decode(await reader.readexactly(length))
                value = told["data"][0]["n"]["value"]
                self.came.append((told["subscriptionId"], value, told["id"]))
                if self._rng.random() < 0.02:
                    break
                writer.write(_TAKEN)
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        self._open.discard(writer)


class Broker:
    """The broker by itself as a process that is killed and started again."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._port = folder, free_port()
        self._client = HttpClient()
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """Start it and wait until it answers."""
        self._spawn()
        async with asyncio.timeout(30):
            while await self.send("GET", "types") is None:  # noqa: ASYNC110 - another process has no event
                await asyncio.sleep(0.02)

    def _spawn(self) -> None:
        command = [sys.executable, str(HERE / "serve.py"), str(self._folder), str(self._port)]
        self._process = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT / "src")})

    def kill(self) -> None:
        """Kill it as a power cut would."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    async def end(self) -> None:
        """Kill it for good."""
        self.kill()
        await self._client.close()

    async def send(self, method: str, path: str, body: Any = None) -> int | None:
        """Send a request; return the status, None when no answer came."""
        url = f"http://127.0.0.1:{self._port}/ngsi-ld/v1/{path}"
        content = b"" if body is None else msgspec.json.encode(body)
        try:
            reply = await self._client.send(
                method, url, headers={"Content-Type": "application/json"}, body=content, repeatable=False
            )
        except Unreachable:
            return None
        return reply.status

    async def ask(self, path: str) -> Any:
        """Return what a resource holds."""
        url = f"http://127.0.0.1:{self._port}/ngsi-ld/v1/{path}"
        return msgspec.json.decode((await self._client.send("GET", url, headers={})).body)


async def write(broker: Broker, acknowledged: list[int], asked: list[int]) -> None:
    """Count up until the broker is gone."""
    while True:
        number = len(asked) + 1
        asked.append(number)
        status = await broker.send("PATCH", "entities/urn:t:1/attrs", {"n": {"type": "Property", "value": number}})
        if status is None:
            return
        assert status == 204
        acknowledged.append(number)


async def cut(broker: Broker, after_s: float) -> None:
    """Kill the broker a little later."""
    await asyncio.sleep(after_s)
    broker.kill()


async def trial(folder: Path, kills: int, seed: int) -> None:
    """Write, kill, start, again and again; then compare what was acknowledged with what came and with the figures."""
    rng = random.Random(seed)
    receiver, broker = Receiver(rng), Broker(folder)
    acknowledged: list[int] = []
    asked: list[int] = []
    async with receiver.serving():
        await broker.start()
        try:
            await furnish(broker, receiver.port)
            for _ in range(kills):
                await asyncio.gather(write(broker, acknowledged, asked), cut(broker, rng.uniform(0.1, 0.8)))
                await broker.start()
            figures = await settled(broker)
        finally:
            await broker.end()
    assert len(acknowledged) > 10 * kills
    for number in range(SUBSCRIPTIONS):
        name = f"urn:s:{number}"
        mine = [(value, letter) for subscription, value, letter in receiver.came if subscription == name]
        told = [value for value, _ in mine]
        assert set(acknowledged) <= set(told), "something acknowledged was never told"
        assert set(told) <= set(asked)
        names = {value: {letter for other, letter in mine if other == value} for value in told}
        assert all(len(found) == 1 for found in names.values()), "told twice under two names"
        firsts = list(dict.fromkeys(told))
        assert firsts == sorted(firsts), "out of order"
        shown = figures[number]
        assert (shown["pending"], shown["dead"]) == (0, 0)
        assert shown["due"] == shown["delivered"] == len(firsts)


async def furnish(broker: Broker, port: int) -> None:
    """Make an entity and subscriptions that tell of every change."""
    for number in range(SUBSCRIPTIONS):
        body = {
            "id": f"urn:s:{number}",
            "type": "Subscription",
            "entities": [{"type": "Counter"}],
            "notificationTrigger": ["attributeUpdated"],
            "notification": {"endpoint": {"uri": f"http://127.0.0.1:{port}/{number}"}},
        }
        assert await broker.send("POST", "subscriptions", body) == 201
    counter = {"id": "urn:t:1", "type": "Counter", "n": {"type": "Property", "value": 0}}
    assert await broker.send("POST", "entities", counter) == 201


async def settled(broker: Broker) -> list[dict[str, int]]:
    """Wait until nothing is pending; return the figures of each subscription."""
    async with asyncio.timeout(60):
        while True:
            found = [await broker.ask(f"subscriptions/urn:s:{number}/deadLetters") for number in range(SUBSCRIPTIONS)]
            if not any(one["pending"] for one in found):
                return found
            await asyncio.sleep(0.1)


def test_nothing_is_lost_when_the_broker_is_killed(tmp_path: Path) -> None:
    """Three kills within seconds."""
    asyncio.run(trial(tmp_path, kills=3, seed=1))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_lost_when_the_broker_is_killed_often(tmp_path: Path, seed: int) -> None:
    """Fifteen kills each, at other moments."""
    asyncio.run(trial(tmp_path, kills=15, seed=100 + seed))
