"""The core's side of the time machine: starts the process that answers when it is first needed, passes questions on."""

from __future__ import annotations

import asyncio
import logging
import sys
from asyncio.subprocess import PIPE, Process

import msgspec

from stadtwerk.app.past.wire import Reply, frame
from stadtwerk.app.settings import Settings
from stadtwerk.doors.question import Answer, Question
from stadtwerk.kernel.limits import PAST_S, PAST_WAITING
from stadtwerk.kernel.refusal import Refused

log = logging.getLogger(__name__)


class Past:
    """Answers questions about the past one after the other; the core's loop only waits."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._process: Process | None = None
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def ask(self, question: Question) -> Answer:
        """Return the answer; refuses what the past refuses, and with 503 when it is busy or does not answer."""
        if self._waiting >= PAST_WAITING:
            raise _busy("Too many ask about the past. Try again.")
        self._waiting += 1
        try:
            async with self._turn:
                reply = await self._talk(question)
        finally:
            self._waiting -= 1
        if reply.refusal:
            raise Refused(reply.refusal)
        return reply.answer

    async def _talk(self, question: Question) -> Reply:
        body = frame(msgspec.msgpack.encode(question))
        try:
            return await asyncio.wait_for(self._exchange(body), PAST_S)
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.CancelledError) as error:
            # A process that died, hangs or was left in the middle of an answer is of no use to the next one who asks.
            self._end()
            if isinstance(error, asyncio.CancelledError):
                raise
            log.warning("the past did not answer: %r", error)
            raise _busy("The past does not answer. Try again.") from error

    async def _exchange(self, body: bytes) -> Reply:
        asked, told = _pipes(await self._running())
        asked.write(body)
        await asked.drain()
        n = int.from_bytes(await told.readexactly(4), "little")
        return msgspec.msgpack.decode(await told.readexactly(n), type=Reply)

    async def _running(self) -> Process:
        """Return the process, started if it does not run."""
        if self._process is None or self._process.returncode is not None:
            argv = [sys.executable, "-m", "stadtwerk.app.past", self._settings.dump()]
            with (self._settings.run / "past.log").open("a") as output:
                self._process = await asyncio.create_subprocess_exec(*argv, stdin=PIPE, stdout=PIPE, stderr=output)
        return self._process

    def _end(self) -> None:
        """Kill the process."""
        if self._process and self._process.returncode is None:
            self._process.kill()
        self._process = None


def _pipes(process: Process) -> tuple[asyncio.StreamWriter, asyncio.StreamReader]:
    if process.stdin is None or process.stdout is None:
        raise BrokenPipeError
    return process.stdin, process.stdout


def _busy(why: str) -> Refused:
    return Refused.of("busy", "The past cannot be asked now", 503, why)
