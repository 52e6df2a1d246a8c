"""Schedules at work: every occurrence once, none lost within its grace time, through crashes at every moment."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from app.working_house import House, bell_system
from stadtwerk.app.folder import open_folder
from stadtwerk.app.rebuild import dump_hash, rebuild
from stadtwerk.app.systems import SYSTEMS, make_parts
from stadtwerk.kernel.clock import parse_iso
from stadtwerk.kernel.ids import check_command_id
from stadtwerk.kernel.journal import first_broken
from stadtwerk.kernel.refusal import Refused

BELL = bell_system("bell")
RING = {"kind": "bell.ring", "content": {"times": 1}}
NOON = {"times": ["13:00"]}

Story = Callable[[House], Coroutine[Any, Any, None]]


def live(folder: Path, story: Story) -> None:
    """Tell a story in a house of its own; afterwards its journal must give just what is stored."""

    async def run() -> None:
        async with House(folder, [BELL]) as house:
            await story(house)
            assert first_broken(house.store.entries()) is None
            parts = make_parts(open_folder(folder / "city"), (*SYSTEMS, BELL))
            replayed = dump_hash(*rebuild(house.store.entries(), parts))
            assert replayed == dump_hash(house.store.all_commands(), house.store.documents())

    asyncio.run(run())


def test_a_week_of_schedules(tmp_path: Path) -> None:
    """Working days at eight, Sundays and holidays at nine, sunset daily: the bell rings as counted by hand."""

    async def story(house: House) -> None:
        working = {"times": ["08:00"], "weekdays": ["mo", "tu", "we", "th", "fr"], "holidays": "not"}
        sundays = {"times": ["09:00"], "weekdays": ["su"], "holidays": "as-sunday"}
        await house.order("create-01", "schedule.create", id="work", title="Work", rule=working, order=RING)
        await house.order("create-02", "schedule.create", id="sunday", title="Sunday", rule=sundays, order=RING)
        await house.order(
            "create-03",
            "schedule.create",
            id="sunset",
            title="Sunset",
            rule={"sun": [{"event": "sunset", "offset_s": -600}]},
            order=RING,
        )
        await house.order(
            "create-04", "schedule.create", id="resting", title="Rests", rule=NOON, order=RING, enabled=False
        )
        await house.live_until("2026-12-29T12:00:00Z", step_s=300)
        counted = Counter(event.subject for event in house.events("schedule.ordered"))
        # 25 November to 29 December: 25 working days less Christmas Day; 5 Sundays and two days of Christmas.
        assert counted == {"work": 24, "sunday": 7, "sunset": 35}
        assert house.parts["bell"].state.rung == 24 + 7 + 35
        assert not house.events("schedule.missed")
        days = [datetime.fromtimestamp(run.at_us / 1e6, ZoneInfo("Europe/Berlin")) for run in house.plan("work").runs]
        assert {(day.hour, day.minute) for day in days} == {(8, 0)}

    live(tmp_path, story)


def test_the_command_says_who_and_why_and_when(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        order = {"kind": "bell.ring", "content": {"times": 2, "until": {"$after": "PT4H"}}}
        await house.order("create-01", "schedule.create", id="noon", title="Noon", rule=NOON, order=order)
        await house.live_until("2026-11-25T12:01:00Z")
        command = house.lane.find("schedule-noon-20261125T120000Z")
        assert command
        assert (command.actor, command.state, command.body) == (
            "schedule",
            "confirmed",
            {"times": 2, "until": "2026-11-25T16:00:00.000Z"},
        )
        asked = next(event for event in house.events("command.requested") if event.subject == command.id)
        assert asked.cause == "noon"
        assert house.events("bell.rang")[0].cause == command.id
        assert house.plan("noon").runs[0].command == command.id

    live(tmp_path, story)


def test_a_crash_between_order_and_note_gives_one_command(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.order("create-01", "schedule.create", id="noon", title="Noon", rule=NOON, order=RING)
        house.clock.move_to(parse_iso("2026-11-25T12:00:01Z"))
        noted = house.lane.propose

        async def dies(*args: Any) -> None:
            raise ConnectionError("killed")

        house.lane.propose = dies  # type: ignore[method-assign]
        with pytest.raises(ConnectionError):
            await house.timer.settle()
        assert noted
        assert house.parts["bell"].state.rung == 1
        house.restart()
        # Even when the city comes back long after the grace time, what was ordered was not missed.
        await house.live_until("2026-11-25T20:00:00Z", step_s=8 * 3600)
        assert house.parts["bell"].state.rung == 1
        assert [run.state for run in house.plan("noon").runs] == ["ordered"]

    live(tmp_path, story)


def test_within_the_grace_time_late_counts_after_it_is_missed(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        every = {"interval": {"every_s": 60}}
        await house.order("create-01", "schedule.create", id="tick", title="Tick", rule=every, order=RING, grace_s=300)
        await house.live_until("2026-11-24T12:10:00Z")
        assert house.parts["bell"].state.rung == 10
        house.crash()
        house.clock.move_to(parse_iso("2026-11-24T13:00:30Z"))
        house.start()
        await house.timer.settle()
        missed = house.events("schedule.missed")
        assert [event.body["run"]["count"] for event in missed] == [45]
        # 12:11 to 12:55 are missed; 12:56 to 13:00 still count.
        assert house.parts["bell"].state.rung == 15
        assert Counter(run.state for run in house.plan("tick").runs) == {"ordered": 15, "missed": 1}

    live(tmp_path, story)


@pytest.mark.parametrize("dies_after", range(1, 12))
def test_a_crash_after_any_commit(tmp_path: Path, dies_after: int) -> None:
    """The process dies after its n-th commit, whichever that is: each occurrence has one command in the end."""

    async def story(house: House) -> None:
        for number in range(3):
            rule = {"times": ["13:10", "13:11"]}
            await house.order(
                f"create-0{number}",
                "schedule.create",
                id=f"noon-{number}",
                title="Noon",
                rule=rule,
                order=RING,
                grace_s=1800,
            )
        await house.order("run-now-1", "schedule.run-now", id="noon-0")
        commit, left = house.store.append, dies_after

        def append(*args: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                raise ConnectionError("killed")
            return commit(*args)

        house.store.append = append  # type: ignore[method-assign]
        at = parse_iso("2026-11-24T12:09:00Z")
        for step in range(5):
            house.clock.move_to(at + step * 60_000_000)
            settling = asyncio.create_task(house.timer.settle())
            await asyncio.wait([settling, house._deciding], return_when=asyncio.FIRST_COMPLETED)
            if house._deciding.done():
                settling.cancel()
                house._deciding.exception()
                break
        house.restart()
        await house.live_until("2026-11-24T12:13:30Z")
        ids = [event.subject for event in house.events("command.requested") if event.body["kind"] == "bell.ring"]
        assert len(ids) == len(set(ids)) == 7
        assert house.parts["bell"].state.rung == 7
        assert not house.events("schedule.missed")

    live(tmp_path, story)


def test_run_now_survives_a_crash_and_leaves_the_times_alone(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.order("create-01", "schedule.create", id="noon", title="Noon", rule=NOON, order=RING, enabled=False)
        await house.order("run-now-1", "schedule.run-now", id="noon")
        house.restart()
        await house.timer.settle()
        await house.timer.settle()
        assert [(run.state, run.by_hand) for run in house.plan("noon").runs] == [("ordered", True)]
        assert house.parts["bell"].state.rung == 1
        await house.live_until("2026-11-26T12:30:00Z", step_s=600)
        assert house.parts["bell"].state.rung == 1

    live(tmp_path, story)


def test_changed_disabled_deleted(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.order("create-01", "schedule.create", id="noon", title="Noon", rule=NOON, order=RING)
        await house.order("change-01", "schedule.change", id="noon", title="Two", rule={"times": ["14:00"]}, order=RING)
        await house.live_until("2026-11-24T12:30:00Z")
        assert house.parts["bell"].state.rung == 0
        await house.live_until("2026-11-24T13:30:00Z")
        assert house.parts["bell"].state.rung == 1
        await house.order("disable-1", "schedule.disable", id="noon")
        await house.live_until("2026-11-26T13:30:00Z", step_s=900)
        assert house.parts["bell"].state.rung == 1
        await house.order("enable-01", "schedule.enable", id="noon")
        assert not house.events("schedule.missed")
        await house.live_until("2026-11-27T13:30:00Z", step_s=900)
        assert house.parts["bell"].state.rung == 2
        await house.order("delete-01", "schedule.delete", id="noon")
        await house.live_until("2026-11-28T13:30:00Z", step_s=900)
        assert house.parts["bell"].state.rung == 2
        assert not list(house.store.documents()) or all(
            kept.collection != "schedule.plan" for kept in house.store.documents()
        )

    live(tmp_path, story)


REFUSED = {
    "no such street": ({"rule": NOON, "order": {"kind": "lighting.set-level", "content": {"target": {"street": "nowhere"}, "level_percent": 5, "until": {"$after": "PT1H"}}}}, "order.content.target.street"),
    "an end that is past the second time": ({"rule": NOON, "order": {"kind": "lighting.set-level", "content": {"target": {"street": "s1"}, "level_percent": 5, "until": "2026-11-25T20:00:00Z"}}}, "order.content.until"),
    "a level out of range": ({"rule": NOON, "order": {"kind": "lighting.set-level", "content": {"target": {"street": "s1"}, "level_percent": 500, "until": {"$after": "PT1H"}}}}, "order.content.level_percent"),
    "no such command": ({"rule": NOON, "order": {"kind": "lighting.explode", "content": {}}}, "order.kind"),
    "no such system": ({"rule": NOON, "order": {"kind": "moon.rise", "content": {}}}, "order.kind"),
    "a schedule of schedules": ({"rule": NOON, "order": {"kind": "schedule.delete", "content": {"id": "noon"}}}, "order.kind"),
    "who may do what": ({"rule": NOON, "order": {"kind": "access.enable", "content": {}}}, "order.kind"),
    "no time": ({"rule": {"weekdays": ["mo"]}, "order": RING}, "rule.times"),
    "never": ({"rule": {"times": ["10:00"], "until": "2020-01-01"}, "order": RING}, "rule"),
    "a relative time that is none": ({"rule": NOON, "order": {"kind": "bell.ring", "content": {"until": {"$after": "soon"}}}}, "order.content"),
    "an unknown relative time": ({"rule": NOON, "order": {"kind": "bell.ring", "content": {"until": {"$moon": "full"}}}}, "order.content"),
    "too much": ({"rule": NOON, "order": {"kind": "bell.ring", "content": {"until": "x" * 40_000}}}, "order.content"),
}  # fmt: skip


def test_what_cannot_be_is_refused_when_it_is_said(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        for number, (name, (said, field)) in enumerate(REFUSED.items()):
            command = await house.order(f"create-{number:02}", "schedule.create", id="noon", title="Noon", **said)
            assert command.state == "refused", name
            assert command.refusal
            assert field in [fault.field for fault in command.refusal.faults], (name, command.refusal)
        await house.order("create-99", "schedule.create", id="noon", title="Noon", rule=NOON, order=RING)
        again = await house.order("create-98", "schedule.create", id="noon", title="Noon", rule=NOON, order=RING)
        assert again.refusal
        assert again.refusal.status == 409
        for kind in ("enable", "disable", "delete", "run-now"):
            command = await house.order(f"{kind}-unknown", f"schedule.{kind}", id="nobody")
            assert command.refusal
            assert command.refusal.status == 404

    live(tmp_path, story)


def test_an_order_its_system_refuses_later_is_a_run_too(tmp_path: Path) -> None:
    """What was possible when it was scheduled may be impossible when its time comes: that is seen, not hidden."""

    async def story(house: House) -> None:
        await house.order(
            "create-01",
            "schedule.create",
            id="noon",
            title="Noon",
            rule={"times": ["13:00"], "dates": ["2026-11-25"]},
            order=RING,
        )
        plan = house.plan("noon")
        plan.order.content["times"] = 13
        await house.live_until("2026-11-25T12:01:00Z")
        command = house.lane.find(house.plan("noon").runs[0].command)
        assert command
        assert command.state == "refused"

    async def run() -> None:
        async with House(tmp_path, [BELL]) as house:
            await story(house)

    asyncio.run(run())


def test_a_system_that_was_removed_leaves_failed_runs_and_a_city_that_lives(tmp_path: Path) -> None:
    async def run() -> None:
        async with House(tmp_path, [BELL]) as house:
            await house.order("create-01", "schedule.create", id="noon", title="Noon", rule=NOON, order=RING)
            house._systems = ()
            house.restart()
            await house.live_until("2026-11-25T12:01:00Z", step_s=600)
            (run,) = house.plan("noon").runs
            assert (run.state, run.command) == ("failed", "")
            assert "any more" in run.why

    asyncio.run(run())


def test_who_schedules_a_command_must_be_allowed_to_command(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.order("create-01", "schedule.create", id="noon", title="Noon", rule=NOON, order=RING)
        part = house.parts["schedule"]
        commands = part.system.commands
        create = msgspec.convert({"title": "x", "rule": NOON, "order": RING}, commands["schedule.create"])
        assert part.system.needs(part.state, create) == ("bell.ring",)
        for kind, needed in (("enable", ("bell.ring",)), ("run-now", ("bell.ring",)), ("disable", ()), ("delete", ())):
            content = msgspec.convert({"id": "noon"}, commands[f"schedule.{kind}"])
            assert part.system.needs(part.state, content) == needed
        with pytest.raises(Refused, match="own"):
            check_command_id("schedule-noon-20261125T120000Z")

    live(tmp_path, story)
