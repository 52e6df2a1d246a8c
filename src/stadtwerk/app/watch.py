"""Watches the city once a second of its time: what the systems sense becomes alarms, and shelvings end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence

from stadtwerk.app.lane import Lane
from stadtwerk.app.live import Live
from stadtwerk.kernel.alarm.conditions import Sensed
from stadtwerk.kernel.alarm.decide import due, happened
from stadtwerk.kernel.alarm.state import Alarms
from stadtwerk.kernel.alarm.views import changed
from stadtwerk.kernel.clock import US, Clock
from stadtwerk.kernel.journal import Event
from stadtwerk.kernel.system import Part
from stadtwerk.kernel.tally import Durations

LOOK_S = 0.25
"""Pause between two looks at the clock, wall seconds; in simulated time every step is looked at."""


class Watch:
    """Looks at all systems on arrays; goes to the decision lane only when something changed."""

    def __init__(
        self, parts: Mapping[str, Part], lane: Lane, clock: Clock, live: Live, before: Callable[[int], None]
    ) -> None:
        self._parts, self._lane, self._clock, self._live = parts, lane, clock, live
        self._alarms: Alarms = parts["alarm"].state
        self._before = before
        self._looked_s = 0
        self._one_at_a_time = asyncio.Lock()
        self.look_s = Durations()
        """Wall seconds of one look at the whole city."""

    async def run(self) -> None:
        """Work for ever."""
        while True:
            await self.settle()
            await asyncio.sleep(LOOK_S)

    async def settle(self) -> None:
        """Look if a second of city time has passed; returns once what changed is durable."""
        async with self._one_at_a_time:
            now_us = self._clock.now_us()
            if now_us // US != self._looked_s:
                self._looked_s = now_us // US
                await self._look(now_us)

    async def _look(self, now_us: int) -> None:
        began = time.perf_counter()
        self._before(now_us)
        alarms = self._alarms
        change = alarms.causes.look(self._sensed(now_us), now_us)
        self.look_s.note(time.perf_counter() - began)
        if change or due(alarms, now_us):
            await self._lane.propose("alarm", lambda at_us: happened(alarms, change, at_us))

    def _sensed(self, now_us: int) -> dict[str, Sensed]:
        parts = self._parts.values()
        return {kind: seen for part in parts for kind, seen in part.system.sense(part.state, now_us).items()}

    def note_events(self, first: int, events: Sequence[Event]) -> None:
        """Show the alarms that were just committed on all screens."""
        touched = dict.fromkeys(event.subject for event in events if event.kind.startswith("alarm."))
        if touched:
            self._live.note_alarms(changed(self._alarms, touched))
