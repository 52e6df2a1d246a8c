"""Reactions at work: an event of one system leads to a command of another, once, through crashes, bounded and switched."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from app.working_house import House, Ring, bell_system
from stadtwerk.app.rebuild import dump_hash, open_folder, rebuild
from stadtwerk.app.systems import SYSTEMS, make_parts
from stadtwerk.kernel.alarm.condition import Told
from stadtwerk.kernel.journal import Event
from stadtwerk.kernel.limits import REACTIONS_A_MINUTE
from stadtwerk.kernel.react.rules import reaction_id
from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting.decide import expire

TOWER, CHAPEL = bell_system("tower"), bell_system("chapel", hears="tower")
PING, PONG = bell_system("ping", hears="pong"), bell_system("pong", hears="ping")

Story = Callable[[House], Coroutine[Any, Any, None]]


def live(folder: Path, story: Story, systems: tuple[Any, ...] = (TOWER, CHAPEL)) -> None:
    """Tell a story in a house of these systems; its journal must give just what is stored."""

    async def run() -> None:
        async with House(folder, systems) as house:
            await story(house)
            parts = make_parts(open_folder(folder / "city"), (*SYSTEMS, *systems))
            replayed = dump_hash(*rebuild(house.store.entries(), parts))
            assert replayed == dump_hash(house.store.all_commands(), house.store.documents())

    asyncio.run(run())


def rung(house: House, name: str) -> int:
    """Return how often a bell rang."""
    return int(house.parts[name].state.rung)


def test_a_bell_answers_another(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.order("ring-0001", "tower.ring", times=3)
        await house.react.settle()
        assert (rung(house, "tower"), rung(house, "chapel")) == (3, 3)
        seq = next(entry.seq for entry in house.store.entries() if entry.kind == "tower.rang")
        command = house.lane.find(reaction_id(1, seq, "chapel.echo", 0))
        assert command
        assert (command.actor, command.state) == ("chapel (reaction)", "confirmed")
        asked = next(event for event in house.events("command.requested") if event.subject == command.id)
        assert asked.cause == str(seq)
        switch = house.parts["react"].state.switch("chapel.echo")
        assert (switch.fired, switch.last_seq, switch.last_commands) == (1, seq, (command.id,))

    live(tmp_path, story)


def test_switched_off_nothing_happens_and_what_came_meanwhile_stays_unanswered(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.order("switch-01", "react.switch", rule="chapel.echo", on=False)
        await house.order("ring-0001", "tower.ring")
        await house.react.settle()
        assert rung(house, "chapel") == 0
        house.clock.advance(1)
        # Heard while it was off, looked at after it was switched on: the journal's time decides.
        await house.order("ring-0002", "tower.ring")
        house.clock.advance(1)
        await house.order("switch-02", "react.switch", rule="chapel.echo", on=True)
        await house.react.settle()
        assert rung(house, "chapel") == 0
        house.clock.advance(1)
        await house.order("ring-0003", "tower.ring")
        await house.react.settle()
        assert rung(house, "chapel") == 1
        nobody = await house.order("switch-03", "react.switch", rule="nobody.knows", on=True)
        assert nobody.refusal
        assert nobody.refusal.status == 404

    live(tmp_path, story)


def test_two_bells_that_answer_each_other_end_at_the_depth(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.order("ring-0001", "ping.ring")
        await house.react.settle()
        # The first by hand, then eight reactions, one after the other.
        assert rung(house, "ping") + rung(house, "pong") == 9
        held = house.events("react.refused")
        assert [event.body["why"] for event in held] == ["depth"]
        ids = [event.subject for event in house.events("command.requested")]
        assert [int(name.split("-")[1]) for name in ids if name.startswith("reaction-")] == list(range(1, 9))

    live(tmp_path, story, (PING, PONG))


def test_too_many_in_a_minute_are_held_back_and_journaled(tmp_path: Path) -> None:
    many = bell_system(
        "many", hears="tower", react=lambda bells, event, now_us: [Ring() for _ in range(REACTIONS_A_MINUTE // 2)]
    )

    async def story(house: House) -> None:
        for number in range(3):
            await house.order(f"ring-000{number}", "tower.ring")
        await house.react.settle()
        assert rung(house, "many") == REACTIONS_A_MINUTE
        assert [event.body["why"] for event in house.events("react.refused")] == ["rate"]
        house.clock.advance(60)
        await house.order("ring-0009", "tower.ring")
        await house.react.settle()
        assert rung(house, "many") == REACTIONS_A_MINUTE * 3 // 2

    live(tmp_path, story, (TOWER, many))


def test_a_broken_rule_is_journaled_and_the_others_go_on(tmp_path: Path) -> None:
    def breaks(bells: Any, event: Any, now_us: int) -> list[Ring]:
        raise ZeroDivisionError

    async def story(house: House) -> None:
        await house.order("ring-0001", "tower.ring")
        await house.react.settle()
        assert [(event.subject, event.body["why"]) for event in house.events("react.refused")] == [
            ("broken.echo", "broken")
        ]
        assert rung(house, "chapel") == 1

    live(tmp_path, story, (TOWER, bell_system("broken", hears="tower", react=breaks), CHAPEL))


def test_what_the_obeying_system_refuses_is_a_refused_command(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.order("ring-0001", "tower.ring", times=12)
        await house.react.settle()
        commands = [house.lane.find(event.subject) for event in house.events("command.requested")]
        assert [command.state for command in commands if command] == ["confirmed", "refused"]

    live(
        tmp_path,
        story,
        (
            TOWER,
            bell_system(
                "loud", hears="tower", react=lambda bells, event, now_us: [Ring(times=event.body["times"] + 1)]
            ),
        ),
    )


@pytest.mark.parametrize("dies_after", range(9))
def test_a_crash_after_any_commit_neither_loses_nor_doubles(tmp_path: Path, dies_after: int) -> None:
    async def story(house: House) -> None:
        for number in range(3):
            await house.order(f"ring-000{number}", "tower.ring")
        commit, left = house.store.append, dies_after

        def append(*args: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                raise ConnectionError("killed")
            return commit(*args)

        house.store.append = append  # type: ignore[method-assign]
        settling = asyncio.create_task(house.react.settle())
        await asyncio.wait([settling, house._deciding], return_when=asyncio.FIRST_COMPLETED)
        if house._deciding.done():
            settling.cancel()
            house._deciding.exception()
        house.restart()
        await house.react.settle()
        await house.react.settle()
        assert rung(house, "chapel") == 3
        assert house.parts["react"].state.switch("chapel.echo").fired == 3
        assert len(house.events("react.fired")) == 3

    live(tmp_path, story)


def test_a_lost_cursor_repeats_nothing(tmp_path: Path) -> None:
    """The cursor is only a bookmark: read from the very beginning, what was answered stays answered."""

    async def story(house: House) -> None:
        for number in range(5):
            await house.order(f"ring-000{number}", "tower.ring")
        await house.react.settle()
        house.store.set_meta("react", '{"seq": 0, "since": {"chapel.echo": 0}}').result()
        house.restart()
        await house.react.settle()
        assert rung(house, "chapel") == 5

    live(tmp_path, story)


def test_a_rule_begins_with_what_happens_after_the_city_knew_it(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.order("ring-0001", "tower.ring")
        house.crash()
        house._systems = (TOWER, CHAPEL)
        house.start()
        await house.react.settle()
        assert rung(house, "chapel") == 0
        await house.order("ring-0002", "tower.ring")
        await house.react.settle()
        assert rung(house, "chapel") == 1

    async def run() -> None:
        async with House(tmp_path, [TOWER]) as house:
            await story(house)

    asyncio.run(run())


@pytest.mark.parametrize(
    "systems",
    [(bell_system("vain", hears="vain"),), (bell_system("deep", hears="command"),), (TOWER, CHAPEL, CHAPEL)],
)
def test_a_rule_hears_others_only_and_there_is_one_of_each_name(tmp_path: Path, systems: tuple[Any, ...]) -> None:
    house = House(tmp_path, systems)
    if systems[-1] is CHAPEL:
        twice = bell_system("choir", hears="tower")
        object.__setattr__(twice, "react", (*twice.react, *twice.react))
        systems = (TOWER, twice)
    with pytest.raises((ValueError, Refused)):
        make_parts(open_folder(house.data / "city"), (*SYSTEMS, *systems))


def test_light_asked_for_during_an_outage_is_asked_for_again(tmp_path: Path) -> None:
    """The city's own rule, from the alarm's event in the journal to an accepted command for the same lamps."""

    async def story(house: House) -> None:
        asked = {"target": {"street": "s1"}, "level_percent": 30, "until": "2026-11-25T05:00:00Z"}
        first = await house.order("dim-street-1", "lighting.set-level", **asked)
        house.clock.advance(3600)
        book = house.parts["lighting"].state.book
        await house.lane.propose("lighting", lambda now_us: expire(book, now_us))
        assert first.state == "expired"
        alarm = "lighting.gateway-lost:g1"
        for kind, body in ((Told.RAISED, {"severity": 700, "annunciated": True}), (Told.RETURNED, {})):
            event = Event(house.clock.now_us(), kind, alarm, "alarm", "", body)
            await house.lane.propose("alarm", lambda now_us, event=event: [event])  # type: ignore[misc]
        await house.react.settle()
        (again,) = [command for command in book.commands.values() if command.actor == "lighting (reaction)"]
        assert (again.state, again.rows.tolist()) == ("accepted", first.rows.tolist())
        assert again.body["reason"] == "repeat of dim-street-1"

    live(tmp_path, story, ())
