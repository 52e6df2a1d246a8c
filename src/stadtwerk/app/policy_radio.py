"""Brings the tables of light on demand to their streets' groups, again until they follow; notes lamps that go dark."""

from __future__ import annotations

import asyncio
import logging
from base64 import b64decode
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from stadtwerk.app.lane import Lane
from stadtwerk.kernel.clock import US, Clock
from stadtwerk.protocols import lampgroup
from stadtwerk.protocols.lampgroup import Part, Table
from stadtwerk.systems.lighting.policy.dark import dark_lamps
from stadtwerk.systems.lighting.policy.decide import darkened
from stadtwerk.systems.lighting.policy.plan import ahead_fields
from stadtwerk.systems.lighting.policy.things import Plan, Policy
from stadtwerk.systems.lighting.state import Lighting

log = logging.getLogger(__name__)

LOOK_S = 1.0
"""Pause between two looks, wall seconds; in simulated time every step is looked at."""
STREETS_A_LOOK = 5
"""So many streets get their tables in one look: a table is 5 to 80 downlinks."""
AGAIN_S = (30, 60, 300, 900)
"""City time until a group that does not answer is told again; the last one repeats."""
DARK_S = 60
"""Dark lamps are looked for so often; a change counts when it is still there at the next look, seconds of city time."""


class GroupRadio(Protocol):
    """What carries tables to the lamps."""

    @property
    def connected(self) -> bool:
        """Tell whether something can be handed over now."""
        ...

    async def tell_group(self, group: str, parts: Sequence[Part]) -> bool:
        """Send a policy, or its end, to a street's group; True once all of it is on its way."""
        ...


class PolicyRadio:
    """What is decided is the outbox: after a restart it is compared with what the groups say, and told again."""

    def __init__(self, lighting: Lighting, lane: Lane, radio: GroupRadio, clock: Clock) -> None:
        self._lighting, self._lane, self._radio, self._clock = lighting, lane, radio, clock
        self._told: dict[str, tuple[int, int, int]] = {}
        """Of each street: number told, how often, when it is due again."""
        self._dark: dict[str, tuple[str, ...]] = {}
        self._dark_us = 0
        self._one_at_a_time = asyncio.Lock()

    async def run(self) -> None:
        """Work for ever."""
        while True:
            await self.settle()
            await asyncio.sleep(LOOK_S)

    async def settle(self) -> None:
        """Do what is due: tell groups what they do not follow yet, note lamps that are dark."""
        async with self._one_at_a_time:
            now_us = self._clock.now_us()
            if self._radio.connected:
                due = [policy for policy in self._lighting.policies.kept if self._is_due(policy, now_us)]
                for policy in due[:STREETS_A_LOOK]:
                    await self._tell(policy, now_us)
            if now_us >= self._dark_us + DARK_S * US:
                self._dark_us = now_us
                await self._note_dark(now_us)

    def _is_due(self, policy: Policy, now_us: int) -> bool:
        """Tell whether a street's group does not say that it follows what was decided last, and is to be told."""
        place = self._lighting.inventory.streets.index[policy.id]
        heard = self._lighting.groups["policy"][place]
        if heard == policy.number or policy.state == "asked" or (policy.state != "planned" and np.isnan(heard)):
            return False
        number, _, due_us = self._told.get(policy.id, (0, 0, 0))
        return number != policy.number or now_us >= due_us

    async def _tell(self, policy: Policy, now_us: int) -> None:
        number, times, _ = self._told.get(policy.id, (0, 0, 0))
        times = times if number == policy.number else 0
        if await self._radio.tell_group(f"street-{policy.id}", on_air(policy)):
            due_us = now_us + AGAIN_S[min(times, len(AGAIN_S) - 1)] * US
            self._told[policy.id] = (policy.number, times + 1, due_us)

    async def _note_dark(self, now_us: int) -> None:
        """Propose what is dark in two looks one after the other."""
        before, self._dark = self._dark, dark_lamps(self._lighting, now_us)
        for street, lamps in self._dark.items():
            policy = self._lighting.policies.kept.get(street)
            if policy and policy.dark != lamps and before.get(street) == lamps:
                log.info("%s: %s lamps give no light", street, len(lamps))
                await self._propose(street, lamps)

    async def _propose(self, street: str, lamps: tuple[str, ...]) -> None:
        policies = self._lighting.policies
        await self._lane.propose("lighting", lambda at_us: darkened(policies, street, lamps, at_us))


def on_air(policy: Policy) -> list[Part]:
    """Write a policy as its lamps understand it: its table in parts, or its end."""
    if policy.state != "planned" or policy.plan is None:
        return [Part(lampgroup.OP_END, policy.number)]
    return list(lampgroup.parts_of(policy.number, lampgroup.encode_table(table_of(policy.plan, policy.fade_s))))


def table_of(plan: Plan, fade_s: int) -> Table:
    """Return a plan as the lamps' table."""
    size = plan.fields * plan.rows
    levels = np.frombuffer(b64decode(plan.levels), "<u2").reshape(-1, size).tolist()
    patterns = [bytes(int(bit) for bit in pattern) for pattern in plan.patterns]
    return Table(
        fields=plan.fields,
        rows=plan.rows,
        spacing_m=plan.spacing_m,
        fade_s=fade_s,
        anchored=plan.anchored,
        ahead=ahead_fields(plan.spacing_m, fade_s),
        levels={pattern: tuple(row) for pattern, row in zip(patterns, levels, strict=True)},
    )
