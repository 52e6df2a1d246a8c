"""An asyncio loop that never waits: when all tasks do, virtual time moves on, and can stop dead before any step."""

from __future__ import annotations

import asyncio
import inspect
from collections import deque
from collections.abc import Coroutine
from typing import Any

from simulation.world import World


class Crash(Exception):  # noqa: N818 - what happens to the core, not an error of the test
    """The process is gone: no further step, no clean-up."""


class _Steps(deque[Any]):
    """The callbacks that wait to run; counts down to a crash."""

    left = 0

    def popleft(self) -> Any:
        if self.left == 0:
            raise Crash
        self.left -= 1
        return super().popleft()


class VirtualLoop(asyncio.BaseEventLoop):
    """Runs tasks in virtual time; its selector is the world."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world
        self._selector = self
        self.set_exception_handler(self._unhandled)
        self._abandoned = False
        self._tasks: list[asyncio.Task[Any]] = []

    def time(self) -> float:
        """Return seconds since the beginning of the history."""
        return self._world.now

    def select(self, timeout: float | None) -> list[object]:
        """Let the world go on until something is to be done, at most so many seconds."""
        world = self._world
        until = float("inf") if timeout is None else world.now + timeout
        while not self._ready and world.now < until:
            world.step(until)
        return []

    def crash_after(self, steps: int) -> None:
        """End for good before the callback after so many more."""
        self._ready = _Steps(self._ready)
        self._ready.left = steps

    def crash(self) -> None:
        """End for good, now, if this has not happened before."""
        if not self._abandoned:
            raise Crash

    def create_task(self, coro: Coroutine[Any, Any, Any], **more: Any) -> asyncio.Task[Any]:
        """Begin a task, and keep it in mind for the crash."""
        task = super().create_task(coro, **more)
        self._tasks.append(task)
        return task

    def abandon(self) -> None:
        """Forget all tasks without a word to them, as a killed process does."""
        self._abandoned = True
        self.set_exception_handler(lambda *_: None)
        for task in self._tasks:
            coroutine = task.get_coro()
            if inspect.iscoroutine(coroutine) and inspect.getcoroutinestate(coroutine) == inspect.CORO_CREATED:
                coroutine.close()
        self._tasks.clear()
        self._ready.clear()
        self._scheduled.clear()

    def _unhandled(self, loop: object, context: dict[str, Any]) -> None:
        self._world.broken(f"unhandled in a task: {context.get('exception') or context['message']!r}")

    def _process_events(self, event_list: list[object]) -> None:
        """Nothing comes in but by the world's calls."""

    def _write_to_self(self) -> None:
        """Nobody sleeps who had to be woken."""

    def _check_closed(self) -> None:
        """An abandoned loop takes callbacks in silence: nobody will run them."""

    def __del__(self) -> None:
        """There is no socket to close."""
