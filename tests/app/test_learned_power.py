"""What each lamp takes in its first nights survives kill -9 at any moment, and the detector goes on with it."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, cast

import numpy as np

from path.small_city import write_small_city
from stadtwerk.app.faults import FaultSearch
from stadtwerk.app.folder import open_folder
from stadtwerk.app.lane import Lane
from stadtwerk.kernel.clock import US, SteppedClock, parse_iso
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


class Town:
    """A street of lamps, their store, and the search that learns of them night by night."""

    def __init__(self, folder: Path, night: int = 0) -> None:
        self.lighting: Lighting = make_lighting(read_inventory(open_folder(folder / "city")))
        self.store = TelemetryStore(SqliteFile(folder / "telemetry.db"), SYSTEM.columns)
        self.store.load(self.lighting.learned)
        self.clock = SteppedClock(BEGIN_US + night * 86_400 * US)
        self.search = FaultSearch(self.lighting, cast("Lane", Deaf()), self.store.write, self.clock)

    async def night(self) -> None:
        """Live until the next morning; what was learned is durable then."""
        seen = self.lighting.seen
        for _ in range(24):
            self.clock.advance(3600)
            lit = self.lighting.plans.expected_percent(self.clock.now_us()) > 0
            seen["power_w"][:] = np.where(lit, 30.0 * NEW_LED * FACTORS, 0.4)
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
