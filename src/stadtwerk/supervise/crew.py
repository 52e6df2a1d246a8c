"""The processes of one data folder: started in order, watched, started anew, ended together."""

from __future__ import annotations

import asyncio
import ctypes
import logging
import os
import signal
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from stadtwerk.kernel.refusal import Refused
from stadtwerk.supervise.folder import join_crew, note_pids, note_restarts
from stadtwerk.supervise.logs import last_words, rotate

log = logging.getLogger(__name__)

BACK_OFF_S = (0.2, 0.5, 1.0, 2.0, 5.0)
"""Pauses before a process is started again; the last one repeats."""
STEADY_S = 10.0
"""A process that lived so long starts with the shortest pause again."""
READY_S = 60.0
"""How long a process may take until its port answers."""
END_S = 4.5
"""How long processes may take to end by themselves before they are killed."""
LOG_PERIOD_S = 30.0
"""How often the logs' lengths are looked at."""
EXIT_REFUSED = 78
"""Exit code of a process that must not be started again as it is (EX_CONFIG)."""
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PR_SET_PDEATHSIG = 1

# Looked up here because little may be done between fork and exec; None where there is no Linux.
_prctl = getattr(ctypes.CDLL(None), "prctl", None)


@dataclass(frozen=True, slots=True)
class Child:
    """One process: its name, command line, further environment, the port that answers when it is ready, and others."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    port: int | None = None
    more_ports: Sequence[int] = ()


class Crew:
    """The processes of one data folder.

    On Linux none outlives its supervisor, however that dies. Everywhere each holds the folder's crew lock, so that
    the next start finds and ends what was left behind.
    """

    def __init__(self, children: Sequence[Child], run: Path) -> None:
        self._children, self._run = children, run
        self._pids: dict[str, int] = {}
        self.restarts: dict[str, int] = {child.name: 0 for child in children}
        self._ready = {child.name: asyncio.Event() for child in children}

    async def work(self, on_ready: Callable[[], None]) -> None:
        """Start all in order, each when the one before is ready, then watch until told to end.

        Refuses taken ports, and passes on the refusal of a process that must not be started again.
        """
        for child in self._children:
            _refuse_taken(child)
        loop, end = asyncio.get_running_loop(), asyncio.Event()
        for sign in SIGNALS:
            loop.add_signal_handler(sign, end.set)
        note_restarts(self._run, self.restarts)
        with join_crew(self._run) as lock:
            tasks: list[asyncio.Task[Any]] = [asyncio.create_task(job) for job in (end.wait(), self._tend_logs())]
            try:
                await self._start_all(tasks, lock)
                if not any(task.done() for task in tasks):
                    on_ready()
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()
                results = await asyncio.gather(*tasks, return_exceptions=True)
                for sign in SIGNALS:
                    loop.remove_signal_handler(sign)
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def _start_all(self, tasks: list[asyncio.Task[Any]], lock: TextIOWrapper) -> None:
        """Start one after the other, until all are ready or one of the tasks ends."""
        for child in self._children:
            tasks.append(asyncio.create_task(self._watch(child, lock)))
            ready = asyncio.create_task(self._ready[child.name].wait())
            await asyncio.wait([ready, *tasks], return_when=asyncio.FIRST_COMPLETED)
            ready.cancel()
            if any(task.done() for task in tasks):
                return

    async def _watch(self, child: Child, lock: TextIOWrapper) -> None:
        """Keep one process alive."""
        loop, failures = asyncio.get_running_loop(), 0
        while True:
            began = loop.time()
            process = await self._start(child, lock)
            try:
                await self._wait_ready(child, process)
                code = await process.wait()
                _kill(process, signal.SIGKILL)
            except asyncio.CancelledError:
                await _end(process)
                raise
            last = last_words(self._log_path(child))
            if code == EXIT_REFUSED:
                raise Refused.of("start", f"The {child.name} does not start", 500, last)
            failures = 0 if loop.time() - began > STEADY_S else failures
            pause_s = BACK_OFF_S[min(failures, len(BACK_OFF_S) - 1)]
            failures += 1
            self.restarts[child.name] += 1
            told = "%s ended with %s, restart %d in %s s; %s"
            log.warning(told, child.name, code, self.restarts[child.name], pause_s, last)
            note_restarts(self._run, self.restarts)
            await asyncio.sleep(pause_s)

    async def _start(self, child: Child, lock: TextIOWrapper) -> asyncio.subprocess.Process:
        with self._log_path(child).open("a") as output:
            process = await asyncio.create_subprocess_exec(
                *child.argv,
                env={**os.environ, **child.env},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                pass_fds=(lock.fileno(),),
                preexec_fn=partial(_die_with_parent, os.getpid()),
            )
        self._pids[child.name] = process.pid
        note_pids(self._run, self._pids)
        return process

    async def _wait_ready(self, child: Child, process: asyncio.subprocess.Process) -> None:
        deadline = asyncio.get_running_loop().time() + READY_S
        while process.returncode is None and not await _answers(child.port):
            if asyncio.get_running_loop().time() > deadline:
                log.warning("%s does not answer on port %s; ending it", child.name, child.port)
                _kill(process, signal.SIGKILL)
                return
            await asyncio.sleep(0.05)
        if process.returncode is None:
            self._ready[child.name].set()

    async def _tend_logs(self) -> None:
        while True:
            for path in self._run.glob("*.log"):
                rotate(path)
            await asyncio.sleep(LOG_PERIOD_S)

    def _log_path(self, child: Child) -> Path:
        return self._run / f"{child.name}.log"


def _die_with_parent(parent: int) -> None:
    """Ask Linux to kill this process when its parent dies; runs between fork and exec.

    Linux means the parent's thread that forked: here the main thread, where asyncio runs.
    """
    if _prctl is not None:
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _refuse_taken(child: Child) -> None:
    """Refuse ports on which somebody else listens: they would answer in the city's name."""
    own = () if child.port is None else (child.port,)
    for port in (*own, *child.more_ports):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                detail = f"port {port} of {child.name}: {error.strerror}; choose others with --port."
                raise Refused.of("port", "A port is taken", 409, detail) from error


async def _answers(port: int | None) -> bool:
    if port is None:
        return True
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def _end(process: asyncio.subprocess.Process) -> None:
    """End a process and all of its group, politely first."""
    if process.returncode is None:
        _kill(process, signal.SIGTERM)
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), END_S)
    _kill(process, signal.SIGKILL)
    await process.wait()


def _kill(process: asyncio.subprocess.Process, sign: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, sign)
