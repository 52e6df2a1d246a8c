"""Group commit for the door: all that came in while the last commit was on its way goes into the next."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from typing import Any

from stadtwerk.kernel.limits import CONTEXT_WRITES_WAITING
from stadtwerk.kernel.refusal import Refused
from stadtwerk.stores.context import ContextStore, Writes

GATHER_S = 0.003
"""How long a commit waits for company, seconds: it costs as much as some twenty writes, however many are in it."""


class _Group:
    """Writes that become durable together, and those who wait for that."""

    def __init__(self) -> None:
        self.writes = Writes()
        self.done = asyncio.Event()


class Commits:
    """Collects writes and commits them one group after the other, never two at once."""

    def __init__(self, store: ContextStore) -> None:
        self._store = store
        self._open: _Group | None = None
        self._flying: _Group | None = None
        self.commits = 0
        """Groups committed so far."""

    @property
    def waiting(self) -> int:
        """Return how many rows wait for a commit."""
        return sum(len(group.writes) for group in (self._open, self._flying) if group)

    def writes(self) -> Writes:
        """Return where the next commit's rows go; refuses with 503 when too many wait."""
        if self._open is None:
            self._open = _Group()
            if self._flying is None:
                self._send_soon()
        elif len(self._open.writes) >= CONTEXT_WRITES_WAITING:
            raise Refused.of("busy", "The city is busy", 503, "Too many writes wait; try again in a second.")
        return self._open.writes

    async def durable(self) -> None:
        """Wait until all that was collected so far is on disk; at once if nothing waits."""
        group = self._open or self._flying
        if group is not None:
            await group.done.wait()

    def _send_soon(self) -> None:
        asyncio.get_running_loop().call_later(GATHER_S, self._send)

    def _send(self) -> None:
        group = self._open
        if group is None or self._flying is not None:
            return
        self._flying, self._open = group, None
        loop = asyncio.get_running_loop()

        def landed(future: Future[Any]) -> None:
            loop.call_soon_threadsafe(self._landed, group)

        self._store.write(group.writes).add_done_callback(landed)

    def _landed(self, group: _Group) -> None:
        self._flying = None
        self.commits += 1
        group.done.set()
        if self._open is not None:
            self._send_soon()
