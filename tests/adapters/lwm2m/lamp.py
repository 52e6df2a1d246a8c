"""A lamp for tests: the twin's endpoint over a body that remembers what it is told; and a server with its ledger."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import numpy as np

from stadtwerk.adapters.lwm2m.address import Address
from stadtwerk.adapters.lwm2m.lamps import LwM2MRadio
from stadtwerk.kernel.clock import SteppedClock
from stadtwerk.kernel.observation import Observations
from stadtwerk.protocols.lampradio import OP_SET, OVERRIDE_ACTIVE, LampCommand
from stadtwerk.twin.lwm2m.controller import Controller
from stadtwerk.twin.lwm2m.endpoint import Endpoint

US = 1_000_000
START_S = 1_790_000_000
EUIS = (0xA001, 0xA002, 0xA003)


class Body:
    """A lamp that takes 30 W at full light and obeys at once."""

    def __init__(self, clock: SteppedClock) -> None:
        self._clock = clock
        self.commands: list[LampCommand] = []
        self.hours = 1000.0
        self._held = (0.0, 0)

    def told(self) -> dict[str, float]:
        level, until = self._held
        active = until > self.now_s()
        now = level if active else 100.0
        flags = OVERRIDE_ACTIVE if active else 0
        told = {"level_percent": now, "asked_percent": now, "power_w": 0.3 * now, "flags": float(flags)}
        return told | {"energy_kwh": 12.345, "burning_h": self.hours, "temperature_c": 20.0, "voltage_v": 230.0}

    def held(self) -> tuple[float, int]:
        return self._held

    def obey(self, command: LampCommand) -> None:
        self.commands.append(command)
        self._held = (command.level_percent, command.until_s if command.op == OP_SET else 0)

    def reset_hours(self) -> None:
        self.hours = 0.0

    def now_s(self) -> int:
        return self._clock.now_us() // US


class Lamp:
    """An endpoint that lives by the test's clock."""

    def __init__(self, clock: SteppedClock, port: int, eui: int = EUIS[0], name: str = "") -> None:
        self._clock = clock
        self.body = Body(clock)
        self.controller = Controller("lamp", 30.0, self.body)
        self.endpoint = Endpoint(name or f"urn:dev:mac:{eui:016x}", self.controller, ("127.0.0.1", port))
        self.able = True

    async def live(self) -> None:
        """Step for ever, ten times a second of the wall, telling each time what is."""
        while True:
            self.endpoint.step(self._clock.now_us(), able=self.able)
            self.endpoint.notify()
            await asyncio.sleep(0.1)


class Ledger:
    """What the server gave on: the last value of each column by row."""

    def __init__(self) -> None:
        self.rows: dict[int, dict[str, float]] = {}
        self.words = 0

    async def give(self, seen: Observations) -> None:
        self.words += 1
        for row in seen.rows.tolist():
            told = {name: float(values[0]) for name, values in seen.columns.items() if not np.isnan(values[0])}
            self.rows.setdefault(row, {}).update(told)


class Stage:
    """A server, its clock and its ledger."""

    def __init__(self) -> None:
        self.clock = SteppedClock(START_S * US)
        self.ledger = Ledger()
        self.port = free_port()
        self.jobs: list[asyncio.Task[Any]] = []
        self.radio = self._radio()

    def _radio(self) -> LwM2MRadio:
        rows = np.arange(len(EUIS), dtype=np.int32)
        address = Address("127.0.0.1", self.port)
        return LwM2MRadio(address, np.array(EUIS, np.uint64), rows, self.clock, self.ledger.give)

    def begin(self, work: Any) -> asyncio.Task[Any]:
        self.jobs.append(asyncio.create_task(work))
        return self.jobs[-1]

    async def restart(self) -> None:
        """End the server without a word to anybody, and begin anew knowing nobody."""
        self.jobs[0].cancel()
        await asyncio.wait([self.jobs[0]])
        self.radio = self._radio()
        self.jobs[0] = asyncio.create_task(self.radio.run())

    async def until(self, true: Callable[[], Any], timeout_s: float = 15) -> None:
        async with asyncio.timeout(timeout_s):
            while not true():  # noqa: ASYNC110 - what is waited for is not ours to signal
                await asyncio.sleep(0.02)


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    """Run a server while the block runs."""
    here = Stage()
    here.begin(here.radio.run())
    await here.until(lambda: here.radio.connected)
    try:
        yield here
    finally:
        for job in here.jobs:
            job.cancel()
        await asyncio.wait(here.jobs)


def free_port() -> int:
    """Return a UDP port that nobody has."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
