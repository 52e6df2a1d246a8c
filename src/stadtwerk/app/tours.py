"""Searches the tours that were asked for, in a process of its own, and orders what it found.

What was asked for stands in the journal: a core that dies during a search begins it anew.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Sequence

import msgspec

from stadtwerk.app.calculation import calculating
from stadtwerk.app.lane import Lane
from stadtwerk.app.tour_search import Found
from stadtwerk.kernel.clock import Clock
from stadtwerk.kernel.command import Order
from stadtwerk.kernel.ids import new_command_id
from stadtwerk.kernel.journal import Event
from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting.engine.tours import Plan, Problem
from stadtwerk.systems.lighting.state import Lighting
from stadtwerk.systems.lighting.works.evolve import TOURS_ASKED, TOURS_FAILED
from stadtwerk.systems.lighting.works.orders import CrewJobs, SetTours
from stadtwerk.systems.lighting.works.problem import problem_of

log = logging.getLogger(__name__)

ACTOR = "planner"
SPARE_S = 20.0
"""How much longer than its search the process may take, with its start, wall seconds."""


class TourPlanner:
    """One search after the other; screens ask `works.progress` how far it is."""

    def __init__(self, lighting: Lighting, lane: Lane, clock: Clock) -> None:
        self._lighting, self._lane, self._clock = lighting, lane, clock
        self._asked = asyncio.Event()
        self._asked.set()

    def note_events(self, first: int, events: Sequence[Event]) -> None:
        """Hear what was committed."""
        if any(event.kind == TOURS_ASKED for event in events):
            self._asked.set()

    async def run(self) -> None:
        """Work for ever."""
        while True:
            await self._asked.wait()
            self._asked.clear()
            while planning := next((one for one in self._lighting.works.plannings if one.state == "asked"), None):
                await self._plan(planning.id, planning.seconds)

    async def _plan(self, day: str, seconds: float) -> None:
        problem = problem_of(self._lighting, day, seconds)
        try:
            plan = await asyncio.wait_for(self._search(day, problem), seconds + SPARE_S)
            tours = tuple(CrewJobs(crew, tuple(jobs)) for crew, jobs in plan.tours.items())
            command_id = new_command_id(self._clock.now_us(), secrets.token_bytes)
            command = await self._lane.order(Order(command_id, ACTOR, "lighting.set-tours", SetTours(day, tours)))
            failed = command.refusal.title if command.refusal else ""
        except (TimeoutError, OSError, EOFError, msgspec.DecodeError, Refused) as error:
            failed = str(error) or type(error).__name__
        finally:
            self._lighting.works.progress.pop(day, None)
        if failed:
            log.warning("no tours for %s: %s", day, failed)
            await self._lane.propose("lighting", lambda at_us: [Event(at_us, TOURS_FAILED, day, ACTOR, "", {})])

    async def _search(self, day: str, problem: Problem) -> Plan:
        async with calculating("stadtwerk.app.tour_search", problem) as line:
            while not (found := msgspec.json.decode(await line(), type=Found)).plan:
                self._lighting.works.progress[day] = (found.distance_m, found.left)
            return found.plan
