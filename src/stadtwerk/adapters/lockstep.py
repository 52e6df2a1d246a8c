"""City time from a simulated world: it moves on only when everything it sent has been processed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import msgspec

from stadtwerk.kernel.clock import SteppedClock

log = logging.getLogger(__name__)

PATIENCE_S = 2.0
"""How long to wait for messages that were sent but have not come; then they count as lost on the way."""
LOOK_S = 0.002


class _Step(msgspec.Struct, frozen=True):
    now_us: int
    sent: int


_decoder = msgspec.json.Decoder(_Step)


class Lockstep:
    """Listens for the world's steps: `{"now_us", "sent"}` in, `{"processed_us"}` out, one JSON a line."""

    def __init__(
        self, clock: SteppedClock, processed: Callable[[], int], settle: Callable[[], Awaitable[None]]
    ) -> None:
        self._clock, self._processed, self._settle = clock, processed, settle
        self.lost = 0

    async def serve(self, port: int) -> None:
        """Listen for ever on the loopback port."""
        server = await asyncio.start_server(self._session, "127.0.0.1", port, limit=4096)
        async with server:
            await server.serve_forever()

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        base = self._processed()
        writer.write(msgspec.json.encode({"resume_us": self._clock.now_us()}) + b"\n")
        try:
            while line := await reader.readline():
                step = _decoder.decode(line)
                self._clock.move_to(step.now_us)
                await self._settle()
                base = await self._wait(base, step.sent)
                writer.write(msgspec.json.encode({"processed_us": step.now_us}) + b"\n")
                await writer.drain()
        except (ConnectionError, msgspec.DecodeError, ValueError) as error:
            log.warning("lockstep ended: %s", error)
        finally:
            writer.close()

    async def _wait(self, base: int, sent: int) -> int:
        """Wait until everything sent is processed; return the base to count from."""
        waited_s = 0.0
        while (missing := sent - (self._processed() - base)) > 0:
            if waited_s > PATIENCE_S:
                self.lost += missing
                log.warning("%s messages were lost between the world and the platform", missing)
                return base - missing
            await asyncio.sleep(LOOK_S)
            waited_s += LOOK_S
        return base
