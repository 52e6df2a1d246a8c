"""A calendar told to a whole city: how long it takes within the air there is, and what air a year of it costs.

    python bench/rollout.py [--json]

The roll-out itself, with a radio that loses 3 % of the frames at each lamp. Peer: the way that needs no table in the
lamp, telling each evening which program rules the night, as one frame to the same groups.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np

from figure import publish
from stadtwerk.app.folder import open_folder
from stadtwerk.app.lane import Lane
from stadtwerk.app.rollout import BURST_S, DUTY, SLOWEST_SF, Rollouts, plan_on_air
from stadtwerk.app.up import default_city
from stadtwerk.kernel.clock import US, SteppedClock, parse_iso
from stadtwerk.kernel.command import Order
from stadtwerk.protocols.lampplan import LampPlan, airtime_s, decode_part, encode_plan, parts_of
from stadtwerk.systems.lighting import SYSTEM
from stadtwerk.systems.lighting.engine.delivery import group_rows
from stadtwerk.systems.lighting.inventory import Inventory, read_inventory
from stadtwerk.systems.lighting.plans.orders import ORDERS, AssignPlan, SaveCalendar
from stadtwerk.systems.lighting.plans.things import CalendarRule
from stadtwerk.systems.lighting.state import make_lighting
from stadtwerk.vocab.lighting import Target

LOSS, STEP_S, LONGEST_S = 0.03, 5, 4 * 3600
ENOUGH = 0.995
START_US = parse_iso("2026-11-24T10:00:00Z")
RULES = (
    CalendarRule("path", start_date="--12-24", end_date="--12-26"),
    CalendarRule("all-night", weekdays=("fr", "sa")),
    CalendarRule("all-night", holidays="only"),
)


class LossyRadio:
    """Lamps that keep the parts they heard, and what was on the air, seconds at DR0."""

    connected = True

    def __init__(self, inventory: Inventory) -> None:
        self._inventory, self._rng = inventory, np.random.default_rng(1)
        self._row = {int(eui): row for row, eui in enumerate(inventory.dev_eui)}
        self._got = np.zeros((len(inventory), 16), np.bool_)
        self.marks = np.zeros(len(inventory))
        self.air_s = 0.0

    async def program(self, parts: Sequence[bytes], groups: Sequence[str], devices: Sequence[int]) -> bool:
        """Let the lamps hear each part or not."""
        rows = np.array([self._row[eui] for eui in devices], np.int32)
        heard = np.concatenate([rows, *(group_rows(self._inventory, name) for name in groups)])
        for one in map(decode_part, parts):
            self._got[heard, one.place] |= self._rng.random(len(heard)) >= LOSS
        self.marks[self._got[:, : len(parts)].all(axis=1)] = decode_part(parts[0]).mark
        gateways = np.array(self._inventory.text["gateway"])
        senders = sum(len(np.unique(gateways[group_rows(self._inventory, name)])) for name in groups)
        self.air_s += sum(airtime_s(len(part), SLOWEST_SF) for part in parts) * (senders + len(devices))
        return True


def main() -> None:
    """Assign a calendar to every district and tell it until nearly all lamps keep it."""
    inventory = read_inventory(open_folder(default_city(Path("var"), seed=1)))
    lighting, clock, radio = make_lighting(inventory), SteppedClock(START_US), LossyRadio(inventory)
    rollouts = Rollouts(lighting, cast("Lane", SimpleNamespace(committing={})), radio, clock)
    contents = [SaveCalendar("week", "Week", "half-night", RULES)]
    law = {"reason": "bench", "despite": "crossing-not-dimmed"}
    for content in (*contents, *(AssignPlan(Target(district=name), "week", **law) for name in inventory.districts.ids)):
        clock.advance(1)
        _order(lighting, content, clock.now_us())
    asyncio.run(rollouts.look())
    began_us, share, slowest_ms = clock.now_us(), 0.0, 0.0
    while share < ENOUGH and clock.now_us() < began_us + LONGEST_S * US:
        clock.advance(STEP_S)
        lighting.seen.observed_at_us[:] = clock.now_us()
        lighting.told["mark"][:] = radio.marks
        began_s = time.perf_counter()
        asyncio.run(rollouts.look())
        slowest_ms = max(slowest_ms, (time.perf_counter() - began_s) * 1000)
        share = float((radio.marks > 0).mean())
    minutes = (clock.now_us() - began_us) / (60 * US)
    publish("lamps that keep the calendar", share * 100, "%", peer="at least", peer_value=ENOUGH * 100)
    publish("until then, city time", minutes, "min", peer="given up after", peer_value=LONGEST_S / 60)
    gateways, allowed_s = len(inventory.gateways), DUTY * minutes * 60 + BURST_S
    publish("a gateway's share of time on the air, DR0", radio.air_s / (minutes * 60 * gateways) * 100, "%",
            peer="allowed, with six minutes' burst", peer_value=allowed_s / (minutes * 60) * 100)  # fmt: skip
    publish("slowest look at all lamps, wall", slowest_ms, "ms", peer="allowed", peer_value=50)
    plan = plan_on_air(lighting.plans, "week", clock_day(), clock.now_us())
    quarterly_s = 4 * sum(airtime_s(len(part), SLOWEST_SF) for part in parts_of(encode_plan(plan), 0))
    (nightly,) = parts_of(encode_plan(LampPlan(plan.programs[:1])), 0)
    publish("air of a group in a year, the table each quarter", quarterly_s, "s", peer="each night's program",
            peer_value=365 * airtime_s(len(nightly), SLOWEST_SF))  # fmt: skip


def clock_day() -> Any:
    """Return the first day of the quarter the bench lives in."""
    return np.datetime64("2026-10-01").astype(object)


def _order(lighting: Any, content: Any, now_us: int) -> None:
    """Make an order true."""
    kind = next(kind for kind, one in ORDERS.items() if one is type(content))
    for event in SYSTEM.decide(lighting, Order(f"order-{now_us}", "bench", kind, content), now_us):
        assert "refusal" not in event.body, event.body
        if not event.kind.startswith("command."):
            SYSTEM.evolve(lighting, event)


if __name__ == "__main__":
    main()
