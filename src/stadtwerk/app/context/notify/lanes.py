"""One lane per endpoint: a receiver that is slow or gone holds up nobody but itself (circuit breaker, back-off)."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Mapping
from typing import Protocol

from stadtwerk.app.context.notify.letters import Box, Letter, Sender
from stadtwerk.context.limits import NOTIFY_AGE_S, NOTIFY_REST_S, NOTIFY_TRIES, NOTIFY_WAITING_EACH, NOTIFY_WIDTH
from stadtwerk.context.subscriptions.endpoint import Endpoint, NotTaken
from stadtwerk.kernel.clock import US, Clock

log = logging.getLogger(__name__)

FIRST_REST_S = 0.5
"""First rest of an endpoint that fails, seconds of wall time."""
STALE_S = 60
"""Age from which letters of a lane that is too long are given up, seconds of wall time."""


class Ledger(Protocol):
    """Where the lanes note what became of letters."""

    async def delivered(self, letter: Letter) -> None:
        """Note that a receiver has a letter."""
        ...

    async def failed(self, letter: Letter) -> None:
        """Note that a try failed."""
        ...

    async def give_up(self, letter: Letter, reason: str) -> None:
        """Lay a letter among the dead."""
        ...


class _Lane:
    """The boxes of one endpoint that have something to send; it widens while the receiver takes what comes."""

    __slots__ = ("alarm", "length", "ready", "rest_s", "resting", "width", "workers")

    def __init__(self) -> None:
        self.ready: deque[Box] = deque()
        self.width, self.workers, self.length = 1, 0, 0
        self.rest_s = 0.0
        self.resting = False
        self.alarm: asyncio.TimerHandle | None = None


class Lanes:
    """Sends letters, each lane by itself; `senders` by scheme of the endpoint."""

    def __init__(self, ledger: Ledger, senders: Mapping[str, Sender], wall: Clock) -> None:
        self._ledger, self._senders, self._wall = ledger, senders, wall
        self._lanes: dict[str, _Lane] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._open = False

    @property
    def resting(self) -> int:
        """Return how many endpoints fail at present."""
        return sum(lane.resting for lane in self._lanes.values())

    def start(self) -> None:
        """Begin to send."""
        self._open = True
        for uri, lane in self._lanes.items():
            self._go(uri, lane)

    async def stop(self) -> None:
        """Stop sending; what is on its way is sent again after the next start."""
        self._open = False
        for lane in self._lanes.values():
            if lane.alarm is not None:
                lane.alarm.cancel()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for sender in set(self._senders.values()):
            await sender.close()

    def take(self, letter: Letter) -> None:
        """Take a letter whose commit is done and whose box is open."""
        box = letter.box
        box.waiting.append(letter)
        lane = self._lane(box.endpoint.uri)
        lane.length += 1
        if not box.queued:
            box.queued = True
            lane.ready.append(box)
            self._go(box.endpoint.uri, lane)

    def move(self, box: Box, endpoint: Endpoint) -> None:
        """Send what waits in a box to another endpoint from now on."""
        before, box.endpoint = box.endpoint.uri, endpoint
        if before != endpoint.uri:
            lane = self._lane(before)
            lane.length -= len(box.waiting)
            after = self._lane(endpoint.uri)
            after.length += len(box.waiting)
            if box in lane.ready:
                lane.ready.remove(box)
                after.ready.append(box)
                self._go(endpoint.uri, after)
            self._forget(before, lane)

    def leave(self, box: Box) -> None:
        """Send nothing more from a box."""
        lane = self._lane(box.endpoint.uri)
        lane.length -= len(box.waiting)
        if box in lane.ready:
            lane.ready.remove(box)
        self._forget(box.endpoint.uri, lane)

    def _lane(self, uri: str) -> _Lane:
        lane = self._lanes.get(uri)
        if lane is None:
            lane = self._lanes[uri] = _Lane()
        return lane

    def _forget(self, uri: str, lane: _Lane) -> None:
        if not lane.ready and not lane.workers and not lane.resting:
            self._lanes.pop(uri, None)

    def _go(self, uri: str, lane: _Lane) -> None:
        """Let one more work if the lane is wide enough."""
        if self._open and lane.ready and not lane.resting and lane.workers < lane.width:
            lane.workers += 1
            task = asyncio.get_running_loop().create_task(self._work(uri, lane))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _work(self, uri: str, lane: _Lane) -> None:
        try:
            while lane.ready and not lane.resting and lane.workers <= lane.width:
                await self._one(uri, lane, lane.ready.popleft())
        finally:
            lane.workers -= 1
            self._forget(uri, lane)

    async def _one(self, uri: str, lane: _Lane, box: Box) -> None:
        if not box.waiting:
            box.queued = False
            return
        letter = box.waiting[0]
        try:
            await self._senders[box.endpoint.scheme].send(box.endpoint, letter.head, letter.body)
        except NotTaken as fault:
            await self._refused(uri, lane, letter, fault)
        except Exception as fault:
            log.exception("a notification could not be sent")
            await self._refused(uri, lane, letter, NotTaken(repr(fault)))
        else:
            await self._ledger.delivered(letter)
            self._drop(letter)
            lane.rest_s, lane.width = 0.0, min(lane.width + 1, NOTIFY_WIDTH)
        self._next(box, first=bool(box.waiting) and box.waiting[0] is letter)

    def _next(self, box: Box, *, first: bool) -> None:
        """Put a box back into the lane of its endpoint, which may be another one by now."""
        if not (box.open and box.waiting):
            box.queued = False
            return
        lane = self._lane(box.endpoint.uri)
        if first:
            lane.ready.appendleft(box)
        else:
            lane.ready.append(box)
        self._go(box.endpoint.uri, lane)

    def _drop(self, letter: Letter) -> None:
        box = letter.box
        if box.open and box.waiting and box.waiting[0] is letter:
            box.waiting.popleft()
            self._lane(box.endpoint.uri).length -= 1

    async def _refused(self, uri: str, lane: _Lane, letter: Letter, fault: NotTaken) -> None:
        letter.tries += 1
        await self._ledger.failed(letter)
        if fault.final:
            await self._bury(letter, str(fault))
            return
        self._rest(uri, lane, letter.box.endpoint.cooldown_s)
        if letter.tries >= NOTIFY_TRIES:
            await self._bury(letter, str(fault))
        await self._bury_old(lane, letter.box, str(fault))

    async def _bury_old(self, lane: _Lane, failed: Box, reason: str) -> None:
        """Give up what waited too long, or is old where too much waits."""
        now_us = self._wall.now_us()
        for box in (failed, *tuple(lane.ready)):
            while box.open and box.waiting:
                age_s = (now_us - box.waiting[0].put_us) / US
                if age_s < NOTIFY_AGE_S and (lane.length <= NOTIFY_WAITING_EACH or age_s < STALE_S):
                    break
                await self._bury(box.waiting[0], reason)

    async def _bury(self, letter: Letter, reason: str) -> None:
        await self._ledger.give_up(letter, reason)
        self._drop(letter)

    def _rest(self, uri: str, lane: _Lane, least_s: float) -> None:
        """Leave a failing endpoint alone for a while, each time longer; then one letter tries."""
        lane.width = 1
        if lane.resting:
            return
        lane.rest_s = min(max(2 * lane.rest_s, FIRST_REST_S), NOTIFY_REST_S)
        lane.resting = True
        lane.alarm = asyncio.get_running_loop().call_later(max(lane.rest_s, least_s), self._wake, uri, lane)

    def _wake(self, uri: str, lane: _Lane) -> None:
        lane.resting, lane.alarm = False, None
        self._go(uri, lane)
        self._forget(uri, lane)
