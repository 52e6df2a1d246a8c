"""Keeps the energy account: has the streets surveyed once, and closes each night when its second noon has passed.

What the meters said at the two noons is asked of the past, so a night is accounted for however often the core was
started anew, and nights that were missed are made up for.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from stadtwerk.app.folder import lamp_mark
from stadtwerk.app.lane import Lane
from stadtwerk.app.past.client import Past
from stadtwerk.app.settings import Settings
from stadtwerk.app.survey import read_survey
from stadtwerk.doors.question import Question
from stadtwerk.kernel.clock import US, Clock, parse_iso
from stadtwerk.kernel.journal import Event
from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting.energy.account import Trend, account_of
from stadtwerk.systems.lighting.energy.evolve import ACCOUNTED
from stadtwerk.systems.lighting.energy.registers import Registers, read_registers
from stadtwerk.systems.lighting.energy.table import table_of
from stadtwerk.systems.lighting.energy.window import HOUR_US, noons_us
from stadtwerk.systems.lighting.state import Lighting

log = logging.getLogger(__name__)

ACTOR = "energy"
LOOK_S = 5.0
"""Pause between two looks, wall seconds."""
CALM_S = 20.0
"""So long after its start the city is left alone before streets are surveyed, wall seconds."""
AGED_US = 92 * 86_400 * US
"""After so long lamps have aged enough for another survey, city time."""
RETRY_S = 300.0
"""A survey that failed is tried again after so long, wall seconds."""
LATE_US = 600 * US
"""Reports of the noon are waited for so long, city time."""
BACK_DAYS = 31
"""Nights so long ago are not made up for."""


class EnergyKeeper:
    """Surveys and accounts, one at a time; `since` tells when the city was observed first, 0 = never."""

    def __init__(
        self, settings: Settings, lighting: Lighting, past: Past, *, lane: Lane, clock: Clock, since: Callable[[], int]
    ) -> None:
        self._settings, self._lighting, self._past = settings, lighting, past
        self._lane, self._clock, self._since = lane, clock, since
        self._mark = lamp_mark(lighting.inventory)
        self._hopeless: set[date] = set()

    async def run(self) -> None:
        """Work for ever."""
        self._take_survey()
        await asyncio.sleep(0 if self._lighting.energy.table else CALM_S)
        while True:
            if self._is_stale():
                await self._survey()
                # A survey that fails once will hardly succeed at once.
                await asyncio.sleep(RETRY_S if self._is_stale() else 0)
            elif day := self._due():
                await self._close(day)
            await asyncio.sleep(LOOK_S)

    def _take_survey(self) -> None:
        survey = read_survey(self._settings.run, self._mark)
        self._lighting.energy.table = table_of(survey) if survey else None

    def _is_stale(self) -> bool:
        table = self._lighting.energy.table
        return table is None or abs(self._clock.now_us() - table.survey.at_us) > AGED_US

    async def _survey(self) -> None:
        """Have the streets surveyed by a process of its own; one that dies is tried again."""
        argv = (sys.executable, "-m", "stadtwerk.app.survey", self._settings.dump(), str(self._clock.now_us()))
        # One core is one core: matrices this small gain nothing from threads.
        calm = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
        process = await asyncio.create_subprocess_exec(*argv, stdout=PIPE, env=calm)
        try:
            if process.stdout:
                async for line in process.stdout:
                    self._lighting.energy.surveyed = int(line)
            if await process.wait():
                log.warning("the survey of streets ended with %s", process.returncode)
        finally:
            if process.returncode is None:
                process.kill()
        self._take_survey()

    def _due(self) -> date | None:
        """Return the oldest night that is over and not accounted for, None when there is none."""
        since_us, zone = self._since(), ZoneInfo(self._lighting.plans.place.zone)
        last = datetime.fromtimestamp((self._clock.now_us() - LATE_US) / US, zone) - timedelta(hours=36)
        if not since_us:
            return None
        first = max(datetime.fromtimestamp(since_us / US, zone).date(), last.date() - timedelta(days=BACK_DAYS))
        days = (first + timedelta(days=n) for n in range((last.date() - first).days + 1))
        nights = self._lighting.energy.nights
        return next((day for day in days if not nights.get(day.isoformat()) and day not in self._hopeless), None)

    async def _close(self, day: date) -> None:
        """Make a night's account; one whose begin nobody observed cannot be made."""
        table = self._lighting.energy.table
        first_us, last_us = noons_us(day, self._lighting.plans.place.zone)
        try:
            registers = (await self._registers(first_us), await self._registers(last_us))
            trend = await self._trend(first_us, last_us)
        except Refused as no:
            if no.refusal.status != 503:
                log.info("no account of %s: %s", day, no.refusal.detail)
                self._hopeless.add(day)
            return
        except Exception:
            # One night that cannot be read must not end the city, again and again.
            log.exception("no account of %s", day)
            self._hopeless.add(day)
            return
        if table:
            account = await asyncio.to_thread(
                account_of, self._lighting, table, day, registers, trend=trend, now_us=self._clock.now_us()
            )
            body = msgspec.to_builtins(account)
            await self._lane.propose(
                "lighting", lambda at_us: [Event(at_us, ACCOUNTED, day.isoformat(), ACTOR, "", body)]
            )

    async def _registers(self, at_us: int) -> Registers:
        path = "/lighting/energy/registers"
        return read_registers((await self._past.ask(Question(at_us, "query", {}, "lighting", path))).body)

    async def _trend(self, first_us: int, last_us: int) -> Trend:
        given = {"hours": str((last_us - first_us) / HOUR_US)}
        answer = await self._past.ask(Question(last_us, "query", given, "lighting", "/lighting/energy"))
        told = msgspec.json.decode(answer.body)
        at_us = np.array([parse_iso(at) for at in told["at"]], np.int64)
        return Trend(at_us, np.array(told["power_kw"], np.float64))
