"""The roll-out: whom it tells what, how often, in how little air, and what it says became of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from path.small_city import write_small_city
from stadtwerk.app.folder import open_folder
from stadtwerk.app.lane import Lane
from stadtwerk.app.rollout import BURST_S, DUTY, NIGHTS, Rollouts, plan_on_air, quarter_of
from stadtwerk.kernel.clock import US, SteppedClock, parse_iso
from stadtwerk.kernel.command import Order
from stadtwerk.protocols.lampplan import LampPlan, LampProgram, airtime_s, decode_part, decode_plan
from stadtwerk.systems.lighting import SYSTEM
from stadtwerk.systems.lighting.inventory import Inventory, read_inventory
from stadtwerk.systems.lighting.plans.orders import ORDERS, AssignPlan, SaveCalendar, SaveProgram, UndoAssignment
from stadtwerk.systems.lighting.plans.rollout import AGAIN_S, ROUND_S, ROUNDS
from stadtwerk.systems.lighting.plans.things import CalendarRule
from stadtwerk.systems.lighting.state import make_lighting
from stadtwerk.vocab.lighting import Target

NIGHT_US = parse_iso("2026-11-24T22:30:00Z")
KINDS = {content: kind for kind, content in ORDERS.items()}
DIM = SaveProgram("dim", "Dim", -1.5, 40.0, 40.0)
ALL_NIGHT = LampProgram(-1.5, 100.0, 100.0, 0, 0)


@pytest.fixture(scope="module")
def inventory(tmp_path_factory: pytest.TempPathFactory) -> Inventory:
    """Four hundred lamps on two streets, with one gateway."""
    return read_inventory(open_folder(write_small_city(tmp_path_factory.mktemp("city"), 400)))


class House:
    """Lighting, a clock, and a radio that notes whom it told which plan."""

    def __init__(self, inventory: Inventory) -> None:
        self.lighting = make_lighting(inventory)
        self.clock = SteppedClock(NIGHT_US)
        self.connected, self.calls = True, list[tuple[LampPlan, list[str], int]]()
        self.committing: dict[str, Any] = {}
        self.air_s = 0.0
        self.heard()
        lane = cast("Lane", SimpleNamespace(committing=self.committing))
        self.rollouts = Rollouts(self.lighting, lane, self, self.clock)

    def heard(self, *rows: int) -> None:
        """Let lamps, or all, have reported just now."""
        self.lighting.seen.observed_at_us[list(rows) or slice(None)] = self.clock.now_us()

    def order(self, *contents: Any) -> None:
        """Make orders true, a second apart."""
        for content in contents:
            self.clock.advance(1)
            order = Order(f"order-{self.clock.now_us()}", "ada", KINDS[type(content)], content)
            for event in SYSTEM.decide(self.lighting, order, self.clock.now_us()):
                if event.kind.startswith("command."):
                    self.lighting.book.evolve(event)
                    assert "refusal" not in event.body
                SYSTEM.evolve(self.lighting, event)

    async def program(self, parts: Sequence[bytes], groups: Sequence[str], devices: Sequence[int]) -> bool:
        """Note a call."""
        read = [decode_part(part) for part in parts]
        assert {one.serial for one in read} == {self.clock.now_us() // US}
        plan = decode_plan(b"".join(one.body for one in read))
        self.calls.append((plan, list(groups), len(devices)))
        self.air_s += sum(airtime_s(len(part), 12) for part in parts) * (len(groups) + len(devices))
        return self.connected

    def look(self, after_s: int = 0, *, all_heard: bool = True) -> list[tuple[LampPlan, list[str], int]]:
        """Let time pass, look, and return the calls."""
        self.clock.advance(after_s)
        if all_heard:
            self.heard()
        self.calls.clear()
        asyncio.run(self.rollouts.look())
        return list(self.calls)

    def confirm(self, rows: Any) -> None:
        """Let lamps say that they keep what they are to keep."""
        wanted = self.rollouts._wanted
        assert wanted
        self.lighting.told["mark"][rows] = wanted.marks[wanted.followed.of_lamp[rows]]

    def counts(self) -> dict[str, int]:
        """Count all lamps by state, those that are none left out."""
        tally = self.lighting.rollout.counts(np.arange(len(self.lighting.inventory), dtype=np.int32))
        return {name: n for name, n in tally.items() if n}


@pytest.fixture
def house(inventory: Inventory) -> House:
    return House(inventory)


def test_lamps_know_the_citys_programs(house: House) -> None:
    assert house.look() == []
    assert house.counts() == {"confirmed": 400}


def test_a_street_is_told_at_once_then_who_did_not_hear(house: House) -> None:
    house.order(DIM, AssignPlan(Target(street="s1"), "dim"))
    assert house.look() == [(LampPlan((LampProgram(-1.5, 40.0, 40.0, 0, 0),)), ["street-s1"], 0)]
    assert house.counts() == {"confirmed": 200, "sent": 200}
    house.confirm(np.arange(3, 200))
    assert house.look(ROUND_S - 1) == []
    ((_, groups, devices),) = house.look(1)
    assert (groups, devices) == ([], 3)
    house.confirm(np.arange(200))
    assert house.look(2 * ROUND_S) == []
    assert house.counts() == {"confirmed": 400}


def test_nobody_is_told_for_ever(house: House) -> None:
    """Six times in an hour; then a lamp counts as expired, and is told again after six hours if it is heard."""
    house.order(DIM, AssignPlan(Target(lamp="do-0000001"), "dim"))
    told = [NIGHT_US]
    while house.clock.now_us() < NIGHT_US + 3 * 3600 * US:
        if house.look(10):
            told.append(house.clock.now_us())
    assert len(told) - 1 == ROUNDS
    assert told[-1] - told[1] == ROUND_S * US * (2 ** (ROUNDS - 1) - 1)
    assert house.counts() == {"confirmed": 399, "expired": 1}
    assert len(house.look(AGAIN_S)) == 1


def test_who_comes_back_is_told_at_once(house: House) -> None:
    """A lamp that is silent is not called; after the outage it says what it keeps, and hears what it is to keep."""
    house.order(DIM, AssignPlan(Target(lamps=("do-0000001", "do-0000002")), "dim"))
    house.look()
    house.confirm([1])
    for _ in range(8):
        house.clock.advance(1000)
        house.heard(*range(1, 400))
        house.look(all_heard=False)
    assert house.look(all_heard=False) == []
    assert house.counts() == {"confirmed": 399, "expired": 1}
    house.heard(0)
    assert [devices for _, _, devices in house.look(all_heard=False)] == [1]


def test_taken_back_is_told_too_and_a_lamp_never_told_is_left(house: House) -> None:
    house.order(DIM, AssignPlan(Target(street="s1"), "dim"))
    house.look()
    house.confirm(np.arange(100))
    house.order(UndoAssignment("a-000001"))
    ((plan, _, _),) = house.look()
    assert plan == LampPlan((ALL_NIGHT,))
    assert house.counts() == {"confirmed": 300, "sent": 100}


def test_a_calendar_is_told_with_its_nights_and_again_each_quarter(house: House) -> None:
    rules = (CalendarRule("dim", weekdays=("fr",)), CalendarRule("dim", holidays="only"))
    house.order(DIM, SaveCalendar("week", "Week", "all-night", rules), AssignPlan(Target(street="s1"), "week"))
    ((plan, _, _),) = house.look()
    assert (plan.programs[0], len(plan.nights), plan.first_day) == (ALL_NIGHT, NIGHTS, 20727)
    dimmed = [
        date.fromordinal(date(1970, 1, 1).toordinal() + plan.first_day + k) for k, one in enumerate(plan.nights) if one
    ]
    assert {day for day in dimmed if day.weekday() != 4} >= {date(2026, 12, 26), date(2027, 3, 29), date(2027, 5, 6)}
    assert all(day.weekday() == 4 for day in dimmed if day.month in (2, 7, 8, 9))
    house.confirm(np.arange(200))
    assert house.look() == []
    house.clock.advance(37 * 86_400)
    ((plan, groups, _),) = house.look(13 * 3600)
    assert (plan.first_day, groups) == (20819, ["street-s1"])


@pytest.mark.parametrize(
    ("night", "first"), [("2026-12-31", "2026-10-01"), ("2027-01-01", "2027-01-01"), ("2028-02-29", "2028-01-01")]
)
def test_a_lamp_alone_knows_three_hundred_nights(house: House, night: str, first: str) -> None:
    day = date.fromisoformat(night)
    assert quarter_of(day) == date.fromisoformat(first)
    assert NIGHTS - (day - quarter_of(day)).days >= 308


def test_a_calendar_of_one_program_is_that_program(house: House) -> None:
    house.order(DIM, SaveCalendar("plain", "Plain", "dim", ()))
    assert plan_on_air(house.lighting.plans, "plain", date(2026, 10, 1), house.clock.now_us()).nights == ()


def test_the_air_is_shared(house: House) -> None:
    """No more than a tenth of the time on the air, whatever is to be told."""
    house.order(
        DIM, AssignPlan(Target(polygon=((6.7551, 51.42), (6.77, 51.42), (6.77, 51.44), (6.7551, 51.44))), "dim")
    )
    first = house.look()
    assert 0 < sum(devices for _, _, devices in first) < 100
    assert house.air_s <= BURST_S
    for _ in range(60):
        house.look(10)
    assert house.air_s <= BURST_S + DUTY * 601
    assert house.counts()["waiting"] > 0


def test_nothing_leaves_before_it_is_durable_or_without_a_broker(house: House) -> None:
    house.order(DIM, AssignPlan(Target(street="s1"), "dim"))
    house.committing["x"] = SimpleNamespace(kind="lighting.assign-plan")
    assert house.look() == []
    house.committing.clear()
    house.connected = False
    assert house.look() == []
    assert house.counts() == {"confirmed": 200, "waiting": 200}
    house.connected = True
    assert len(house.look()) == 1


def test_a_program_no_lamp_can_be_told_stops_nothing_else(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A folder may say what is out of a lamp's range: that is logged, and the city goes on."""
    monkeypatch.setitem(house.lighting.inventory.city["programs"]["all-night"], "full_percent", 120)

    async def some_looks() -> None:
        task = asyncio.create_task(house.rollouts.run())
        await asyncio.sleep(0.1)
        assert not task.done()
        task.cancel()

    asyncio.run(some_looks())
    assert "cannot be told" in caplog.text


def test_lamps_of_another_radio_are_told_elsewhere(house: House) -> None:
    house.lighting.inventory.radio[:] = 0
    house.lighting.inventory.radio[5] = 1
    try:
        rollouts = House(house.lighting.inventory)
        rollouts.order(DIM, AssignPlan(Target(street="s1"), "dim"))
        rollouts.look()
        assert rollouts.counts() == {"confirmed": 200, "sent": 199, "elsewhere": 1}
    finally:
        house.lighting.inventory.radio[:] = 0
