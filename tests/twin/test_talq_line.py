"""A gateway's line: what is not taken is kept and sent again, who is not known any more comes in anew."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import numpy as np
import pytest

from stadtwerk.kernel.clock import US
from stadtwerk.protocols import lampradio
from stadtwerk.protocols.talq.cms import CmsSide, Told
from stadtwerk.protocols.talq.http import HEAD_END
from stadtwerk.protocols.talq.wire import Answer, Request
from stadtwerk.twin.city import City, read_city
from stadtwerk.twin.radio import FRAME
from stadtwerk.twin.talq import line as lines
from stadtwerk.twin.talq.gateway import TalqGateway
from stadtwerk.twin.talq.http import Server
from stadtwerk.twin.talq.line import TalqLine
from twin.folder import make_city

NOW_US = 1_790_000_000 * US
LAMPS_ONLY = [{"function": {"functionType": "LampActuatorFunction"}}]
VALUES = {
    "address": "values",
    "recordingMode": {"type": "VendorRecordingMode", "content": LAMPS_ONLY},
    "sourceAddresses": {"blackList": []},
}


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> City:
    """A city of one gateway, whose ten lamps speak TALQ."""
    monkeypatch.setattr(lines, "RETRY_S", 0.05)
    folder = make_city(tmp_path, 10, gateways=1)
    first, *rows = (folder / "lamps.csv").read_text().splitlines()
    (folder / "lamps.csv").write_text("\n".join([f"{first},radio", *(f"{row},talq" for row in rows)]))
    return read_city(folder)


class Cms:
    """A CMS that takes, breaks off or refuses what comes, as `trouble` says for each log; remembers what it took."""

    def __init__(self) -> None:
        self.told: list[Told] = []
        self.side = self.begun_anew()
        self.trouble: list[int] = []
        """What the next logs get: 0 nothing, a status, or what the CMS says once this is empty."""

    def begun_anew(self) -> CmsSide:
        """Know no gateway."""
        return CmsSide(uuid4(), "http://127.0.0.1/", uuid4, self.told.append)

    def handle(self, request: Request) -> Answer | None:
        if request.path == "/log-reports" and self.trouble:
            status = self.trouble.pop(0)
            if status == 403:
                self.side = self.begun_anew()
            return Answer(status, {"content-length": "0"}) if status else None
        return self.side.handle(request)

    def levels(self) -> list[int]:
        """Return the levels of the first lamp as they were logged."""
        data = [one["data"] for told in self.told if told.log for one in told.log.entries]
        return [one["attributeValue"]["value"]["value"] for one in data if one["attributeName"] == "actualLightState"]


def said(level: int) -> np.ndarray:
    """Make a frame in which the first lamp says its level."""
    names = "level_percent temperature_c power_w voltage_v energy_wh burning_min clock_s token applied flags"
    columns = {name: np.zeros(1) for name in names.split()} | {"level_percent": np.array([float(level)])}
    frames = np.zeros(1, FRAME)
    frames["data"] = lampradio.encode_status({**columns, "flags": np.zeros(1, np.uint8)})
    return frames


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110 - another task makes it true
            await asyncio.sleep(0.01)


def log_by(gateway: TalqGateway, cms: Cms) -> None:
    """Set the logger at both ends, as the CMS does once a gateway has come in."""
    row = {**VALUES, "ownerCMS": str(cms.side.address)}
    for shelf in (gateway.side.loggers, cms.side.gateways[gateway.side.address].loggers):
        shelf.rows["values"] = row


class Tasks(list[asyncio.Task[None]]):
    """Keeps tasks as a group does, to end them."""

    def create_task(self, work: Any) -> asyncio.Task[None]:
        self.append(asyncio.create_task(work))
        return self[-1]


@asynccontextmanager
async def connected(city: City, cms: Cms) -> AsyncIterator[TalqLine]:
    """Let a city's gateways speak to a CMS, and end all of it cleanly."""
    server, tasks = Server(cms.handle, lambda event, **figures: None), Tasks()
    line = TalqLine(city, await server.open(), lambda event, **figures: None)
    await line.open(cast("asyncio.TaskGroup", tasks))
    try:
        yield line
    finally:
        for task in tasks:
            task.cancel()
        for speaker in line._speakers:
            speaker._line.hang_up()
        for one in (server, line._server):
            assert one._server is not None
            one._server.close()
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("trouble", [0, 500, 503, 403])
def test_a_log_is_sent_until_it_is_taken(city: City, trouble: int) -> None:
    async def run() -> None:
        cms = Cms()
        async with asyncio.timeout(20), connected(city, cms) as line:
            assert line.gateways is not None
            gateway, lost = line.gateways.all[0], np.zeros(1, np.bool_)
            line.wake()
            await until(lambda: any(one.ready for one in cms.side.gateways.values()))
            first = gateway.side.address
            log_by(gateway, cms)
            for second, level in enumerate((100, 40, 70)):
                cms.trouble = [trouble, trouble] if level == 40 else []
                line.gateways.step(said(level), lost, NOW_US + second * US)
                while level not in cms.levels():
                    line.wake()
                    await asyncio.sleep(0.02)
                    if gateway.side.address in cms.side.gateways:
                        log_by(gateway, cms)
            assert cms.levels() == [100, 40, 70]
            assert (gateway.side.address != first) == (trouble == 403)

    asyncio.run(run())


def test_a_lost_gateway_says_and_answers_nothing(city: City) -> None:
    async def run() -> None:
        cms = Cms()
        async with asyncio.timeout(20), connected(city, cms) as line:
            assert line.gateways is not None
            gateway = line.gateways.all[0]
            line.gateways.step(said(100)[:0], np.ones(1, np.bool_), NOW_US)
            line.wake()
            await line.settled()
            assert not cms.side.gateways
            uri = next(row for row in gateway.network.gateway.functions if row["id"] == "gateway")["gatewayUri"][
                "value"
            ]
            assert await ask(uri, "/devices/count") == b""
            line.gateways.step(said(100)[:0], np.zeros(1, np.bool_), NOW_US)
            line.wake()
            await line.settled()
            told = await ask(uri, f"/devices/count?clientAddress={cms.side.address}")
            assert json.loads(told.partition(HEAD_END)[2]) == 11

    asyncio.run(run())


async def ask(uri: str, path: str) -> bytes:
    """Ask a gateway as anybody could."""
    port, _, below = uri.removeprefix("http://127.0.0.1:").partition("/")
    reader, writer = await asyncio.open_connection("127.0.0.1", int(port))
    head = "talq-api-version: 2.7.1\r\nconnection: close"
    writer.write(f"GET /{below.rstrip('/')}{path} HTTP/1.1\r\nhost: x\r\n{head}\r\n\r\n".encode())
    told = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    return told
