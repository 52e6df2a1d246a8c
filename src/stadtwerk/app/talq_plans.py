"""Programs and calendars told to TALQ gateways: to each those its lamps follow, anew after every decision."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np

from stadtwerk.adapters.talq.office import Office
from stadtwerk.adapters.talq.plans import Light, Place, TalqPlan, talq_plan
from stadtwerk.adapters.talq.tending import Ask
from stadtwerk.app.rollout import NIGHTS, quarter_of
from stadtwerk.kernel.clock import Clock
from stadtwerk.protocols.talq.model import Assignment, Reference
from stadtwerk.protocols.talq.wire import Refused
from stadtwerk.systems.lighting.plans.nights import night_of, program_of
from stadtwerk.systems.lighting.plans.state import Plans
from stadtwerk.systems.lighting.plans.things import Calendar
from stadtwerk.systems.lighting.state import Lighting

BATCH = 500
"""Lamps that one assignment names."""
NOON_TO_NOON = 12


class _Wanted(NamedTuple):
    """What a gateway is to keep: plans, and the devices by the calendar they follow, "" for their own program."""

    plans: list[TalqPlan]
    devices: dict[str, list[UUID]]


class TalqPlans:
    """Tells each gateway what its lamps follow; one whose lamps all follow their own program is told nothing."""

    def __init__(self, lighting: Lighting, office: Office, clock: Clock) -> None:
        self._lighting, self._office, self._clock = lighting, office, clock
        self._done: dict[UUID, object] = {}
        self._told: set[UUID] = set()

    async def tell(self, gateway: UUID, ask: Ask, *, anew: bool) -> None:
        """Bring a gateway up to date, all of it where it has come in `anew`; Refused where it cannot follow."""
        now_us, plans = self._clock.now_us(), self._lighting.plans
        first = quarter_of(night_of(now_us, plans.place.zone))
        key = plans.step(now_us), first
        if anew:
            self._done.pop(gateway, None)
        if self._done.get(gateway) == key:
            return
        wanted = await asyncio.to_thread(self._want, gateway, first, now_us)
        if wanted.plans or gateway in self._told or self._follows(gateway):
            await self._send(gateway, wanted, ask)
        self._done[gateway] = key

    def _follows(self, gateway: UUID) -> bool:
        """Tell whether a gateway says that some lamp of its follows a calendar, perhaps told before this start."""
        devices = list(self._office.side.gateways[gateway].devices.rows.values())
        return any(row.get("calendarID", {}).get("value") for device in devices for row in device.functions)

    def _want(self, gateway: UUID, first: date, now_us: int) -> _Wanted:
        plans, inventory = self._lighting.plans, self._lighting.inventory
        mine = self._office.translator.of_gateway(gateway)
        followed = plans.followed(now_us)
        devices: dict[str, list[UUID]] = {}
        for device, row in mine.items():
            plan_id = followed.ids[int(followed.of_lamp[row])]
            own = inventory.program_ids[int(inventory.program[row])]
            is_own = plan_id == own and plans.content(own, now_us) == plans.factory(own)
            devices.setdefault("" if is_own else plan_id, []).append(device)
        owner = str(self._office.side.address)
        return _Wanted([_written(plans, name, owner, first, now_us) for name in devices if name], devices)

    async def _send(self, gateway: UUID, wanted: _Wanted, ask: Ask) -> None:
        """Tell programs, then calendars, then who follows them."""
        self._check(gateway, wanted)
        for plan in wanted.plans:
            for program in plan.programs:
                await _put(ask, "/control-programs", program)
        for plan in wanted.plans:
            await _put(ask, "/calendars", plan.calendar)
        self._told.add(gateway)
        for name, devices in wanted.devices.items():
            for start in range(0, len(devices), BATCH):
                lamps = [Reference("devices", str(device)) for device in devices[start : start + BATCH]]
                await ask("POST", "/assign-commands", Assignment(lamps, Reference("calendars", name)), 202)

    def _check(self, gateway: UUID, wanted: _Wanted) -> None:
        """Refuse what a gateway said it cannot keep: days that begin at midnight, too many programs or calendars."""
        services = self._office.side.gateways[gateway].services.rows
        limits = services.get("ControlService", {})
        if wanted.plans and limits.get("dayOffset", 0) != NOON_TO_NOON:
            raise Refused(422, "serviceConstraintExceeded", "its days begin at midnight: it follows no nights")
        programs = {row["id"] for plan in wanted.plans for row in plan.programs}
        for name, many in (("maximumPrograms", len(programs)), ("maximumCalendars", len(wanted.plans))):
            if many > limits.get(name, many):
                raise Refused(422, "serviceConstraintExceeded", f"{many} are above its {name}")


async def _put(ask: Ask, path: str, row: dict[str, Any]) -> None:
    """Add a resource, or put it in place of the one it has."""
    try:
        await ask("POST", path, [row], 201)
    except Refused as refused:
        if refused.status != 409:
            raise
        await ask("PUT", f"{path}/{row['id']}", row, 200)


def _written(plans: Plans, plan_id: str, owner: str, first: date, now_us: int) -> TalqPlan:
    """Write a plan for the nights from a day on."""
    content, place = plans.content(plan_id, now_us), plans.place
    nights = [first + timedelta(days=n) for n in range(NIGHTS)]
    names = [program_of(content, day, plans.holidays) if isinstance(content, Calendar) else plan_id for day in nights]
    lights = {name: Light(name, *plans.program(name, now_us).rule()) for name in np.unique(names).tolist()}
    here = Place(place.lon, place.lat, place.zone)
    return talq_plan(plan_id, owner, first, [lights[name] for name in names], here)
