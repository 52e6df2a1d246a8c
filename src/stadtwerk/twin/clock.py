"""Whose time it is: the wall's, or the city's own in lockstep with the platform."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import msgspec

from stadtwerk.kernel.clock import US, Clock
from stadtwerk.twin.log import Log

TICK_S = 0.25
"""How often the city lives on at real time."""
STEP_US = US
"""A step of city time in lockstep."""
LINE_BYTES = 4_096
RETRY_S = 0.5
ANSWER_S = 60.0
"""After this long without an answer the line is taken for dead and opened anew."""

LINE_ERRORS = (OSError, TimeoutError, ValueError, msgspec.DecodeError)
"""What a broken or talking-nonsense line raises."""

Live = Callable[[int], None]
"""Lives on until a city time, microseconds UTC."""


class WallClock:
    """The machine's own time."""

    def now_us(self) -> int:
        """Return the present instant, microseconds UTC."""
        return time.time_ns() // 1000


class Resume(msgspec.Struct):
    """The platform's greeting: the city time to start or go on from."""

    resume_us: int


class Processed(msgspec.Struct):
    """The platform's answer: all of the city up to this time is dealt with."""

    processed_us: int


class Stepped(msgspec.Struct):
    """The twin's report: the city lived until now, and so many messages were acknowledged on this line."""

    now_us: int
    sent: int


_resume = msgspec.json.Decoder(Resume)
_processed = msgspec.json.Decoder(Processed)


async def real_time(live: Live, clock: Clock) -> None:
    """Live on with the clock for ever."""
    while True:
        live(clock.now_us())
        now_us = clock.now_us()
        await asyncio.sleep(TICK_S - now_us / US % TICK_S)


async def greeting(port: int, log: Log) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, int]:
    """Open the line to the platform, trying until it answers; return it and the city time to go on from."""
    while True:
        writer = None
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=LINE_BYTES)
            line = await asyncio.wait_for(reader.readline(), ANSWER_S)
            return reader, writer, _resume.decode(line).resume_us
        except LINE_ERRORS as error:
            log("clock-waits", level="warning", port=port, error=str(error)[:200])
            if writer is not None:
                writer.close()
            await asyncio.sleep(RETRY_S)


class Lockstep:
    """City time in steps of a second, never more than one ahead of the platform, paced by `speed`."""

    def __init__(
        self,
        live: Live,
        *,
        port: int,
        speed: float,
        settle: Callable[[], Awaitable[None]],
        sent: Callable[[], int],
        log: Log,
    ) -> None:
        self._live, self._port, self._speed = live, port, speed
        self._settle, self._sent, self._log = settle, sent, log
        self.now_us = 0

    async def run(self) -> None:
        """Step for ever, opening the line again whenever it breaks."""
        while True:
            reader, writer, resume_us = await greeting(self._port, self._log)
            self.now_us = max(self.now_us, resume_us)
            self._log("clock-connected", now_us=self.now_us, speed=self._speed)
            try:
                await self._steps(reader, writer)
            except LINE_ERRORS as error:
                self._log("clock-lost", level="warning", error=str(error)[:200], now_us=self.now_us)
            finally:
                writer.close()

    async def _steps(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        before = self._sent()
        due = time.monotonic()
        while True:
            self._live(self.now_us + STEP_US)
            self.now_us += STEP_US
            await self._settle()
            report = Stepped(self.now_us, self._sent() - before)
            writer.write(msgspec.json.encode(report) + b"\n")
            processed_us = 0
            while processed_us < self.now_us:
                line = await asyncio.wait_for(reader.readline(), ANSWER_S)
                processed_us = _processed.decode(line).processed_us
            due = max(due + 1 / self._speed, time.monotonic() - 1)
            await asyncio.sleep(max(due - time.monotonic(), 0))
