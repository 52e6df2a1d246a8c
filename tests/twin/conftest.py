"""A small world at noon of 2026-11-24, whose radio is perfect and where nothing breaks, unless told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from stadtwerk.kernel.clock import parse_iso
from stadtwerk.twin.city import read_city
from stadtwerk.twin.world import World
from twin.folder import PERFECT_RADIO, make_city

NOON_US = parse_iso("2026-11-24T12:00:00Z")
MakeWorld = Callable[..., World]


@pytest.fixture
def make_world(tmp_path: Path) -> MakeWorld:
    def make(
        lamps: int = 200,
        *,
        now_us: int = NOON_US,
        seed: int = 1,
        state: str = "state",
        radio: dict[str, float] | None = None,
        faults: dict[str, float] | None = None,
    ) -> World:
        folder = make_city(tmp_path / "city", lamps, radio=PERFECT_RADIO if radio is None else radio, faults=faults)
        return World(read_city(folder), tmp_path / state, seed=seed, now_us=now_us)

    return make
