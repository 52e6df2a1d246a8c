"""The core's side of reading lists: one process for each, one at a time; the core's loop only waits."""

from __future__ import annotations

import asyncio
import logging
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import msgspec

from stadtwerk.app.lists.wire import Reply, Task
from stadtwerk.doors.lamp_lists import Asked
from stadtwerk.kernel.limits import LIST_S
from stadtwerk.kernel.refusal import Refused

log = logging.getLogger(__name__)


class LampLists:
    """Reads lists of lamps beside the city."""

    def __init__(self, run: Path) -> None:
        self._log = run / "lists.log"
        self._turn = asyncio.Lock()

    async def read(self, asked: Asked, body: bytes) -> bytes:
        """Return a preview as JSON, or a city as a zip file; refuses with 503 when another list is being read."""
        if self._turn.locked():
            raise _busy("Another list is being read. Try again.")
        task = Task(body, asked.name, asked.columns, asked.system, asked.city, asked.source, asked.licence)
        async with self._turn:
            reply = await self._talk(msgspec.msgpack.encode(task))
        if reply.refusal:
            raise Refused(reply.refusal)
        return reply.answer

    async def _talk(self, task: bytes) -> Reply:
        argv = [sys.executable, "-m", "stadtwerk.app.lists"]
        with self._log.open("a") as output:
            process = await asyncio.create_subprocess_exec(*argv, stdin=PIPE, stdout=PIPE, stderr=output)
        try:
            told, _ = await asyncio.wait_for(process.communicate(task), LIST_S)
            return msgspec.msgpack.decode(told, type=Reply)
        except (TimeoutError, OSError, msgspec.DecodeError) as error:
            log.warning("a list was not read: %r", error)
            raise _busy("It took too long, or the reader broke. Try a smaller list.") from error
        finally:
            if process.returncode is None:
                process.kill()


def _busy(why: str) -> Refused:
    return Refused.of("busy", "The list cannot be read now", 503, why)
