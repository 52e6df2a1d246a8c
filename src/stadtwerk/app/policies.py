"""Calculates the tables of light on demand that were asked for, in a process of its own, and proposes what it found.

What was asked for stands in the journal: a core that dies meanwhile begins anew with what is left.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path

import msgspec

from stadtwerk.app.calculation import calculating
from stadtwerk.app.lane import Lane
from stadtwerk.app.policy_search import Found, Problem, Wanted
from stadtwerk.kernel.clock import Clock
from stadtwerk.kernel.journal import Event
from stadtwerk.systems.lighting.policy.decide import failed, planned
from stadtwerk.systems.lighting.policy.evolve import ASKED, DARK, UNDONE
from stadtwerk.systems.lighting.policy.things import Policy
from stadtwerk.systems.lighting.state import Lighting

log = logging.getLogger(__name__)

STREET_S = 120.0
"""How long one street may take, wall seconds; most take one or two."""
LINE_BYTES = 4_000_000
"""Longest line the process may write: a street with its certificates has about 50 kB."""
AGAIN_S = 5.0
"""Pause before a new try after the process broke, wall seconds."""


class PolicyPlanner:
    """One process at a time for all streets that wait; screens ask `policies.progress` how far it is."""

    def __init__(self, lighting: Lighting, lane: Lane, clock: Clock, city: Path) -> None:
        self._lighting, self._lane, self._clock, self._city = lighting, lane, clock, city
        self._asked = asyncio.Event()
        self._asked.set()

    def note_events(self, first: int, events: Sequence[Event]) -> None:
        """Hear what was committed."""
        if any(event.kind in (ASKED, DARK, UNDONE) for event in events):
            self._asked.set()

    async def run(self) -> None:
        """Work for ever."""
        while True:
            await self._asked.wait()
            self._asked.clear()
            while waiting := [policy for policy in self._lighting.policies.kept if policy.state == "asked"]:
                self._lighting.policies.progress = (0, len(waiting))
                try:
                    await self._work(waiting)
                except (TimeoutError, OSError, EOFError, ValueError, msgspec.DecodeError) as error:
                    log.warning("tables of %s streets: %s", len(waiting), str(error) or type(error).__name__)
                    await asyncio.sleep(AGAIN_S)
                finally:
                    self._lighting.policies.progress = (0, 0)

    async def _work(self, waiting: list[Policy]) -> None:
        """Have the streets calculated and propose each as it comes."""
        wanted = tuple(Wanted(one.id, one.steps, one.fade_s, one.traffic, one.dark) for one in waiting)
        problem = Problem(str(self._city.absolute()), self._clock.now_us(), wanted)
        async with calculating("stadtwerk.app.policy_search", problem, LINE_BYTES) as line:
            for number, one in enumerate(wanted):
                found = msgspec.json.decode(await asyncio.wait_for(line(), STREET_S), type=Found)
                await self._propose(one, found)
                self._lighting.policies.progress = (number + 1, len(wanted))

    async def _propose(self, wanted: Wanted, found: Found) -> None:
        """Make what was found true, unless the street has been asked for otherwise meanwhile."""
        policies, street = self._lighting.policies, found.street

        def events(now_us: int) -> list[Event]:
            now = policies.kept.get(street)
            if now is None or Wanted(now.id, now.steps, now.fade_s, now.traffic, now.dark) != wanted:
                return []
            if found.worked is None:
                return failed(policies, street, found.why, now_us)
            return planned(policies, street, found.worked, now_us)

        await self._lane.propose("lighting", events)
