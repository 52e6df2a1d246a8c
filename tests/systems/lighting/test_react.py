"""After an outage, light that was asked for and not heard is asked for again; what is over or answered is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from path.small_city import write_small_city
from stadtwerk.app.folder import open_folder
from stadtwerk.kernel.clock import US, iso, parse_iso
from stadtwerk.kernel.command import CONFIRMED, Order
from stadtwerk.kernel.journal import Event
from stadtwerk.systems import lighting
from stadtwerk.systems.lighting.decide import answered, decide, expire
from stadtwerk.systems.lighting.react import repeat_after_outage
from stadtwerk.vocab.lighting import Clear, SetLevel, Target

NOW = parse_iso("2026-11-24T20:00:00Z")
UNTIL = iso(NOW + 6 * 3600 * US)


@pytest.fixture
def state(tmp_path: Path) -> Any:
    """Two circuits of ten lamps on one gateway."""
    return lighting.SYSTEM.make(open_folder(write_small_city(tmp_path / "city", 20)))


def order(state: Any, name: str, content: Any, at_us: int = NOW) -> None:
    """Let somebody order something; nobody answers yet."""
    kind = "lighting.clear" if isinstance(content, Clear) else "lighting.set-level"
    for event in decide(state, Order(name, "op", kind, content), at_us):
        state.book.evolve(event)


def answer(state: Any, name: str, circuit: int) -> None:
    """Let the lamps of one circuit confirm a command."""
    command = state.book.commands[name]
    rows = command.rows[state.inventory.circuits.of_lamp[command.rows] == circuit]
    for event in answered(state.book, rows, np.full(len(rows), command.token), CONFIRMED, NOW):
        state.book.evolve(event)


def pass_deadline(state: Any) -> None:
    """Let the commands that wait expire."""
    for event in expire(state.book, NOW + 3600 * US):
        state.book.evolve(event)


def returned(alarm: str) -> Event:
    """Say that an alarm returned to normal."""
    return Event(NOW + 3600 * US, "alarm.returned", alarm, "alarm", "", {})


def test_what_nobody_heard_is_repeated_as_it_was(state: Any) -> None:
    order(state, "district-1", SetLevel(Target(district="d1"), 40.0, UNTIL, 10, "quiet"))
    pass_deadline(state)
    again = repeat_after_outage(state, returned("lighting.gateway-lost:g1"), NOW + 3600 * US)
    assert again == [SetLevel(Target(district="d1"), 40.0, UNTIL, 10, "repeat of district-1")]


def test_only_the_lamps_of_the_outage_that_did_not_answer(state: Any) -> None:
    order(state, "district-1", SetLevel(Target(district="d1"), 40.0, UNTIL))
    answer(state, "district-1", 0)
    pass_deadline(state)
    (again,) = repeat_after_outage(state, returned("lighting.circuit-out:c2"), NOW + 3600 * US)
    second = [state.inventory.ids[row] for row in state.inventory.circuits.rows(1)]
    assert list(again.target.lamps) == second
    assert repeat_after_outage(state, returned("lighting.circuit-out:c1"), NOW + 3600 * US) == []


@pytest.mark.parametrize("alarm", ["lighting.network-lost:dorf", "lighting.cabinet-out:k1", "lighting.gateway-lost:g1"])
def test_every_kind_of_outage_knows_its_lamps(state: Any, alarm: str) -> None:
    order(state, "lamp-0001", SetLevel(Target(lamp="do-0000003"), 40.0, UNTIL))
    pass_deadline(state)
    assert len(repeat_after_outage(state, returned(alarm), NOW + 3600 * US)) == 1


@pytest.mark.parametrize("alarm", ["lighting.lamp-out:do-0000003", "lighting.gateway-lost:nobody", "power.feeder:f1"])
def test_other_alarms_lead_to_nothing(state: Any, alarm: str) -> None:
    order(state, "lamp-0001", SetLevel(Target(lamp="do-0000003"), 40.0, UNTIL))
    pass_deadline(state)
    assert repeat_after_outage(state, returned(alarm), NOW + 3600 * US) == []


def test_the_newest_word_for_a_lamp_counts(state: Any) -> None:
    """A later command, heard or taken back, makes the earlier one void."""
    order(state, "first-01", SetLevel(Target(district="d1"), 40.0, UNTIL))
    order(state, "later-01", SetLevel(Target(circuit="c1"), 80.0, UNTIL))
    order(state, "clear-01", Clear(Target(lamp="do-0000002")))
    answer(state, "later-01", 0)
    pass_deadline(state)
    # What was given way to is superseded, not unanswered: only the second circuit's even lamps are left of the first.
    again = repeat_after_outage(state, returned("lighting.gateway-lost:g1"), NOW + 3600 * US)
    lamps = {lamp for one in again for lamp in one.target.lamps}
    second = {state.inventory.ids[row] for row in state.inventory.circuits.rows(1)}
    assert lamps == second - {"do-0000002"}


def test_what_is_over_is_not_repeated(state: Any) -> None:
    order(state, "short-01", SetLevel(Target(district="d1"), 40.0, iso(NOW + 1800 * US)))
    pass_deadline(state)
    assert repeat_after_outage(state, returned("lighting.gateway-lost:g1"), NOW + 3600 * US) == []
