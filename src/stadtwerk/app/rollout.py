"""Tells lamps the program or calendar they are to follow, until each says that it keeps it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple, Protocol

import numpy as np

from stadtwerk.app.lane import Lane
from stadtwerk.kernel.clock import US, Clock
from stadtwerk.protocols.lampplan import LampPlan, LampProgram, airtime_s, encode_plan, mark_of, parts_of
from stadtwerk.protocols.malformed import Malformed
from stadtwerk.systems.lighting.engine.delivery import cover, group_rows
from stadtwerk.systems.lighting.inventory import LORAWAN, RADIOS
from stadtwerk.systems.lighting.plans.nights import night_of, program_of
from stadtwerk.systems.lighting.plans.orders import ORDERS
from stadtwerk.systems.lighting.plans.rollout import Mask
from stadtwerk.systems.lighting.plans.state import Followed, Plans
from stadtwerk.systems.lighting.plans.things import Calendar, Program
from stadtwerk.systems.lighting.state import Lighting

log = logging.getLogger(__name__)

LOOK_S = 1.0
"""Pause between two looks, wall seconds."""
NIGHTS = 400
"""So many nights a calendar's table holds, from the first of a quarter on: a lamp alone knows 308 at least."""
SLOWEST_SF, DUTY, BURST_S = 12, 0.1, 36.0
"""Air is counted at DR0; a gateway may use a tenth of the time (869.4-869.65 MHz, ERC/REC 70-03), so of six minutes."""
AGAIN_SHARE = 0.02
"""A group is told again as a whole while this share of it has not confirmed; who keeps the plan stays unmoved."""
EPOCH = date(1970, 1, 1)


class Radio(Protocol):
    """What carries plans to the lamps."""

    @property
    def connected(self) -> bool:
        """Tell whether plans can be handed over now."""
        ...

    async def program(self, parts: Sequence[bytes], groups: Sequence[str], devices: Sequence[int]) -> bool:
        """Send the parts of a plan to multicast groups and single devices; True once all of it is on its way."""
        ...


class _Wanted(NamedTuple):
    """Until which step and quarter it holds, who follows what, plans' bytes and marks, whose plan is the factory's."""

    key: tuple[object, date]
    followed: Followed
    bodies: tuple[bytes, ...]
    marks: np.ndarray
    factory: Mask


class Rollouts:
    """Looks who keeps what, and tells those who do not; nothing but the lamps' own words is durable."""

    def __init__(self, lighting: Lighting, lane: Lane, radio: Radio, clock: Clock) -> None:
        self._lighting, self._lane, self._radio, self._clock = lighting, lane, radio, clock
        self._reached = lighting.inventory.radio == RADIOS.index(LORAWAN)
        self._wanted: _Wanted | None = None
        self._gateways = max(len(lighting.inventory.gateways), 1)
        self._air_s, self._looked_us = BURST_S * self._gateways, clock.now_us()

    async def run(self) -> None:
        """Work for ever."""
        while True:
            try:
                await self.look()
            except Malformed:
                # A program of the city's folder that is out of a lamp's range must not stop the city.
                log.exception("a program cannot be told")
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """Compare, and tell those whose turn it is; what is not durable yet does not leave the house."""
        if any(command.kind in ORDERS for command in self._lane.committing.values()):
            return
        now_us, lighting = self._clock.now_us(), self._lighting
        wanted = await self._want(now_us)
        of_lamp = wanted.followed.of_lamp
        marks = wanted.marks[of_lamp]
        told = np.nan_to_num(lighting.told["mark"]).astype(np.uint16)
        kept = (told == marks) | (wanted.factory & (told == 0))
        self._refill(now_us)
        rollout = lighting.rollout
        rollout.look(marks, kept, self._reached, lighting.silent(now_us), step=wanted.key[0], now_us=now_us)
        due = rollout.due(now_us)
        if not due.any() or not self._radio.connected:
            return
        for place in np.unique(of_lamp[due]).tolist():
            await self._tell(of_lamp == place, due & (of_lamp == place), wanted.bodies[place])

    async def _tell(self, meant: Mask, due: Mask, body: bytes) -> None:
        """Tell one plan to lamps (n,) that are due, in groups of which all follow it, as long as there is air."""
        inventory, now_us = self._lighting.inventory, self._clock.now_us()
        parts = parts_of(body, now_us // US)
        each_s = sum(airtime_s(len(part), SLOWEST_SF) for part in parts)
        calls = cover(inventory, meant, due.copy(), share=AGAIN_SHARE)
        groups = [name for name in calls.groups if self._has_air(each_s * self._gateways_of(name))]
        singles = calls.rows[: int(self._air_s // each_s)]
        self._air_s -= each_s * len(singles)
        told = np.concatenate([singles, *(group_rows(inventory, name) for name in groups)])
        told = told[due[told]]
        if len(told) and await self._radio.program(parts, groups, inventory.dev_eui[singles].tolist()):
            self._lighting.rollout.sent(told, now_us)

    def _gateways_of(self, group: str) -> int:
        """Count the gateways that must send what a group is to hear."""
        rows = group_rows(self._lighting.inventory, group)
        return len(np.unique(self._lighting.supply.gateway_of_lamp[rows]))

    def _has_air(self, seconds: float) -> bool:
        """Take time on the air, if there is as much."""
        if seconds > self._air_s:
            return False
        self._air_s -= seconds
        return True

    def _refill(self, now_us: int) -> None:
        """Note the air that gateways may use since the last look, so that a roll-out leaves room for commands."""
        passed_s = max(now_us - self._looked_us, 0) / US
        self._looked_us = max(now_us, self._looked_us)
        self._air_s = min(self._air_s + DUTY * passed_s * self._gateways, BURST_S * self._gateways)

    async def _want(self, now_us: int) -> _Wanted:
        """Return what lamps are to keep; worked out anew beside the loop after a decision or when a quarter begins."""
        plans = self._lighting.plans
        key = plans.step(now_us), quarter_of(night_of(now_us, plans.place.zone))
        if self._wanted is None or self._wanted.key != key:
            self._wanted = await asyncio.to_thread(_wanted, plans, key, now_us)
        return self._wanted


def _wanted(plans: Plans, key: tuple[object, date], now_us: int) -> _Wanted:
    followed, inventory = plans.followed(now_us), plans.inventory
    bodies = tuple(encode_plan(plan_on_air(plans, plan_id, key[1], now_us)) for plan_id in followed.ids)
    factory = [encode_plan(LampPlan((_program(plans.factory(name)),))) for name in inventory.program_ids]
    same = np.array([[body == one for one in factory] for body in bodies], np.bool_)
    marks = np.array([mark_of(body) for body in bodies], np.uint16)
    return _Wanted(key, followed, bodies, marks, same[followed.of_lamp, inventory.program])


def plan_on_air(plans: Plans, plan_id: str, first: date, at_us: int) -> LampPlan:
    """Return what lamps are told of a plan: a calendar as its programs and a table of nights from a day on."""
    content = plans.content(plan_id, at_us)
    programs = tuple(_program(one) for one in plans.programs_of(plan_id, at_us))
    if not isinstance(content, Calendar) or len(programs) == 1:
        return LampPlan(programs)
    names = content.programs()
    days = (first + timedelta(days=n) for n in range(NIGHTS))
    nights = tuple(names.index(program_of(content, day, plans.holidays)) for day in days)
    return LampPlan(programs, (first - EPOCH).days, nights)


def quarter_of(night: date) -> date:
    """Return the first day of a night's quarter: four times a year calendars are told anew."""
    return night.replace(month=(night.month - 1) // 3 * 3 + 1, day=1)


def _program(one: Program) -> LampProgram:
    begin, end = (int(clock[:2]) * 60 + int(clock[3:5]) for clock in (one.dim_from, one.dim_until))
    return LampProgram(one.on_elevation_deg, one.full_percent, one.dim_percent, begin, end)
