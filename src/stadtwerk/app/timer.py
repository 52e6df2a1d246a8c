"""Gives what is scheduled on the city's clock: every occurrence once, none lost within its grace time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from stadtwerk.app.lane import Lane
from stadtwerk.kernel.clock import Clock
from stadtwerk.kernel.journal import Event
from stadtwerk.kernel.refusal import Refused
from stadtwerk.kernel.schedule.firing import Due, due, failed, missed, order_of, ordered
from stadtwerk.kernel.schedule.plan import Schedules

log = logging.getLogger(__name__)

LOOK_S = 0.2
"""Pause between two looks at the clock, wall seconds."""

Settled = Callable[[int], Event]
"""Given the city's time, the event that says what became of an occurrence."""


class Timer:
    """Orders in waves, one occurrence of each schedule at a time, and notes what was ordered.

    Between the order and the note the process may die: the order's id follows from schedule and occurrence, so the
    next process finds the command and only notes it.
    """

    def __init__(self, schedules: Schedules, lane: Lane, clock: Clock) -> None:
        self._schedules, self._lane, self._clock = schedules, lane, clock
        self._one_at_a_time = asyncio.Lock()

    async def run(self) -> None:
        """Work for ever."""
        while True:
            await self.settle()
            await asyncio.sleep(LOOK_S)

    async def settle(self) -> None:
        """Order everything that is due now; returns once it is durable."""
        async with self._one_at_a_time:
            while await self._wave():
                pass

    async def _wave(self) -> bool:
        """Settle the first due occurrence of each schedule; tell whether any could be."""
        now_us = self._clock.now_us()
        waiting = due(self._schedules, now_us)
        if not waiting:
            return False
        found = await asyncio.gather(*(self._settle(one, now_us) for one in waiting))
        settled = [say for say in found if say]
        if late := sum(one.late(now_us) for one in waiting):
            log.warning("%s schedules found occurrences later than their grace time", late)
        if settled:
            await self._lane.propose("schedule", lambda at_us: [say(at_us) for say in settled])
        return bool(settled)

    async def _settle(self, one: Due, now_us: int) -> Settled | None:
        """Order one occurrence unless that was done before; None when the city is too busy to decide."""
        if self._lane.find(one.command_id):
            return lambda at_us: ordered(one, at_us)
        if one.late(now_us):
            return lambda at_us: missed(self._schedules, one, at_us)
        try:
            await self._lane.order(order_of(self._schedules, one))
        except Refused as no:
            if no.refusal.status == 503:
                return None
            log.warning("%s could not be ordered: %s", one.command_id, no)
            why = no.refusal.detail or no.refusal.title
            return lambda at_us: failed(one, why, at_us)
        return lambda at_us: ordered(one, at_us)
