"""What nights taught of lamps, and a night not over yet, survive kill -9 at any moment; the search goes on with them."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from path.small_city import write_small_city
from stadtwerk.app.faults import FaultSearch
from stadtwerk.app.folder import open_folder
from stadtwerk.app.lane import Lane
from stadtwerk.kernel.clock import US, SteppedClock, parse_iso
from stadtwerk.kernel.journal import Event
from stadtwerk.stores.samples import SampleFile
from stadtwerk.stores.sqlite.writer import SqliteFile
from stadtwerk.stores.telemetry import TelemetryStore
from stadtwerk.systems.lighting import SYSTEM
from stadtwerk.systems.lighting.inventory import read_inventory
from stadtwerk.systems.lighting.state import Lighting, make_lighting

BEGIN_US = parse_iso("2026-10-05T07:30:00Z")
LAMPS, NEW_LED = 60, 0.92
FACTORS = np.linspace(0.92, 1.08, LAMPS)
"""What each lamp takes of what is expected: their median is 1, so that the model as a whole is as expected."""


class Deaf:
    """A lane that hears no orders: these lamps are sound."""

    async def propose(self, system: str, propose: Any) -> None:
        """Find nothing to make true."""
        assert propose(0) == []


class Hearing:
    """A lane that writes down what is found."""

    def __init__(self) -> None:
        self.found: list[Event] = []

    async def propose(self, system: str, propose: Callable[[int], list[Event]]) -> None:
        """Write down what is to be made true."""
        self.found += propose(0)


class Town:
    """A street of lamps, their store, and the search that learns of them night by night."""

    def __init__(self, folder: Path, night: float = 0, lane: Deaf | Hearing | None = None) -> None:
        self.lighting: Lighting = make_lighting(read_inventory(open_folder(folder / "city")))
        self.store = TelemetryStore(SqliteFile(folder / "telemetry.db"), SYSTEM.columns)
        self.store.load(self.lighting.learned)
        self.clock = SteppedClock(BEGIN_US + int(night * 86_400) * US)
        self.search = FaultSearch(
            self.lighting,
            cast("Lane", lane or Deaf()),
            self.store.write,
            samples=SampleFile(folder / "night.npz"),
            clock=self.clock,
        )

    async def night(self, hours: int = 24, dark: int | None = None) -> None:
        """Live until the next morning, or some hours; what was learned is durable then. One lamp may be `dark`."""
        seen = self.lighting.seen
        for _ in range(hours):
            self.clock.advance(3600)
            lit = self.lighting.plans.expected_percent(self.clock.now_us()) > 0
            seen["power_w"][:] = np.where(lit, 30.0 * NEW_LED * FACTORS, 0.4)
            seen["power_w"][[] if dark is None else dark] = 0.4
            seen["voltage_v"][:] = 230.0
            seen.observed_at_us[:] = self.clock.now_us() - 60 * US
            await self.search.settle()


def live(folder: Path, told: Connection) -> None:
    """Live night after night, and say of each one when it is kept."""
    town = Town(folder)
    for night in range(1, 1_000):
        asyncio.run(town.night())
        told.send(night)


def test_what_was_learned_survives_kill_9(tmp_path: Path) -> None:
    """Killed after its third night or later: no lamp has learned less than was said, and the eleventh adds nothing."""
    write_small_city(tmp_path / "city", LAMPS)
    here, there = multiprocessing.Pipe()
    child = multiprocessing.get_context("spawn").Process(target=live, args=(tmp_path, there))
    child.start()
    while (said := here.recv()) < 3:
        pass
    os.kill(cast("int", child.pid), signal.SIGKILL)
    child.join()
    while here.poll():
        said = here.recv()
    town = Town(tmp_path, night=said + 1)
    learned = town.lighting.learned
    assert learned["nights"].min() >= min(said, 10)
    assert np.allclose(learned["own_log"], np.log(FACTORS), atol=1e-3)
    assert set(learned["watched_since_d"]) == {BEGIN_US // (86_400 * US) + 1}
    before = learned["nights"].copy()
    asyncio.run(town.night())
    assert (learned["nights"] == np.minimum(before + 1, 10)).all()
    assert np.allclose(learned["own_log"], np.log(FACTORS), atol=1e-3)


@pytest.mark.parametrize("hours", [1, 12, 23])
def test_a_night_in_which_the_core_dies_is_searched_all_the_same(tmp_path: Path, hours: int) -> None:
    """Whatever the hour: the one that starts anew goes on with what the one before had collected."""
    write_small_city(tmp_path / "city", LAMPS)
    asyncio.run(Town(tmp_path).night(hours, dark=3))
    lane = Hearing()
    asyncio.run(Town(tmp_path, hours / 24, lane).night(24 - hours, dark=3))
    assert [(event.kind, event.body["entity"]) for event in lane.found] == [("lighting.fault-found", "do-0000004")]


def test_samples_of_another_night_are_not_taken_up(tmp_path: Path) -> None:
    """After a day's pause a night begins anew: what is known of it from its second half on tells too little."""
    write_small_city(tmp_path / "city", LAMPS)
    asyncio.run(Town(tmp_path).night(12, dark=3))
    lane = Hearing()
    asyncio.run(Town(tmp_path, 1.5, lane).night(12, dark=3))
    assert lane.found == []


def test_a_torn_file_of_samples_is_as_good_as_none(tmp_path: Path) -> None:
    """The search begins anew, and nothing ends."""
    write_small_city(tmp_path / "city", LAMPS)
    asyncio.run(Town(tmp_path).night(12))
    kept = tmp_path / "night.npz"
    kept.write_bytes(kept.read_bytes()[:-100])
    lane = Hearing()
    asyncio.run(Town(tmp_path, 0.5, lane).night(36, dark=3))
    assert len(lane.found) == 1
